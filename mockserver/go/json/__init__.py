"""JSON as Go reads and writes it: the standard library's encoding/json, and jsoniter."""
