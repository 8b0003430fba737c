"""The pictures of the pages, drawn from what the program writes and tells."""
