"""The server under test: what is known of it, what may be done to it, and what no output may tell of it."""
