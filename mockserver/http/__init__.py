"""A connection and what passes through it: uvicorn's protocol, the log's frames, and who may ask."""
