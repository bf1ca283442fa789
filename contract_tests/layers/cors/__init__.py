"""The layer of other origins."""
