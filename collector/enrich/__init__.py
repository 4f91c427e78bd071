"""What can be told from a user agent, a page address and a referrer.

Pure functions over text that anybody may send: nothing here raises, reads a clock or
knows the store. Every distinct text is parsed once and remembered for a while.
"""
