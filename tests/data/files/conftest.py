"""The store's own fixtures: what asks for `store` runs on SQLite and on PostgreSQL."""

from tests.data.store.conftest import clock, durable_server, new_store, new_url, store

__all__ = ["clock", "durable_server", "new_store", "new_url", "store"]
