"""Tests of ``pgwatch_contract/``."""
