"""What each command says of itself, at 80 columns."""
