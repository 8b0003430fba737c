"""JSON, ids, times, refusals and events as the service writes them."""
