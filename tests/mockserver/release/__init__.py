"""Tests of ``mockserver/release/``."""
