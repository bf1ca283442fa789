"""Deviations in how requests are read."""
