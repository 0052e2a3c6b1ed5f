"""Lambda layers: their sources, and the program that builds them without a container."""
