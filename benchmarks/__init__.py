"""Measurements that the project makes claims with; `make bench` lists and runs them."""
