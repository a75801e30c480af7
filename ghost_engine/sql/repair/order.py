"""Statements in an order that runs: what is made before what uses it, circles cut open.

A stable topological sort: a statement moves only behind what it needs. Where tables need each
other, the foreign keys that close the circle become ALTER TABLE at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Draft, Edit, Part, change, without_blank_lines
from ghost_engine.sql.repair.keys import removal
from ghost_engine.sql.repair.names import made_name
from ghost_engine.sql.repair.pieces import Clause, Item, Table, read_table
from ghost_engine.sql.repair.spans import joined, name_end
from ghost_engine.sql.repair.statements import index_name

_MOVED = "It uses something that is made later; it stands behind that now."
_CIRCLE = "The tables need each other; this key is added when all of them are there."
_LATER = "The key it points at is made later; this one is added at the end."


@dataclass(frozen=True)
class _Step:
    """One statement: what it makes and which names it mentions."""

    part: Part
    makes: str | None
    needs: frozenset[str]


def put_in_order(draft: Draft) -> None:
    """Reorder `draft` where a statement stands before what it needs."""
    steps = _steps(draft.parts)
    ordered: list[Part] = []
    changes = []
    moved = False
    while steps:
        step = _next_step(steps)
        if step is None:
            opened = _open_circle(draft, steps)
            if opened is None:
                ordered += [step.part for step in steps]
                break
            steps = opened
            continue
        if moved_back := step is not steps[0]:
            late = steps[0].part
            text = late.text[late.start :]
            changes.append(change(_MOVED, text, "", late.line(late.start)))
        moved |= moved_back
        steps.remove(step)
        ordered.append(step.part)
    if moved:
        draft.parts = _on_lines_of_their_own(ordered + _added(draft, ordered))
        draft.changes += {item.before: item for item in changes}.values()


def _added(draft: Draft, ordered: list[Part]) -> list[Part]:
    known = {part.number for part in ordered}
    return [part for part in draft.parts if part.number not in known]


def _on_lines_of_their_own(parts: list[Part]) -> list[Part]:
    kept = [without_blank_lines(parts[0])] if parts else []
    for part in parts[1:]:
        fresh = "\n" in part.text[: part.start] or not part.text
        lines = (part.lines[0], *part.lines)
        kept.append(part if fresh else replace(part, text="\n" + part.text, lines=lines))
    return kept


def _steps(parts: list[Part]) -> list[_Step]:
    made = [made_name(part) for part in parts]
    names = {name for name, part in zip(made, parts, strict=True) if name and not index_name(part)}
    steps = []
    earlier: set[str] = set()
    for part, name in zip(parts, made, strict=True):
        drops = part.words.startswith("DROP ")  # it undoes what stands before it, never after
        steps.append(_Step(part, name, (_mentioned(part) & (earlier if drops else names)) - {name}))
        earlier |= {name} if name in names else set()
    return steps


def _mentioned(part: Part) -> frozenset[str]:
    """Every name in the statement that may stand for a relation or a type."""
    table = read_table(part.tokens)
    own = {item.first for item in table.columns} if table else set()
    named: set[str] = set()
    listed = _in_references(part.tokens)
    for index, token in enumerate(part.tokens):
        if token.kind in ("word", "quoted") and index not in own and index not in listed:
            named.add(token.name)
    if table is not None:
        named -= {table.item_name(item) for item in table.columns} - _targets(part.tokens)
    return frozenset(named)


def _targets(tokens: tuple[Token, ...]) -> set[str]:
    """Tables behind REFERENCES, and the types of columns."""
    found = set()
    for index, token in enumerate(tokens):
        if token.key == "REFERENCES":
            last = name_end(tokens, index + 1)
            found |= {tokens[last - 1].name} if last > index + 1 else set()
    table = read_table(tokens)
    for item in table.columns if table else ():
        found |= {token.name for token in tokens[item.first + 1 : item.type_end]}
    return found


def _in_references(tokens: tuple[Token, ...]) -> set[int]:
    """The column names between the brackets behind a referenced table."""
    inside: set[int] = set()
    for index, token in enumerate(tokens):
        if token.key == "REFERENCES":
            at = name_end(tokens, index + 1)
            if at < len(tokens) and tokens[at].text == "(":
                while at < len(tokens) and tokens[at].text != ")":
                    inside.add(at)
                    at += 1
    return inside


def _next_step(steps: list[_Step]) -> _Step | None:
    """The first step that needs nothing made by a later one."""
    waiting: dict[str, int] = {}
    for step in steps:
        if step.makes:
            waiting[step.makes] = waiting.get(step.makes, 0) + 1
    return next((step for step in steps if not any(waiting.get(n) for n in step.needs)), None)


def _open_circle(draft: Draft, steps: list[_Step]) -> list[_Step] | None:
    """Take the foreign keys to tables not made yet out of the first table that has some."""
    pending = {step.makes for step in steps if step.makes}
    for step in steps:
        part = move_keys(draft, step.part, lambda name: name in pending, _CIRCLE)
        if part is not None:
            return _replaced(draft, steps, step, part)
    return None


def _replaced(draft: Draft, steps: list[_Step], old: _Step, part: Part) -> list[_Step]:
    current = {each.number: each for each in draft.parts}
    return _steps([part if step is old else current[step.part.number] for step in steps])


def move_keys(
    draft: Draft, part: Part, wanted: Callable[[str], bool], reason: str = _LATER
) -> Part | None:
    """Turn the foreign keys of a table to the tables that are `wanted` into ALTER TABLE at the end.

    Returns:
        The table without them, or None if it has none.
    """
    table = read_table(part.tokens)
    if table is None:
        return None
    edits: list[Edit] = []
    keys: list[str] = []
    for item in table.items:
        for found in _foreign_keys(part, table, item):
            target, text, taken = found
            if wanted(target) and target != table.name:
                edits += taken
                keys.append(f"ALTER TABLE {table.written} ADD {text}")
    if not keys:
        return None
    last = draft.parts[-1]
    line = part.line(part.start)
    part = draft.edit(part, edits)
    for key in keys:
        draft.add(key, "", last)
        last = draft.parts[-1]
        draft.changes.append(change(reason, "", key, line))
    return part


def _foreign_keys(part: Part, table: Table, item: Item) -> list[tuple[str, str, list[Edit]]]:
    """(target, the key as ALTER TABLE adds it, the edits that take it out) of one item."""
    if item.kind == "foreign":
        span = table.tokens[item.first : item.last]
        target = _target(span)
        return [(target, joined(span), removal(part.text, table, item, ""))] if target else []
    found = []
    for clause in item.clauses:
        if clause.kind == "references":
            span = table.tokens[clause.first : clause.last]
            start, end = table.tokens[clause.first - 1].end, span[-1].end
            target = _target(span)
            if target:
                text = _as_table_key(table, item, clause)
                found.append((target, text, [Edit(start, end, "")]))
    return found


def _as_table_key(table: Table, item: Item, clause: Clause) -> str:
    span = table.tokens[clause.first : clause.last]
    at = next(i for i, token in enumerate(span) if token.key == "REFERENCES")
    name = joined(span[:at])
    column = table.tokens[item.first].text
    return f"{name} FOREIGN KEY ({column}) {joined(span[at:])}".strip()


def _target(tokens: Sequence[Token]) -> str:
    at = next((i for i, token in enumerate(tokens) if token.key == "REFERENCES"), None)
    if at is None:
        return ""
    last = name_end(tokens, at + 1)
    return tokens[last - 1].name if last > at + 1 else ""
