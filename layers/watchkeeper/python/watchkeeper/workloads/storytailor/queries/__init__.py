"""The SQL that Storytailor's sources are read with."""
