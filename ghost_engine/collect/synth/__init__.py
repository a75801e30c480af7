"""Pairs with truth by construction: schema, rows, HTML, a screenshot, and the SQL it shows."""
