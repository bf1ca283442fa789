"""Deviations in what becomes of sources, and how they are listed."""
