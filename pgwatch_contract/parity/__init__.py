"""Parity: what a real server answers, written down, and how far another one answers alike."""
