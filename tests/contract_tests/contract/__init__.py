"""Tests of ``contract_tests/contract/``."""
