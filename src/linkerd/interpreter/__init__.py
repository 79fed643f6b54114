"""From a path and a dtab to a tree of bound names; one module for each kind of interpreter."""
