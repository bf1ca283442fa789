"""How bytes reach the server under test: its address, proxies and TLS, and answers read off a socket."""
