"""The emulator, driven by the official SDKs."""
