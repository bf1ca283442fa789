"""What a release does for each operation: a module for each tag, a function for each operationId."""
