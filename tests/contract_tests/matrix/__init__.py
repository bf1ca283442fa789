"""Tests of ``contract_tests/matrix/``."""
