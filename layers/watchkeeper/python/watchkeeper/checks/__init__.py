"""Health checks: definitions say what, kinds know how, the runner decides when and how long."""
