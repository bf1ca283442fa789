"""Tests of ``contract_tests/target/``."""
