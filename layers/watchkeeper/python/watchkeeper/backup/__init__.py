"""Export every parameter of an environment: complete, sealed, read back before it counts."""
