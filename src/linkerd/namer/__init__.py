"""Where a name's endpoints are found: one module a kind, `base` says what all of them do."""
