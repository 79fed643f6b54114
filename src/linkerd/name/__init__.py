"""What a destination is called: paths, name trees, dtabs, addresses; pure, without Twisted."""
