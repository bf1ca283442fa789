"""Tests of ``contract_tests/connection/``."""
