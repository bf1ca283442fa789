"""The layer of sequences."""
