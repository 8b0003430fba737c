"""What tests stand on: projects, clients, servers and shells to drive, and tables of cases."""
