"""Everything that writes: HTTP in, durable log, store, and the command line."""

__version__ = "0.1.0"
