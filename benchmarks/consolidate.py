"""How many foreign keys across two screens are found, and how many are invented.

python benchmarks/consolidate.py [--pairs 40] [--engine] [--cut]

Each pair is two synthetic screens of one application: one about a table, one about a table that it
refers to. Both are rendered, and their schemas joined, four times: as the truth gives them; without
the tables that only the other screen is about, so that the key has lost its reference; the same
with the key as a text, the way many models write it; and, with --engine, as the built-in engine
reads them. A key counts as invented if the application's schema has none between those tables,
and as invented by joining if no screen had it. With --cut, all pairs of tables that refer to each
other, cut out of the applications' schemas without a picture.
Prints one line each; not a test.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from PIL import Image

from ghost_engine.collect.synth.browser import Camera
from ghost_engine.collect.synth.ddl import write_ddl as cut
from ghost_engine.collect.synth.domain import Column, Domain, Table, domain_names, load_domain
from ghost_engine.collect.synth.draw import draw_page
from ghost_engine.collect.synth.fields import Desk
from ghost_engine.collect.synth.frame import frame_screen
from ghost_engine.collect.synth.looks import choose_look, frameworks
from ghost_engine.collect.synth.plan_forms import plan_form
from ghost_engine.collect.synth.plan_records import plan_filter, plan_list
from ghost_engine.collect.synth.rows import Data
from ghost_engine.collect.synth.screen import Screen as Plan
from ghost_engine.collect.synth.truth import Truth, find_truth
from ghost_engine.collect.synth.words import choose_style, choose_words
from ghost_engine.data.images import intake
from ghost_engine.inference.consolidate import Consolidated, Screen, consolidate
from ghost_engine.inference.consolidate.ddl import write_ddl
from ghost_engine.inference.run import infer
from ghost_engine.sql import Schema, check
from ghost_engine.sql.compare.matching import match_schemas
from ghost_engine.sql.schema import Table as SchemaTable

SIZE = (1440, 900)
TRIES = 8  # screens of a table until one shows what it refers to
PLANS: Sequence[Callable[[Desk, Table, int], Plan]] = (plan_list, plan_filter, plan_form)


@dataclass(frozen=True)
class Shown:
    """One screen: the table it is about, what can be seen, and the picture."""

    table: str
    truth: Truth
    png: bytes


@dataclass(frozen=True)
class Pair:
    """Two screens of one application; `key` of the first's table refers to the second's."""

    domain: Domain
    key: Column
    screens: tuple[Shown, ...]


Form = Callable[[Pair], list[Screen]]


@dataclass
class Count:
    """What came of some pairs."""

    pairs: int = 0
    found: int = 0
    invented: int = 0
    drawn_wrong: int = 0
    failed: int = 0
    conflicts: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        each = max(1, self.pairs)
        return (
            f"{self.found}/{self.pairs} found ({self.found / each:.0%}), {self.invented} invented "
            f"({self.drawn_wrong} by joining), "
            f"{self.failed} do not run, {self.conflicts / each:.1f} conflicts and "
            f"{1000 * self.seconds / each:.0f} ms a pair"
        )


def make_pairs(count: int, seed: int = 1) -> list[Pair]:
    """Pairs from all domains in turn, each about another foreign key."""
    return asyncio.run(_make_pairs(count, seed))


async def _make_pairs(count: int, seed: int) -> list[Pair]:
    found: list[Pair] = []
    async with Camera(1) as camera:
        for domain, key in _keys(seed):
            if len(found) == count:
                break
            first = await _screen(camera, domain, domain.tables[key.table], key, seed)
            target = domain.tables[str(key.references)]
            second = await _screen(camera, domain, target, None, seed)
            if first and second:
                found.append(Pair(domain, key, (first, second)))
    return found


def _keys(seed: int) -> Iterator[tuple[Domain, Column]]:
    """Foreign keys between tables that screens are about, one of each domain in turn."""
    by_domain = []
    for name in domain_names():
        domain = load_domain(name)
        keys = [
            key
            for table in domain.tables.values()
            for key in table.references
            if table.main and key.references != table.name
            if domain.tables[str(key.references)].main
        ]
        Random(f"{seed}/{name}").shuffle(keys)
        by_domain.append([(domain, key) for key in keys])
    for turn in range(max(map(len, by_domain))):
        yield from (keys[turn] for keys in by_domain if turn < len(keys))


async def _screen(
    camera: Camera, domain: Domain, table: Table, key: Column | None, seed: int
) -> Shown | None:
    """A screen about the table that shows the key, if one turns up."""
    for attempt in range(TRIES):
        random = Random(f"{seed}/{domain.name}/{table.name}/{attempt}")
        words = choose_words("en", random)
        data = Data(domain, "en", f"{seed}/{domain.name}")
        desk = Desk(domain, data, words, choose_style("en", random), random)
        screen = random.choice(PLANS)(desk, table, SIZE[0])
        look = choose_look(random.choice(frameworks()), random)
        page = draw_page(frame_screen(desk, screen, table, SIZE[0]), look, SIZE[0])
        shot = await camera.shoot(page, *SIZE, 1)
        picture = np.asarray(Image.open(io.BytesIO(shot.png)).convert("RGB"))
        truth = find_truth(domain, shot.marks, picture)
        shown = {(each.table, each.column) for each in truth.columns}
        about = truth.tables.get(table.name) == "visible"
        if about and (key is None or (key.table, key.name) in shown):
            return Shown(table.name, truth, shot.png)
    return None


# -- the same pair in four forms -------------------------------------------------------------------


def as_truth(pair: Pair) -> list[Screen]:
    """The exact schema of each picture."""
    return [Screen(each.table, check(each.truth.sql)) for each in pair.screens]


def without_the_other(pair: Pair) -> list[Screen]:
    """No screen holds the table that the other is about, nor a reference to it."""
    first, second = pair.screens
    return [
        Screen(first.table, check(_without(first.truth.sql, second.table, None))),
        Screen(second.table, check(_without(second.truth.sql, first.table, None))),
    ]


def as_text(pair: Pair) -> list[Screen]:
    """As `without_the_other`, and the key is a text under the words over it."""
    first, second = pair.screens
    return [
        Screen(first.table, check(_without(first.truth.sql, second.table, pair.key))),
        Screen(second.table, check(_without(second.truth.sql, first.table, None))),
    ]


def by_engine(pair: Pair) -> list[Screen]:
    """What the built-in engine makes of each picture."""
    screens = []
    for each in pair.screens:
        result = infer([intake(each.png, f"{each.table}.png")], "baseline")
        if result.report is not None:
            screens.append(Screen(each.table, result.report, result.columns))
    return screens


def _without(sql: str, table: str, text: Column | None) -> str:
    schema = check(sql).schema
    tables = []
    for each in schema.tables:
        if each.name == table:
            continue
        kept = tuple(key for key in each.foreign_keys if key.target != table)
        each = replace(each, foreign_keys=kept)
        if text is not None and each.name == text.table:
            each = _with_text(each, text)
        tables.append(each)
    return write_ddl(replace(schema, tables=tuple(tables)))


def _with_text(table: SchemaTable, key: Column) -> SchemaTable:
    name = re.sub(r"[^a-z0-9]+", "_", key.labels("en")[0].lower()).strip("_")
    if table.column(name) is not None or key.name in table.primary_key:
        return table
    columns = tuple(
        replace(each, name=name, type="text", default=None) if each.name == key.name else each
        for each in table.columns
    )
    uniques = tuple(each for each in table.uniques if key.name not in each.columns)
    indexes = tuple(each for each in table.indexes if key.name not in each.definition)
    checks = tuple(each for each in table.checks if key.name not in each.expression)
    return replace(table, columns=columns, uniques=uniques, indexes=indexes, checks=checks)


# -- counting --------------------------------------------------------------------------------------


def measure(pairs: Sequence[Pair], form: Form) -> Count:
    """Join every pair in that form."""
    count = Count()
    for pair in pairs:
        screens = form(pair)
        count.pairs += 1
        if not screens:
            continue
        started = time.perf_counter()
        joined = consolidate(screens)
        count.seconds += time.perf_counter() - started
        found, invented, drawn_wrong = score(pair, joined)
        count.found += found
        count.invented += invented
        count.drawn_wrong += drawn_wrong
        count.failed += not joined.report.valid
        count.conflicts += len(joined.conflicts)
    return count


def score(pair: Pair, joined: Consolidated) -> tuple[bool, int, int]:
    """Whether the pair's key is there; how many are that the application does not have, and how
    many of those no screen had."""
    whole = check(pair.domain.sql).schema
    real = {(table.name, key.target) for table in whole.tables for key in table.foreign_keys}
    names = _names(joined.report.schema, whole)
    drawn = {
        (names[table.name], names[key.target])
        for table in joined.report.schema.tables
        for key in table.foreign_keys
        if table.name in names and key.target in names
    }
    joining = {
        (names[each.table], names[each.target])
        for each in joined.relations
        if each.table in names and each.target in names
    }
    wrong = drawn - real
    return (pair.key.table, str(pair.key.references)) in drawn, len(wrong), len(wrong & joining)


def measure_cuts() -> Count:
    """Join every two tables of an application that one key joins, each alone on its screen."""
    count = Count()
    for domain in map(load_domain, domain_names()):
        scripts = {
            name: cut(domain, {name: {column.name for column in table.columns}})
            for name, table in domain.tables.items()
        }
        keys = {
            (key.table, str(key.references)): key
            for t in domain.tables.values()
            for key in t.references
        }
        for names, key in keys.items():
            if names[0] == names[1]:
                continue
            screens = [Screen(name, check(scripts[name])) for name in names]
            started = time.perf_counter()
            joined = consolidate(screens)
            count.seconds += time.perf_counter() - started
            found, invented, wrong = score(Pair(domain, key, ()), joined)
            count.pairs += 1
            count.found += found
            count.invented += invented
            count.drawn_wrong += wrong
            count.failed += not joined.report.valid
            count.conflicts += len(joined.conflicts)
    return count


def _names(schema: Schema, whole: Schema) -> dict[str, str]:
    """The application's name for each table of a joined schema."""
    return {match.predicted: match.reference for match in match_schemas(schema, whole)}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", action="store_true", help="with the built-in engine too")
    parser.add_argument("--cut", action="store_true", help="all pairs of tables, without pictures")
    arguments = parser.parse_args()
    if arguments.cut:
        sys.stdout.write(f"cut, without pictures:    {measure_cuts()}\n")
        return
    pairs = make_pairs(arguments.pairs, arguments.seed)
    forms: list[tuple[str, Form]] = [
        ("as the truth gives them", as_truth),
        ("each table on one screen", without_the_other),
        ("the key as a text", as_text),
    ]
    if arguments.engine:
        forms.append(("by the built-in engine", by_engine))
    for name, form in forms:
        sys.stdout.write(f"{name + ':':<26}{measure(pairs, form)}\n")


if __name__ == "__main__":
    main()
