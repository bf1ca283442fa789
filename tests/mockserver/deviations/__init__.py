"""Tests of ``mockserver/deviations/``."""
