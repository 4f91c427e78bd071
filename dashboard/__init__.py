"""Everything that reads: pages, their queries and their data forms."""
