"""Whole statements: those that make no schema go, INSERT and CREATE INDEX are rewritten."""

from __future__ import annotations

from ghost_engine.sql.repair.draft import Draft, Edit, Part, change
from ghost_engine.sql.repair.keys import read_key, written_name
from ghost_engine.sql.repair.names import closest
from ghost_engine.sql.repair.spans import name_end
from ghost_engine.sql.repair.vocabulary import noise, words
from ghost_engine.sql.rules import MAX_STATEMENTS, rule
from ghost_engine.sql.script import Statement

_INDEX_WORDS = ("NONCLUSTERED", "CLUSTERED", "CONCURRENTLY", "FULLTEXT", "SPATIAL", "BITMAP")


def drop_noise(draft: Draft) -> None:
    """Leave out what makes no schema, each with its reason."""
    for part in list(draft.parts):
        reason = _noise_reason(part)
        if reason:
            draft.drop(part, reason)


def _noise_reason(part: Part) -> str:
    if not part.tokens:
        return "There was nothing between two semicolons."
    upper = part.words
    if part.tokens[0].key == "SET":
        known = any(token.text.lower() in words("settings") for token in part.tokens[1:4])
        return "" if known else "SET changes a session of another database."
    if part.tokens[0].text == ".":
        return "This is a command of a database client."
    return next((kind.reason for kind in noise() if kind.pattern.match(upper)), "")


def drop_bulk(draft: Draft) -> None:
    """Leave out the rows of a script that has more statements than the judge takes."""
    if len(draft.parts) <= MAX_STATEMENTS:
        return
    reason = f"{MAX_STATEMENTS} statements are the limit; rows are left out, the schema stays."
    rows = [part for part in draft.parts if part.tokens and part.tokens[0].key == "INSERT"]
    gone = {part.number for part in rows}
    draft.parts = [part for part in draft.parts if part.number not in gone]
    draft.changes += [change(reason, p.text[p.start :], "", p.line(p.start)) for p in rows]


def drop_refused(draft: Draft) -> None:
    """Leave out what the rules refuse as a kind; a CREATE TABLE always stays."""
    total = len(draft.parts)
    for position, part in enumerate(list(draft.parts)):
        statement = Statement(part.text[part.start :], part.start, part.tokens)
        ruling = rule(statement, position, total)
        if ruling.action != "refuse" or makes_table(part):
            continue
        if ruling.too_big or ruling.offset <= part.start:
            draft.drop(part, f"{ruling.message} {ruling.hint}".strip())


def makes_table(part: Part) -> bool:
    """True if the statement is a CREATE TABLE of some form."""
    keys = [token.key for token in part.tokens[:6]]
    return keys[:1] == ["CREATE"] and "TABLE" in keys


def mend_opening(draft: Draft, part: Part) -> None:
    """CRAETE TABLE and CREATE TABEL: a statement with a misspelt beginning would be lost."""
    edits = []
    for token, meant in zip(part.tokens, ("create", "table"), strict=False):
        if token.kind == "word" and closest(token.text.lower(), (meant,)):
            reason = f"{token.text} must mean {meant.upper()}."
            edits.append(Edit(token.start, token.end, meant.upper(), reason))
    keys = [token.key for token in part.tokens[:2]]
    if len(edits) == 2 or (edits and ("CREATE" in keys or "TABLE" in keys)):
        draft.edit(part, edits)


def mend_statement(draft: Draft, part: Part) -> None:
    """Rewrite an INSERT, a CREATE INDEX or a DROP as other databases write them."""
    first = part.tokens[0].key if part.tokens else ""
    if first in ("INSERT", "REPLACE"):
        draft.edit(part, _insert_edits(part))
    elif first == "CREATE" and "INDEX" in [token.key for token in part.tokens[1:5]]:
        _mend_index(draft, part)
    elif first == "DROP" and part.words.startswith("DROP TABLE ") and "IF EXISTS" not in part.words:
        draft.drop(part, "DROP TABLE without IF EXISTS fails where the table is not there yet.")


def _insert_edits(part: Part) -> list[Edit]:
    keys = [token.key for token in part.tokens]
    tokens = part.tokens
    edits = []
    conflict = keys[0] == "REPLACE" or "IGNORE" in keys[1:2] or keys[1:3] == ["OR", "IGNORE"]
    into = keys.index("INTO") if "INTO" in keys[:5] else -1
    if keys[0] == "REPLACE" or into > 1:
        reason = "INSERT IGNORE and REPLACE are MySQL and SQLite; ON CONFLICT says it here."
        edits.append(Edit(tokens[0].start, tokens[max(into, 0)].end, "INSERT INTO", reason))
    elif into < 0 and keys[0] == "INSERT":
        edits.append(Edit(tokens[0].end, tokens[0].end, " INTO", "INSERT needs INTO."))
    if conflict and "CONFLICT" not in keys:
        edits.append(Edit(tokens[-1].end, tokens[-1].end, " ON CONFLICT DO NOTHING"))
    edits += [
        Edit(token.start, token.end, "VALUES", "VALUE is MySQL; PostgreSQL says VALUES.")
        for token in tokens[:60]
        if token.key == "VALUE" and token.kind == "word"
    ]
    return edits


def _mend_index(draft: Draft, part: Part) -> None:
    tokens = part.tokens
    edits = [
        Edit(token.start, token.end + 1, "", f"{token.text} is left out: not taken here.")
        for token in tokens[1:6]
        if token.key in _INDEX_WORDS and token.kind == "word"
    ]
    on = next((i for i, token in enumerate(tokens[:12]) if token.key == "ON"), None)
    if on is not None:
        edits += _index_edits(part, name_end(tokens, on + 1))
    draft.edit(part, edits)


def _index_edits(part: Part, at: int) -> list[Edit]:
    """The column list that begins at token `at`, without prefix lengths, and what follows it."""
    tokens = part.tokens
    if at >= len(tokens) or tokens[at].text != "(":
        return []
    key = read_key(tokens, at, len(tokens), ordered=True)
    if key is None or key.close >= len(tokens):
        return []
    edits = []
    if not key.plain:
        new = f"({', '.join(key.columns)})"
        reason = "An index takes whole columns, reserved words in quotes."
        edits.append(Edit(tokens[at].start, tokens[key.close].end, new, reason))
    behind = tokens[key.close + 1 :]
    if behind and behind[0].key not in ("WHERE", "INCLUDE", "NULLS", "TABLESPACE"):
        reason = "These index options are another database's."
        edits.append(Edit(tokens[key.close].end, behind[-1].end, "", reason))
    return edits


def index_name(part: Part) -> str | None:
    """The name a CREATE INDEX gives, as written."""
    keys = [token.key for token in part.tokens[:8]]
    if "INDEX" not in keys or "ON" not in keys or keys[0] != "CREATE":
        return None
    at = keys.index("ON") - 1
    return written_name(part.tokens[at]) if keys[at] not in ("INDEX", "EXISTS") else None
