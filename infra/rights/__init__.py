"""What the things that settings name let a function do: one module for each kind of thing."""
