"""Move old rows out of a database: written, read back and compared before they are deleted."""
