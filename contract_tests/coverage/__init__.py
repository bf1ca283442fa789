"""Which keywords, statuses, examples and links of the document a run has exercised, whatever the server answered."""
