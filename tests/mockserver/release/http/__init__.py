"""Tests of ``mockserver/release/http/``."""
