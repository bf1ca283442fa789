"""Tests of ``mockserver/go/``."""
