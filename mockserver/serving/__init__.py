"""A server that keeps the contract: the document's operations compiled, and the parts that answer them."""
