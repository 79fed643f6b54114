"""TLS of both sides: certificates and keys, contexts made of them, and how they change."""
