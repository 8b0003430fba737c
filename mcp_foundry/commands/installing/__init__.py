"""How a client's configuration names this server: where it is, what it says, how it is edited."""
