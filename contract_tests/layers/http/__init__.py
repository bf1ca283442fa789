"""The layer of what holds for HTTP as such."""
