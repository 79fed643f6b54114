"""How the ends of a connection are called in a Forwarded header."""
