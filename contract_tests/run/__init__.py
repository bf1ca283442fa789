"""One run: pytest's plugin, the order of its steps, and the command line."""
