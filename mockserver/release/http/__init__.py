"""HTTP and WebSocket as Go's net/http, its router and gorilla speak them.

Source of all: net/http of Go 1.23 and 1.24 (server.go, transfer.go, request.go, pattern.go and
routing_tree.go), gorilla/websocket 1.5.3; samples: ``tests/mockserver/release/http/test_http.py``, as v3.7.0 and v5.3.0
answered.
"""
