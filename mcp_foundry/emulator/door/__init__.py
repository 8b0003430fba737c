"""How programs find the emulator and trust it: certificates, tokens, the variables of a shell."""
