"""The picture of the README: a question at a terminal, drawn from what the program writes there."""
