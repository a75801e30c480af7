"""Drafts for screenshots that nobody has decided yet, asked of a model in the background."""
