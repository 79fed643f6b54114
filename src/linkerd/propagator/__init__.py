"""Which trace a request belongs to: read from what comes in, written to what goes out."""
