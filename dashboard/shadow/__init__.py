"""Shadow mode: what is here, what was delivered to a vendor, and what the vendor says itself, side by side."""
