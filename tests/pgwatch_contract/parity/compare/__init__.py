"""Tests of ``pgwatch_contract/parity/compare/``."""
