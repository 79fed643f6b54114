"""What the admin server is shown of a running proxy."""
