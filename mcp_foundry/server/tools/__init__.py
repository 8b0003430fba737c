"""What a client can call, as plain async functions; `registry` says how each is offered."""
