"""Which logical name a request is for: one module a kind, `base` says what all of them do."""
