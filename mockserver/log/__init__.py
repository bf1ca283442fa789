"""The log: its entries, the stream that gives them to all readers, the handshake that makes one."""
