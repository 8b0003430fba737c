"""The way to the service: clients, credential, requests, and failures in our words."""
