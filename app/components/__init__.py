"""Pieces that pages share. Each draws one thing and hands back what the person did with it."""
