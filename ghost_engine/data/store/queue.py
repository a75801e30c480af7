"""The queue: which examples match, in which order, and who comes next.

Everything is found in `example` and its indexes; texts and pictures are read for one page only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    column,
    false,
    func,
    or_,
    select,
    table,
)

from ghost_engine.data.records import Counts, Filters, Page, QueueRow, Sort
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.rows import among, clean, problem_codes
from ghost_engine.data.store.tables import (
    example,
    hold,
    problem,
    review,
    screenshot,
    suggestion,
    wording,
)

_TRIGRAM = 3  # shorter texts are not in the index
_ESCAPE = "\\"
_trigrams = table("text_search", column("rowid"), column("text_search"))  # SQLite's
_folded = table("text_search", column("id"), column("folded", Text))  # PostgreSQL's, small letters


def matching(database: Database, filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions on `example` that these filters mean."""
    chosen: list[tuple[ColumnElement[Any], Sequence[Any]]] = [
        (example.c.status, filters.statuses),
        (example.c.provider, filters.providers),
        (example.c.domain, filters.domains),
        (example.c.app, filters.apps),
    ]
    found: list[ColumnElement[bool]] = [place.in_(values) for place, values in chosen if values]
    if filters.executes is not None:
        wanted = None if filters.executes == "unknown" else filters.executes
        found.append(example.c.executes.is_(wanted))
    if filters.golden is not None:
        found.append(example.c.golden.is_(filters.golden))
    if filters.problems:
        codes = select(problem.c.example_id).where(problem.c.code.in_(filters.problems))
        found.append(example.c.id.in_(codes))
    if filters.ids is not None:
        found.append(among(database, example.c.id, filters.ids) if filters.ids else false())
    if filters.text.strip():
        found.append(_mentions(database, clean(filters.text.strip())))
    return found


def page(database: Database, filters: Filters, sort: Sort, number: int, size: int) -> Page:
    """One page of matching examples; beyond the last one it is empty."""
    conditions = matching(database, filters)
    count = select(func.count()).select_from(example).where(*conditions)
    # A text is looked for once: counting beside the ids costs less than looking again.
    total = func.count().over() if filters.text else count.correlate(None).scalar_subquery()
    ids = select(example.c.id, total.label("total")).where(*conditions).order_by(*_order(sort))
    with database.reading() as connection:
        found = connection.execute(ids.limit(size).offset(number * size)).all()
        matches = found[0].total if found else connection.scalar(count) or 0
        rows = _rows(connection, [row.id for row in found])
    return Page(tuple(rows), matches, number, size)


def beside(
    database: Database,
    here: int | None,
    filters: Filters,
    sort: Sort,
    reviewer: str,
    wrap: bool,
    back: bool = False,
) -> int | None:
    """See `Store.next_example` and `Store.previous_example`."""
    found = _neighbour(database, here, filters, sort, reviewer, back)
    if found is None and here is not None and wrap:
        found = _neighbour(database, None, filters, sort, reviewer, back)
    return None if found == here else found


def counts(database: Database) -> Counts:
    """How many examples each filter would find."""
    grouped = (example.c.status, example.c.executes, example.c.provider, example.c.domain)
    query = select(*grouped, func.count().label("examples")).group_by(*grouped)
    flaws = select(problem.c.code, func.count(problem.c.example_id.distinct()).label("examples"))
    with database.reading() as connection:
        rows = connection.execute(query).all()
        problems = connection.execute(flaws.group_by(problem.c.code)).all()

    def by(name: str) -> dict[Any, int]:
        tally: dict[Any, int] = {}
        for row in rows:
            value = getattr(row, name)
            tally[value] = tally.get(value, 0) + row.examples
        return dict(sorted(tally.items(), key=lambda item: (-item[1], str(item[0]))))

    executes = by("executes")
    return Counts(
        total=sum(row.examples for row in rows),
        statuses=by("status"),
        providers=by("provider"),
        domains=by("domain"),
        problems={row.code: row.examples for row in sorted(problems, key=lambda row: row.code)},
        executes=executes.get(True, 0),
        fails=executes.get(False, 0),
        unchecked=executes.get(None, 0),
    )


# What each order sorts on beside the id, and whether it descends. Ids break ties, ascending but
# for "newest", which is the ids descending.
_KEYS: dict[Sort, tuple[str, bool]] = {
    "effort": ("effort", True),
    "oldest": ("id", False),
    "newest": ("id", True),
    "recent": ("updated", True),
}


def _neighbour(
    database: Database,
    example_id: int | None,
    filters: Filters,
    sort: Sort,
    reviewer: str,
    back: bool,
) -> int | None:
    """The nearest matching example after (or before) one that nobody else holds, or None.

    `example_id` None stands before the first and after the last; it need not match itself.
    """
    held = select(hold.c.example_id).where(
        hold.c.reviewer != reviewer, hold.c.expires > database.clock()
    )
    query = select(example.c.id).where(*matching(database, filters), example.c.id.not_in(held))
    query = query.order_by(*_order(sort, back)).limit(1)
    with database.reading() as connection:
        if example_id is None:
            return connection.scalar(query)
        here = connection.execute(select(example).where(example.c.id == example_id)).first()
        if here is None:
            return connection.scalar(query)
        name, descending = _KEYS[sort]
        beyond = _beyond(here._mapping, name, descending != back, (sort == "newest") != back)
        return connection.scalar(query.where(beyond))


def _order(sort: Sort, back: bool = False) -> list[ColumnElement[Any]]:
    name, descending = _KEYS[sort]
    first = example.c[name].desc() if descending != back else example.c[name].asc()
    if name == "id":
        return [first]
    return [first, example.c.id.desc() if back else example.c.id.asc()]


def _beyond(here: Any, name: str, descending: bool, id_descending: bool) -> ColumnElement[bool]:
    key: ColumnElement[Any] = example.c[name]
    mark = here[name]
    further: ColumnElement[bool] = key < mark if descending else key > mark
    if name == "id":
        return further
    tie = example.c.id < here["id"] if id_descending else example.c.id > here["id"]
    return or_(further, and_(key == mark, tie))


def _mentions(database: Database, wanted: str) -> ColumnElement[bool]:
    return or_(
        example.c.text_id.in_(_texts_with(database, wanted)),
        example.c.domain.ilike(_contains(wanted), escape=_ESCAPE),
    )


def _texts_with(database: Database, wanted: str) -> Select[Any]:
    indexed = database.text_index and len(wanted) >= _TRIGRAM
    if not database.is_sqlite:
        alike = _folded.c.folded.like(func.lower(_contains(wanted)), escape=_ESCAPE)
        holds = alike if indexed else func.strpos(_folded.c.folded, func.lower(wanted)) > 0
        return select(_folded.c.id).where(holds)
    if indexed:
        phrase = '"' + wanted.replace('"', '""') + '"'
        return select(_trigrams.c.rowid).where(_trigrams.c.text_search.op("MATCH")(phrase))
    # SQLite's LIKE ignores the case of ASCII letters.
    return select(wording.c.id).where(wording.c.body.like(_contains(wanted), escape=_ESCAPE))


def _contains(wanted: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        wanted = wanted.replace(special, _ESCAPE + special)
    return f"%{wanted}%"


def _rows(connection: Connection, ids: Sequence[int]) -> list[QueueRow]:
    query = (
        select(
            example,
            screenshot.c.path,
            screenshot.c.missing,
            case(
                (example.c.review_id.is_not(None), review.c.verdict), else_=suggestion.c.verdict
            ).label("verdict"),
        )
        .join(screenshot, example.c.screenshot_key == screenshot.c.key)
        .outerjoin(review, review.c.id == example.c.review_id)
        .outerjoin(suggestion, suggestion.c.id == example.c.suggestion_id)
        .where(example.c.id.in_(ids))
    )
    codes = problem_codes(connection, ids)
    rows: dict[int, QueueRow] = {}
    for row in connection.execute(query):
        verdict = row.verdict or {}
        rows[row.id] = QueueRow(
            id=row.id,
            version=row.version,
            status=row.status,
            screenshot_key=row.screenshot_key,
            path=row.path,
            missing=row.missing,
            domain=row.domain,
            app=row.app,
            provider=row.provider,
            executes=row.executes,
            tables=verdict.get("tables", 0),
            columns=verdict.get("columns", 0),
            problems=codes.get(row.id, ()),
            effort=row.effort,
            golden=row.golden,
            updated=row.updated,
        )
    return [rows[example_id] for example_id in ids if example_id in rows]
