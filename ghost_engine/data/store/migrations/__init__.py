"""The steps that make and change the store's tables, run by Alembic when a store is opened."""
