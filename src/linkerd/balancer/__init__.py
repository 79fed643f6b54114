"""Which of a client's endpoints takes the next request."""
