"""Tests of ``mockserver/``."""
