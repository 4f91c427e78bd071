"""Programs the project is built with; nothing here runs in production."""
