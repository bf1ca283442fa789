"""Tests of ``mockserver/log/``."""
