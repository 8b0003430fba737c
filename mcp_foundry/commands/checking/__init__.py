"""What `check` looks at: the settings, the project, and each name that the settings give."""
