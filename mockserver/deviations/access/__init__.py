"""Deviations in logins, tokens and the places where tokens are read."""
