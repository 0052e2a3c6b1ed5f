"""The report of rehearsals: one self-contained page, a timeline for the terminal, JUnit."""
