"""The built-in engine: text recognition and rules, no model.

texts -> page -> regions (tables, forms, pairs) -> plan (names, kinds, relations) -> ddl. Each stage
is a pure function from one typed value to the next; what is not certain is left out.
"""
