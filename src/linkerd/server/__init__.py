"""Accept and decode: one Protocol factory for each protocol, and the errors a caller sees."""
