"""What is done to the addresses of bound names; one module for each kind of transformer."""
