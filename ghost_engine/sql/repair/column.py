"""One column while it is being rewritten, and what the rewriting of its table brings."""

from __future__ import annotations

from dataclasses import dataclass, field

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Clause, Item, Table
from ghost_engine.sql.repair.spans import joined
from ghost_engine.sql.repair.types import TypeChange


@dataclass
class Mended:
    """What becomes of a table: edits inside it, statements before and after it.

    Each statement comes as (text, reason, what it replaces).
    """

    edits: list[Edit] = field(default_factory=list)
    before: list[tuple[str, str, str]] = field(default_factory=list)
    after: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Column:
    """A column of `table`; `type` is what its type becomes, None if it stays."""

    table: Table
    item: Item
    names: Names
    type: TypeChange | None = None

    @property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(self.table.tokens)

    @property
    def name(self) -> str:
        return self.table.item_name(self.item)

    @property
    def type_now(self) -> str:
        """The type the column will have, lower case."""
        changed = self.type.to if self.type is not None else None
        return (changed or self.table.type_text(self.item)).lower()

    @property
    def written(self) -> str:
        return self.tokens[self.item.first].text

    def text(self, clause: Clause) -> str:
        return joined(self.tokens[clause.first : clause.last])

    def cut(self, clause: Clause, reason: str) -> Edit:
        """Take the clause out with the blanks before it."""
        start = self.tokens[clause.first - 1].end
        return Edit(start, self.tokens[clause.last - 1].end, "", reason)

    def put(self, clause: Clause, text: str, reason: str) -> Edit:
        start, end = self.tokens[clause.first].start, self.tokens[clause.last - 1].end
        return Edit(start, end, text, reason)

    def is_key(self) -> bool:
        """True if the column is, or is written as, a key rather than an amount."""
        if any(
            clause.kind in ("primary", "references", "identity") for clause in self.item.clauses
        ):
            return True
        return self.name == "id" or self.name.lower().endswith(("_id", "id"))
