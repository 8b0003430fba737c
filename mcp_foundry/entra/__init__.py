"""Microsoft Entra ID: who calls, verified; and in whose name Foundry is asked."""
