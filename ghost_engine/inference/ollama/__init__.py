"""Ollama, wherever it runs: one client for publishing models and for asking them."""
