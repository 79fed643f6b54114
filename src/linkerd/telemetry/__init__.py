"""What the proxy counts and times, and how it tells: the metrics tree and its exporters."""
