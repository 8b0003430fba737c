"""How frames come and go, and how the process ends; knows nothing of agents."""
