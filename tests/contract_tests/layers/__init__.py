"""Tests of ``contract_tests/layers/``."""
