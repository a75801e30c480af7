"""A correction made on a script: `preview` says what it would change, `apply` changes it.

Only the places meant are edited; strings, comments and layout elsewhere stay as they are. Applied
a second time nothing changes. Whether the outcome runs is for the judge to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ghost_engine.sql.corrections import definitions, links, renames
from ghost_engine.sql.corrections.correction import Change, Correction, Kind
from ghost_engine.sql.passages import Passages, read_passages
from ghost_engine.sql.repair.draft import Edit

Edits = Callable[[Passages, Correction], Iterable[Edit]]


def preview(correction: Correction, sql: str) -> Change | None:
    """What `correction` makes of a script, or None where it changes nothing. Never fails."""
    script = read_passages(sql)
    edits = _edits(correction, script)
    text = _edited(sql, edits)
    again = read_passages(text)
    if text == sql or _edited(text, _edits(correction, again)) != text:
        return None  # the script is too broken for the change to be found in it again
    said = [edit for edit in edits if edit.reason]
    return Change(
        text,
        tuple(edit.reason for edit in said),
        tuple(script.line(_first_letter(sql, edit)) for edit in said),
    )


def apply(correction: Correction, sql: str) -> str:
    """The script corrected; the same text where the correction changes nothing."""
    change = preview(correction, sql)
    return change.sql if change is not None else sql


def _edits(correction: Correction, script: Passages) -> list[Edit]:
    """Edits in order; of two that overlap the first."""
    kept: list[Edit] = []
    edits = dict.fromkeys(_EDITS[correction.kind](script, correction))
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _edited(sql: str, edits: list[Edit]) -> str:
    for edit in reversed(edits):
        sql = sql[: edit.start] + edit.text + sql[edit.end :]
    return sql


def _first_letter(sql: str, edit: Edit) -> int:
    before = sql[edit.start : edit.end]
    return edit.start + (len(before) - len(before.lstrip()) if before.strip() else 0)


def _rename_column(script: Passages, correction: Correction) -> Iterator[Edit]:
    for table in script.tables:
        if correction.scope.holds(table):
            yield from renames.rename_column(script, table, correction.before, correction.after)


def _rename_table(script: Passages, correction: Correction) -> Iterator[Edit]:
    yield from renames.rename_table(script, correction.before, correction.after)


_EDITS: dict[Kind, Edits] = {
    "rename column": _rename_column,
    "rename table": _rename_table,
    "change type": definitions.change_type,
    "make enum": definitions.make_enum,
    "add clause": definitions.add_clause,
    "drop clause": definitions.drop_clause,
    "replace clause": definitions.replace_clause,
    "replace counter": definitions.replace_counter,
    "add key": definitions.add_key,
    "add column": definitions.add_column,
    "drop column": links.drop_column,
    "add reference": links.add_reference,
    "drop reference": links.drop_reference,
    "add index": links.add_index,
    "drop options": definitions.drop_options,
}
