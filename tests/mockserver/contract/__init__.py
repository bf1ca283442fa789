"""Tests of ``mockserver/contract/``."""
