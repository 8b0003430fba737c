"""Tool calls that an agent wants to make: who may decide, and how a person is asked."""
