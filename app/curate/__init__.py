"""The Curate page's parts: queue, picture, script, decisions, and what is done to many at once."""
