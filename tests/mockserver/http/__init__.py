"""Tests of ``mockserver/http/``."""
