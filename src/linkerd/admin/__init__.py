"""The window into a running proxy: metrics, state, dtab delegation, shutdown and the first page."""
