"""Which endpoints have failed too often, and for how long they are left alone."""
