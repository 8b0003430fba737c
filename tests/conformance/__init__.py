"""The protocol's own judges: the conformance suite over HTTP, the Inspector over stdio."""
