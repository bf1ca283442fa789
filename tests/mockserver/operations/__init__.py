"""Tests of ``mockserver/operations/``."""
