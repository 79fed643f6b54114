"""Bytes to messages and back, one protocol a file: pure, strict, and without Twisted."""
