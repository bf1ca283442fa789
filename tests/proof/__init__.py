"""Tests of ``proof/``."""
