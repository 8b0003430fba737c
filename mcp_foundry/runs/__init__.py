"""A question's life: held back, sent once, read, recovered, handed over, cancelled."""
