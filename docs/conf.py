"""Sphinx: Markdown pages by MyST; `config/` is written from the configuration classes."""

import linkerd

project = "twisted-linkerd"
author = "the twisted-linkerd authors"
copyright = author
version = release = linkerd.__version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"twisted-linkerd {release}"
