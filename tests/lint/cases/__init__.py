"""Rows for every design rule: templates that break it, and templates that only look like it."""
