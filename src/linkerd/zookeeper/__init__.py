"""ZooKeeper: one session for each ensemble, and the watching of its nodes.

Namers ask for a session by the addresses of an ensemble; nothing else of the program knows it.
"""
