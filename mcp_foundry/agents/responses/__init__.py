"""The current generation: the Responses API, with agents named by `agent_reference`."""
