"""The `linkerd` command and its side commands."""
