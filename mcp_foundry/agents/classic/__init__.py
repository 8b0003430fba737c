"""The classic generation, retired by the service on 2027-03-31: threads, messages, runs."""
