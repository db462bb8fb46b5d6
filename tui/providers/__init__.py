"""One module per wire dialect, and what they share: decoding, the HTTP exchange, the endpoint table."""
