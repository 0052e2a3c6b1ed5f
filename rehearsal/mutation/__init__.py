"""Mutation: every alarm is changed in one way at a time, and some rehearsal has to notice."""
