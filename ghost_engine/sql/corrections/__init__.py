"""Mend once, apply to all: the kinds of change in one edit, and the same change elsewhere.

`derive` reads what a curator changed as typed `Correction`s, each from narrow to broad;
`preview` and `apply` make one on any other script, `preview_all` on many, with the judge's word
before and after. docs/corrections.md has the kinds.
"""

from ghost_engine.sql.corrections.applying import apply, preview
from ghost_engine.sql.corrections.correction import Change, Correction, Scope
from ghost_engine.sql.corrections.deriving import derive
from ghost_engine.sql.corrections.previews import Preview, preview_all

__all__ = [
    "Change",
    "Correction",
    "Preview",
    "Scope",
    "apply",
    "derive",
    "preview",
    "preview_all",
]
