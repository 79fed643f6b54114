"""Following files as they change, without blocking: inotify, links, and a thread that reads."""
