"""Random requests to two servers, and whether their answers are alike."""
