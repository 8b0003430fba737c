"""Every variable, its flag, its default, its check; and bounds that no user needs to set."""
