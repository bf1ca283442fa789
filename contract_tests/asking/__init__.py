"""Requests to the server under test, and what it has: sources, metrics and presets."""
