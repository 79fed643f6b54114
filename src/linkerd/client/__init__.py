"""Towards the endpoints: dial, keep connections, send requests and read answers."""
