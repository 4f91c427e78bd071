"""Sends a shop's events on: a cursor, a retry budget and a dead-letter box per destination.

The log is the queue: what has not been read yet costs no further disk. What has been read stands in the
destination's ledger until it has exactly one outcome.
"""
