"""Where screenshots come from."""
