"""The plane of the project: agents, connections, deployments, memory stores."""
