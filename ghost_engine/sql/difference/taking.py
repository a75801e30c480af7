"""`take`: one table of another script put into this one, in an order that can run.

The script is a row of chunks (a statement with its own comments) with glue between them: blank
lines, headings, prose. Only the chunks of what is taken change; a chunk moves only where it would
otherwise stand before something that it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.errors import GhostError
from ghost_engine.sql.difference.needs import makes_key, needed, points_at
from ghost_engine.sql.passages import Passage, Passages, read_passages

_ENDINGS = (("commit",), ("end",), ("commit", "work"), ("commit", "transaction"))


@dataclass(eq=False)
class _Chunk:
    """A passage with its text, `before` it the glue."""

    passage: Passage
    text: str
    before: str
    taken: bool = False

    @property
    def about(self) -> str:
        return self.passage.about

    @property
    def makes(self) -> bool:
        return self.passage.kind == "create"


@dataclass
class _Row:
    """The script while it is changed."""

    chunks: list[_Chunk]
    ending: str
    newline: str

    @property
    def sql(self) -> str:
        return "".join(chunk.before + chunk.text for chunk in self.chunks) + self.ending

    def remove(self, chunk: _Chunk) -> None:
        """Take a chunk out; of the glue on its two sides one line break is enough."""
        index = self.chunks.index(chunk)
        self.chunks.pop(index)
        if index == len(self.chunks):
            self.ending = chunk.before.rstrip() + self.ending
            return
        following = self.chunks[index]
        following.before = _merged(chunk.before, following.before, at_start=index == 0)

    def insert(self, index: int, chunk: _Chunk) -> None:
        """Put a chunk before the one at `index`, on lines of its own."""
        gap = self.newline * (2 if chunk.passage.kind == "create" else 1)
        if index == 0 and self.chunks:
            chunk.before, self.chunks[0].before = self.chunks[0].before, self.newline * 2
        elif index == 0:
            chunk.before, self.ending = self.ending, ""
            if chunk.before.strip() and not chunk.before.endswith("\n"):
                chunk.before += self.newline
        else:
            _close(self.chunks[index - 1])
            chunk.before = gap
            if index < len(self.chunks):
                _close(chunk)
                following = self.chunks[index]
                if "\n" not in following.before:
                    following.before = self.newline + following.before.lstrip(" \t")
            elif not self.ending[:1].isspace() and self.ending:
                self.ending = self.newline + self.ending
        self.chunks.insert(index, chunk)

    def move(self, chunk: _Chunk, index: int) -> None:
        """Put a chunk before the one that stands at `index` once it is out."""
        self.remove(chunk)
        self.insert(index, chunk)


def take(current_sql: str, other_sql: str, table: str) -> str:
    """The current script with everything of `table` as the other script has it.

    Its CREATE TABLE, indexes, comments, ALTERs and rows are replaced, added or removed, with the
    enum types, sequences and schemas that it needs; types that nobody needs any more go with it.
    All else stays as it is, byte for byte; a statement moves only behind what it needs.

    Args:
        table: a `TableDifference.name`: a table, or a type or view that stands on its own.

    Raises:
        GhostError: neither script has it.
    """
    current, other = read_passages(current_sql), read_passages(other_sql)
    if table not in current.things and table not in other.things:
        raise GhostError(f"Neither script has {table}.", "Look at the differences again.")
    row = _read_row(current)
    for name in (*_supports(other, table, current), table):
        _replace(row, other, name)
    for name in _unneeded(row, current, other, table):
        for chunk in [chunk for chunk in row.chunks if chunk.about == name]:
            row.remove(chunk)
    _order(row, _standing(current))
    return row.sql


# -- replacing -------------------------------------------------------------------------------------


def _read_row(script: Passages) -> _Row:
    newline = "\r\n" if "\r\n" in script.text else "\n"
    chunks, position = [], 0
    for item in script.items:
        text = script.text[item.start : item.end]
        chunks.append(_Chunk(item, text, script.text[position : item.start]))
        position = item.end
    return _Row(chunks, script.text[position:], newline)


def _supports(script: Passages, name: str, current: Passages) -> list[str]:
    """What `name` needs of types, sequences and schemas that `current` has not just so."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for item in script.of(waiting.pop()):
            for need in needed(item, script.things):
                if script.things[need] in ("type", "sequence", "schema") and need not in found:
                    found[need] = None
                    waiting.append(need)
    return [
        each
        for each in script.things  # in the order that they are made
        if each in found and _words(script.of(each)) != _words(current.of(each))
    ]


def _words(items: Sequence[Passage]) -> list[tuple[str, ...]]:
    return [item.words for item in items]


def _replace(row: _Row, other: Passages, name: str) -> None:
    """Give `name` the chunks that the other script has for it."""
    mine = [chunk for chunk in row.chunks if chunk.about == name]
    theirs = other.of(name)
    pairs = _paired(mine, theirs)
    for chunk in mine:
        if chunk not in pairs.values():
            row.remove(chunk)
    before: _Chunk | None = None
    for item in theirs:
        text = other.text[item.start : item.end]
        chunk = pairs.get(item) or _Chunk(item, text, "", taken=True)
        if item not in pairs:
            following = next((pairs[i] for i in theirs if i in pairs), None)
            row.insert(_place(row, other, name, before, following), chunk)
            _close(chunk)
        else:
            chunk.passage, chunk.text, chunk.taken = item, text, True
            if not item.closed and row.chunks[-1] is not chunk:
                _close(chunk)
        before = chunk


def _paired(mine: list[_Chunk], theirs: Sequence[Passage]) -> dict[Passage, _Chunk]:
    """Which chunk each statement of the other script takes the place of."""
    pairs: dict[Passage, _Chunk] = {}
    free = list(mine)
    for alike in (_same_words, _both_make):
        for item in theirs:
            found = next((c for c in free if item not in pairs and alike(c.passage, item)), None)
            if found is not None:
                pairs[item] = found
                free.remove(found)
    return pairs


def _same_words(one: Passage, other: Passage) -> bool:
    return one.words == other.words


def _both_make(one: Passage, other: Passage) -> bool:
    return one.kind == other.kind == "create"


def _place(
    row: _Row, other: Passages, name: str, before: _Chunk | None, following: _Chunk | None
) -> int:
    """Where a new chunk of `name` goes: beside its own, else beside its neighbour over there."""
    if before is not None:
        return row.chunks.index(before) + 1
    if following is not None:
        return row.chunks.index(following)
    order = [each for each in other.things if other.things[each]]
    for neighbour in reversed(order[: order.index(name)]):
        made = next((c for c in row.chunks if c.about == neighbour and c.makes), None)
        if made is not None:
            index = row.chunks.index(made) + 1
            while index < len(row.chunks) and row.chunks[index].about == neighbour:
                index += 1
            return index
    first = next((i for i, chunk in enumerate(row.chunks) if chunk.makes), None)
    if first is not None:
        return first
    ends = row.chunks and row.chunks[-1].passage.words in _ENDINGS
    return len(row.chunks) - bool(ends)


def _unneeded(row: _Row, current: Passages, other: Passages, table: str) -> list[str]:
    """Types and sequences that only the old form of `table` needed and the other script lacks."""
    gone = []
    old = {need for item in current.of(table) for need in needed(item, current.things)}
    for name in old:
        if current.things[name] not in ("type", "sequence") or name in other.things:
            continue
        rest = (chunk.passage for chunk in row.chunks if chunk.about != name)
        if not any(name in needed(item, {name: current.things[name]}) for item in rest):
            gone.append(name)
    return sorted(gone)


def _close(chunk: _Chunk) -> None:
    """End a statement that had no semicolon, now that another follows."""
    passage = chunk.passage
    if not passage.closed:
        at = passage.last - passage.start
        if chunk.text[at : at + 1] != ";":
            chunk.text = f"{chunk.text[:at]};{chunk.text[at:]}"


def _merged(before: str, after: str, at_start: bool) -> str:
    """The glue of two gaps when what stood between them is gone."""
    if at_start and not before.strip():
        return before + after.lstrip()
    if not before.strip() and not after.strip():
        return max(before, after, key=len)
    if not after.strip():
        return before
    return after if not before.strip() and "\n" in after else f"{before.rstrip()}\n{after.lstrip()}"


# -- order -----------------------------------------------------------------------------------------


def _standing(script: Passages) -> set[tuple[Passage, Passage]]:
    """(needing, needed) pairs that stand in the wrong order already; they are not ours to mend."""
    place = {item: number for number, item in enumerate(script.items)}
    return {
        (item, need)
        for item, needs in _edges(list(script.items)).items()
        for need in needs
        if place[need] > place[item]
    }


def _edges(items: Sequence[Passage]) -> dict[Passage, list[Passage]]:
    """What each passage must stand behind."""
    made: dict[str, Passage] = {}
    for item in items:
        if item.kind == "create":
            made.setdefault(item.about, item)
    things = {name: item.thing for name, item in made.items()}
    last: dict[str, Passage] = {}
    edges: dict[Passage, list[Passage]] = {}
    for item in items:
        needs = [made[name] for name in needed(item, things)]
        if item.about in last:
            needs.append(last[item.about])
        if item.about:
            last[item.about] = item
        edges[item] = needs
    _add_keys(items, edges)
    return edges


def _add_keys(items: Sequence[Passage], edges: dict[Passage, list[Passage]]) -> None:
    """A foreign key stands behind the keys of its target, rows behind the rows they point at."""
    targets: dict[str, set[str]] = {}
    for item in items:
        targets.setdefault(item.about, set()).update(points_at(item) - {item.about})
    for item in items:
        if item.kind in ("create", "alter"):
            aims = points_at(item) - {item.about}
            edges[item] += [i for i in items if i.about in aims and makes_key(i)]
        elif item.kind == "insert":
            rows = targets.get(item.about, set())
            edges[item] += [i for i in items if i.about in rows and i.kind == "insert"]


def _order(row: _Row, standing: set[tuple[Passage, Passage]]) -> None:
    """Move chunks behind what they need; what is not taken moves only where there is no other way.

    Where tables need each other in a circle, needs of what is not taken come first.
    """
    by_passage = {chunk.passage: chunk for chunk in row.chunks}
    needs: dict[_Chunk, list[_Chunk]] = {}
    for passage, behind in _edges([chunk.passage for chunk in row.chunks]).items():
        kept = [each for each in behind if (passage, each) not in standing]
        needs[by_passage[passage]] = [by_passage[each] for each in kept]
    for index in range(len(row.chunks)):
        chunk = _next(row.chunks[index:], needs)
        if row.chunks[index] is not chunk:
            if row.chunks[index].taken:
                _move_behind(row, row.chunks[index], needs)
                chunk = _next(row.chunks[index:], needs)
            if row.chunks[index] is not chunk:
                row.move(chunk, index)


def _move_behind(row: _Row, chunk: _Chunk, needs: dict[_Chunk, list[_Chunk]]) -> None:
    """Put a chunk right behind the last one that it needs."""
    behind = max((row.chunks.index(each) for each in needs[chunk]), default=0)
    if behind > row.chunks.index(chunk):
        row.move(chunk, behind)


def _next(pending: list[_Chunk], needs: dict[_Chunk, list[_Chunk]]) -> _Chunk:
    """The first chunk that needs nothing pending, or nothing but what is part of a circle."""
    waiting = set(pending)
    for chunk in pending:
        if not any(each in waiting for each in needs[chunk]):
            return chunk
    for chunk in pending:
        if chunk.taken or all(each.taken for each in needs[chunk] if each in waiting):
            return chunk
    return pending[0]
