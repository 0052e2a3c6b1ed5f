"""What the functions find around them in a rehearsal: a clock, a database, AWS, all in process."""
