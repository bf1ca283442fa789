"""The layer of requests at the same time."""
