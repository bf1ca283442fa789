"""The layer of generated cases."""
