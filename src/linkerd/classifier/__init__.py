"""Was it good, and may it be tried again."""
