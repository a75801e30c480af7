"""Several judged screens of one application joined to one schema: `consolidate`, `choose`."""

from ghost_engine.inference.consolidate.joining import choose, consolidate
from ghost_engine.inference.consolidate.outcome import (
    Conflict,
    Consolidated,
    Place,
    Relation,
    Screen,
)

__all__ = [
    "Conflict",
    "Consolidated",
    "Place",
    "Relation",
    "Screen",
    "choose",
    "consolidate",
]
