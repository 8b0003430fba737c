"""What answers inside the emulator: the scripted model, or a chat-completions server."""
