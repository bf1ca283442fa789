"""Tests of ``pgwatch_contract/releases/``."""
