"""A correction: one kind of change, where it holds, and the words for it. JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from ghost_engine.errors import GhostError

Kind = Literal[
    "rename column", "rename table", "change type", "make enum", "add clause", "drop clause",
    "replace clause", "replace counter", "add key", "add column", "drop column", "add reference",
    "drop reference", "add index", "drop options",
]  # fmt: skip

ANY = "*"
MISSING = "(missing)"  # a reference to a table that the script does not make
REFERENCES = "REFERENCES"  # an index on whatever column is a foreign key

_SENTENCES: dict[Kind, str] = {
    "rename column": "Rename column {before} to {after}",
    "rename table": "Rename table {before} to {after}",
    "change type": "Change type {before} to {after}",
    "make enum": "Make a type {after} of {before}",
    "add clause": "Add {after}",
    "drop clause": "Drop {before}",
    "replace clause": "Replace {before} by {after}",
    "replace counter": "Replace {before} by {after}",
    "add key": "Add {after} where there is no key",
    "add column": "Add column {after}",
    "drop column": "Drop column {before}",
    "add reference": "Add a foreign key to {after}",
    "drop reference": "Drop the foreign key to {before}",
    "add index": "Add an index",
    "drop options": "Drop the table options {before}",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a correction holds; None is anywhere. `column` is a name or a pattern like `*_at`."""

    table: str | None = None
    column: str | None = None

    def holds(self, table: str, column: str | None = None) -> bool:
        if self.table is not None and self.table != table:
            return False
        return self.column is None or column is None or fnmatchcase(column, self.column)

    @property
    def words(self) -> str:
        """`users.created_at only`, `every column *_at`, `everywhere`."""
        if self.table is not None:
            return f"in {self.table}{f'.{self.column}' if self.column else ''} only"
        if self.column is None:
            return "everywhere"
        return f"for every column {self.column}"


@dataclass(frozen=True, slots=True)
class Correction:
    """One kind of change.

    `before` is what it looks for and `after` what it writes, either may be "". A type may be
    written `varchar(*)` to mean any length. For "make enum" and "add index" `after` is a name in
    which {table}, {noun} (its singular) and {column} stand for the place; for "add reference"
    `* (*)` is the table that the column's name speaks of, and its key.
    """

    kind: Kind
    before: str = ""
    after: str = ""
    scope: Scope = Scope()

    @property
    def words(self) -> str:
        """The correction as a sentence: `Change type datetime to timestamptz everywhere.`"""
        if self.kind == "add index" and self.before == REFERENCES:
            return "Add an index on every foreign key."
        sentence = _SENTENCES[self.kind].format(before=self._old, after=self._new)
        return f"{sentence} {self.scope.words}."

    @property
    def breadth(self) -> int:
        """How far it reaches, from 0 (one column of one table) to 4 (any column, any form)."""
        scope = self.scope
        if scope.table is not None:
            return 0
        if scope.column is not None:
            return 2 if "*" in scope.column else 1
        return 4 if "*" in self.before or self.before == MISSING else 3

    @property
    def _old(self) -> str:
        named = {ANY: "whatever they are", MISSING: "a table that is not there"}
        return named.get(self.before, self.before)

    @property
    def _new(self) -> str:
        return self.after.replace("* (*)", "the table its name speaks of")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Correction:
        """The inverse of `to_dict`.

        Raises:
            GhostError: `data` is no correction.
        """
        try:
            kind, scope = data["kind"], dict(data["scope"])
            texts = [data["before"], data["after"]]
            named = [scope.get("table"), scope.get("column")]
        except (KeyError, TypeError, ValueError) as error:
            raise GhostError("This is no correction.", "Derive it again.") from error
        texts_fit = all(isinstance(text, str) for text in texts)
        if kind not in get_args(Kind) or not texts_fit:
            raise GhostError(f"There is no correction of the kind {kind}.", "Derive it again.")
        if not all(name is None or isinstance(name, str) for name in named):
            raise GhostError("The scope of this correction is no name.", "Derive it again.")
        return cls(kind, texts[0], texts[1], Scope(*named))


@dataclass(frozen=True, slots=True)
class Change:
    """What a correction makes of a script: the new text, and each change with its line.

    `lines[n]` is the line of the given script, from 1, that `words[n]` is about.
    """

    sql: str
    words: tuple[str, ...]
    lines: tuple[int, ...]
