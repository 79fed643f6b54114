"""Where bytes enter and leave the process: sockets, the engine that drives them, and systemd.

Servers and clients come here for connections; nothing in here knows what the bytes mean. The kernel
owns the other end.
"""
