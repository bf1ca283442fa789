"""Tests of ``contract_tests/judging/``."""
