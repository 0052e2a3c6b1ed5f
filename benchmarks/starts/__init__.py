"""The parts of the benchmark of cold starts."""
