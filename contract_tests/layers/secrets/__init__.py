"""The layer of what no answer and no log entry may tell."""
