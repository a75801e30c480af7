"""Engines that turn screenshots into drafts, and the one way to run them."""
