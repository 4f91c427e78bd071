"""Segments: what a rule may say, its meaning as SQL, and how large a segment was when."""
