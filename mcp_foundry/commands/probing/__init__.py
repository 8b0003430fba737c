"""What no document proves of the service's protocol, tried on a project and told without names."""
