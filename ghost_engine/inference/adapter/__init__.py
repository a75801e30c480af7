"""The engine of a training run's own model: the base with the adapter, or without it."""
