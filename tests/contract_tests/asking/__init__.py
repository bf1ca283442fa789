"""Tests of ``contract_tests/asking/``."""
