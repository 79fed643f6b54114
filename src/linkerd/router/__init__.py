"""The junction: identify, bind, pick, and the life of each request."""
