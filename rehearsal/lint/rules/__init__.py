"""The design rules, each beside its kin; the table of all of them is `table.py`."""
