"""Tests of ``contract_tests/report/``."""
