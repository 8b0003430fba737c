"""The current generation: the Responses API, through the project or at an agent's own endpoint."""
