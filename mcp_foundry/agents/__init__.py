"""Who is asked: what both generations share; `generation` alone knows that there are two."""
