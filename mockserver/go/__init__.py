"""What Go and its libraries make of texts: addresses, quotes, tokens, YAML, connection strings.

Each module names at its head whose rules it follows, and where its samples are: what the library itself answered.
"""
