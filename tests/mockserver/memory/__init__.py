"""Tests of ``mockserver/memory/``."""
