"""linkerd: the Linkerd 1.x service-mesh proxy, made anew on Twisted."""

__version__ = "0.1.0"
