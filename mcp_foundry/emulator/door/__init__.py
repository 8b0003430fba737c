"""How programs find the emulator, trust it and come in: certificates, tokens, rights, variables."""
