"""Deviations of the log stream: its handshakes, entries and ends."""
