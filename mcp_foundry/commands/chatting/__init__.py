"""What `chat` has beside turns: lines that are typed, commands in them, and questions in place."""
