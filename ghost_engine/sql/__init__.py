"""The judge: scripts in, a verdict by a real PostgreSQL and a typed schema out."""
