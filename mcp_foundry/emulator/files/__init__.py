"""Files: uploads of both generations, containers of code interpreters, vector stores."""
