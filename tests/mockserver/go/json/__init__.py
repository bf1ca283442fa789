"""Tests of ``mockserver/go/json/``."""
