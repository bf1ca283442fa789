"""The contract as the suite reads it, and its clauses."""
