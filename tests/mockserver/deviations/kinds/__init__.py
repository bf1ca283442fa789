"""Tests of ``mockserver/deviations/kinds/``."""
