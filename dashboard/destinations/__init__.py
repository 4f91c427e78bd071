"""The page Destinations: what its panels show, and what its forms do."""
