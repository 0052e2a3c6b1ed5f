"""Watchkeeper: watch automatic pipelines and page the right person before users are hurt."""
