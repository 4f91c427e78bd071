"""Measures, each as a ratio or with the machine's own limit beside it. `make bench`."""
