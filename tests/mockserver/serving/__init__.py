"""Tests of ``mockserver/serving/``."""
