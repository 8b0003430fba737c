"""What exists in the project; knows no HTTP."""
