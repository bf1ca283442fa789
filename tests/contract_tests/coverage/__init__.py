"""Tests of ``contract_tests/coverage/``."""
