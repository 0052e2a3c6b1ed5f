"""Parts of the benchmark of the unsubscribe detector."""
