"""How often, and how fast, a request may be tried again."""
