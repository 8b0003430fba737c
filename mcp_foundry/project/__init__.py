"""The one async session of the process, and the project's memories and transcripts."""
