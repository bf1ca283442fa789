"""What the server does for each operation: one module for each tag, one function for each operationId.

Every function takes the server's parts, the valid request, and the answers the contract documents.
"""
