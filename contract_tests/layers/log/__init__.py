"""The layer of the log stream."""
