"""What answers are held against, what was found, and the verdict."""
