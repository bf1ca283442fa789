"""The proof of the suite: every deviation turns it red on the right clause, and the clean mock never does."""
