"""What the mock needs to stand for a real release of pgwatch."""
