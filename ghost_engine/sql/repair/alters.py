"""ALTER TABLE as MySQL dumps, SQL Server scripts and Oracle write it, action by action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.column import Mended
from ghost_engine.sql.repair.columns import mend_column
from ghost_engine.sql.repair.draft import Draft, Part, change
from ghost_engine.sql.repair.keys import index_statement, read_key
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Table, read_item
from ghost_engine.sql.repair.spans import joined, matching, name_end, split_commas

_MYSQL = "This form of ALTER TABLE is another database's."
_OPTIONS = frozenset(
    ("AUTO_INCREMENT", "ENGINE", "CHARSET", "DEFAULT", "CHARACTER", "COLLATE", "COMMENT", "CONVERT")
    + ("ROW_FORMAT", "DISABLE", "ENABLE", "ORDER", "LOCK", "ALGORITHM", "CHECK", "NOCHECK")
)


@dataclass
class _Alter:
    """One ALTER TABLE: the actions that stay, and statements that take the place of others."""

    part: Part
    table: Sequence[Token]
    names: Names
    kept: list[str]
    others: list[str]
    changed: bool = False

    @property
    def written(self) -> str:
        return "".join(token.text for token in self.table)


def mend_alter(draft: Draft, part: Part, names: Names) -> None:
    """Rewrite `part` if it is an ALTER TABLE with actions PostgreSQL does not know."""
    keys = [token.key for token in part.tokens[:6]]
    if keys[:2] != ["ALTER", "TABLE"]:
        return
    at = 2 + 2 * (keys[2:4] == ["IF", "EXISTS"])
    at += keys[at : at + 1] == ["ONLY"]
    end = name_end(part.tokens, at)
    if end == at or end >= len(part.tokens):
        return
    alter = _Alter(part, part.tokens[at:end], names, [], [])
    for begin, last in _actions(part.tokens, end):
        _mend_action(alter, part.tokens[begin:last])
    if alter.changed:
        _rewrite(draft, alter)


def _actions(tokens: Sequence[Token], first: int) -> Iterator[tuple[int, int]]:
    """The actions; those after the first may lack their ADD (SQL Server)."""
    for begin, last in split_commas(tokens, first, len(tokens)):
        if begin < last:
            yield begin, last


def _rewrite(draft: Draft, alter: _Alter) -> None:
    part = alter.part
    texts = [f"ALTER TABLE {alter.written} {', '.join(alter.kept)}"] if alter.kept else []
    texts[:0] = [text for text in alter.others if text.startswith("CREATE TYPE")]
    texts += [text for text in alter.others if text not in texts]
    line = part.line(part.start)
    shown = ";\n".join(texts)
    draft.changes.append(change(_MYSQL, part.text[part.start :], shown, line))
    for text in reversed(texts):
        draft.add(text, "", part)
    index = draft.find(part.number)
    if index is not None:
        draft.parts.pop(index)


def _mend_action(alter: _Alter, tokens: Sequence[Token]) -> None:
    keys = [token.key for token in tokens]
    if keys[:2] in (["WITH", "CHECK"], ["WITH", "NOCHECK"]):
        tokens, keys, alter.changed = tokens[2:], keys[2:], True
    if not keys or (keys[0] in _OPTIONS and keys[:2] != ["ADD", "CHECK"]):
        alter.changed = True
    elif keys[0] == "ADD":
        _mend_add(alter, tokens[1:])
    elif keys[0] in ("MODIFY", "CHANGE"):
        _mend_modify(alter, tokens, keys)
    elif keys[:2] == ["ALTER", "COLUMN"] and not set(keys[3:4]) & _ALTERS:
        _modify(alter, tokens[2:])
    elif keys[:2] in (["DROP", "INDEX"], ["DROP", "KEY"], ["DROP", "FOREIGN"], ["DROP", "PRIMARY"]):
        alter.changed = True
    else:
        alter.kept.append(joined(tokens))


_ALTERS = frozenset(("TYPE", "SET", "DROP", "ADD", "RESTART"))


def _mend_add(alter: _Alter, tokens: Sequence[Token]) -> None:
    keys = [token.key for token in tokens]
    column = keys[:1] == ["COLUMN"]
    if keys[:1] == ["("]:  # Oracle: ADD (a int, b int)
        alter.changed = True
        for begin, last in split_commas(tokens, 1, matching(tokens, 0)):
            _add_item(alter, tokens[begin:last])
        return
    if "FOR" in keys and "DEFAULT" in keys[:3]:  # SQL Server: ADD CONSTRAINT n DEFAULT v FOR c
        at, end = keys.index("DEFAULT"), len(keys) - 1 - keys[::-1].index("FOR")
        value, name = joined(tokens[at + 1 : end]), joined(tokens[end + 1 :])
        alter.kept.append(f"ALTER COLUMN {name} SET DEFAULT {value}")
        alter.changed = True
        return
    exists = keys[column : column + 3] == ["IF", "NOT", "EXISTS"]
    _add_item(alter, tokens[column + 3 * exists :], "IF NOT EXISTS " if exists else "")


def _add_item(alter: _Alter, tokens: Sequence[Token], exists: str = "") -> None:
    if not tokens:
        return
    item = read_item(tokens, 0, len(tokens))
    if item.kind == "column":
        text, mended = _column(alter, tokens)
        alter.kept.append(f"ADD COLUMN {exists}{text}")
        alter.changed |= bool(mended.edits or mended.before)
        alter.others += [text for text, _, _ in mended.after]
    elif item.kind in ("index", "fulltext", "spatial"):
        key = read_key(tokens, item.body + 1, len(tokens), ordered=True)
        if key is not None and item.kind != "spatial":
            name = alter.table[-1].name
            alter.others.append(index_statement(alter.written, name, key, item.kind, alter.names))
        alter.changed = True
    elif item.kind in ("unique", "primary"):
        _add_key(alter, tokens, item.kind, item.body)
    else:
        alter.kept.append("ADD " + joined(tokens))


def _add_key(alter: _Alter, tokens: Sequence[Token], kind: str, body: int) -> None:
    key = read_key(tokens, body + 1 + (kind == "primary"), len(tokens), ordered=False)
    if (
        key is None
        or tokens[body + 1].key in ("USING", "NULLS")
        or (key.plain and key.close + 1 >= len(tokens))
    ):
        alter.kept.append("ADD " + joined(tokens))
        return
    named = key.name if not body else joined(tokens[1:body])
    name = f"CONSTRAINT {named} " if named and kind == "unique" or body else ""
    word = "PRIMARY KEY" if kind == "primary" else "UNIQUE"
    alter.kept.append(f"ADD {name}{word} ({', '.join(key.columns)})")
    alter.changed = True


def _column(alter: _Alter, tokens: Sequence[Token]) -> tuple[str, Mended]:
    """A column definition rewritten for PostgreSQL, and what else it needs."""
    first, text = tokens[0].start, alter.part.text[tokens[0].start : tokens[-1].end]
    moved = [token._replace(start=token.start - first, end=token.end - first) for token in tokens]
    item = read_item(moved, 0, len(moved))
    table = Table(moved, 0, 0, 0, len(moved), (), title=alter.table)
    mended = Mended()
    mend_column(table, item, alter.names, mended)
    for made, _, _ in mended.before:
        alter.others.insert(0, made)
    new, _ = Part(text, (1,) * (text.count("\n") + 1)).edited(mended.edits)
    return new.text, mended


def _mend_modify(alter: _Alter, tokens: Sequence[Token], keys: list[str]) -> None:
    """MySQL's MODIFY [COLUMN] definition and CHANGE [COLUMN] old definition; Oracle's brackets."""
    at = 1 + (keys[1:2] == ["COLUMN"])
    if keys[0] == "CHANGE":
        old, new = joined(tokens[at : at + 1]), joined(tokens[at + 1 : at + 2])
        if old.lower() != new.lower():
            rename = f"ALTER TABLE {alter.written} RENAME COLUMN {old} TO {new}"
            alter.others.append(rename)
            _modify(alter, tokens[at + 1 :], later=True)
            return
        at += 1
    if keys[at : at + 1] == ["("]:
        tokens = tokens[: matching(tokens, at)]
        at += 1
    _modify(alter, tokens[at:])


def _modify(alter: _Alter, tokens: Sequence[Token], later: bool = False) -> None:
    alter.changed = True
    if len(tokens) < 2:
        return
    text, mended = _column(alter, tokens)
    column = Part(text, (1,) * (text.count("\n") + 1))
    item = read_item(column.tokens, 0, len(column.tokens))
    name = column.tokens[0].text
    kind = joined(column.tokens[1 : item.type_end])
    actions = [f"ALTER COLUMN {name} TYPE {kind} USING {name}::{kind}"] if kind else []
    for clause in item.clauses:
        said = joined(column.tokens[clause.first : clause.last])
        if clause.kind in ("not null", "default"):
            actions.append(f"ALTER COLUMN {name} SET {said}")
        elif clause.kind == "generated" and "IDENTITY" in said:
            actions[-1:] = [*actions[-1:], f"ALTER COLUMN {name} SET NOT NULL"]
            actions.append(f"ALTER COLUMN {name} ADD {said}")
    if later:
        alter.others.append(f"ALTER TABLE {alter.written} {', '.join(actions)}")
    else:
        alter.kept += dict.fromkeys(actions)
    alter.others += [text for text, _, _ in mended.after]
