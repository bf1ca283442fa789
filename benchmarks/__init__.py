"""Measures the mock beside a bare ASGI function and plain Connexion: ``python -m benchmarks``."""
