"""How a function runs: its settings, its time, its clients, its trace and its own metrics."""
