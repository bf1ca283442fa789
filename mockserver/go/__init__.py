"""What Go and its libraries make of texts: addresses, quotes, tokens, YAML, connection strings."""
