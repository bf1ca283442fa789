"""HTTP and WebSocket as Go's net/http, its router and gorilla speak them."""
