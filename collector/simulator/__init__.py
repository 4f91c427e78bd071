"""A shop that does not exist, with visitors whose every step is known.

The same seed gives the same history, sent as real requests through the real adapter;
beside it stands the truth that reports must recover. See docs/simulator.md.
"""
