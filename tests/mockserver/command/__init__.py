"""Tests of ``mockserver/command/``."""
