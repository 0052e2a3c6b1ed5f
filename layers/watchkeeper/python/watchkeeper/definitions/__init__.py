"""What things are: frozen types that refuse nonsense when they are built."""
