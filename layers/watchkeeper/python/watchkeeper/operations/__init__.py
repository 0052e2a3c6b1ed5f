"""What operators do by hand, from their own machines: commands on a live account (in no layer)."""
