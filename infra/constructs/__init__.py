"""Parts that stacks repeat."""
