"""Deviations by kind and place: what may become of a value, wherever the contract has one of its sort."""
