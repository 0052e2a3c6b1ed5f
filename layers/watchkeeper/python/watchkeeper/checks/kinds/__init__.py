"""One module a kind of check; a module put here is a kind, known by its file name."""
