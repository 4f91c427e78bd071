"""Processes: which parts run together, in which order they start, and how they stop.

This package and `collector.cli` are the composition roots; they may import everything.
"""
