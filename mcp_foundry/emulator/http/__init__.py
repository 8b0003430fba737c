"""One request as the handlers see it, and how its reply is written."""
