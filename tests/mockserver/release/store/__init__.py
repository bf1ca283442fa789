"""Tests of ``mockserver/release/store/``."""
