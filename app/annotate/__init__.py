"""The Annotate page: ask a model about the screenshots that wait, and watch it."""
