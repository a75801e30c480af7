"""A small learned reader of pages, offered beside the rules."""
