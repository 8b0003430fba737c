"""The plane of the classic generation: its agents, threads, messages and runs."""
