"""What an MCP client meets: tools, resources, prompts, progress, approvals, schemas."""
