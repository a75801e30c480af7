"""Two screens of one application, whose common foreign key is known because it was cut."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.collect.synth.ddl import write_ddl
from ghost_engine.collect.synth.domain import Column, Domain, domain_names, load_domain
from ghost_engine.inference.consolidate import consolidate
from tests.inference.consolidate.made import references, screen

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "consolidate.py"
LEAST = 0.8  # of the keys


def keys() -> Iterator[tuple[Domain, Column]]:
    """Two keys of every third application, between tables that screens are about."""
    for name in domain_names()[::3]:
        domain = load_domain(name)
        between = (
            key
            for table in domain.tables.values()
            if table.main
            for key in table.references
            if key.references != table.name
        )
        yield from ((domain, key) for key in islice(between, 2))


def alone(domain: Domain, table: str) -> str:
    """One table, as a screen that shows no other gives it: its keys refer to nothing."""
    return write_ddl(domain, {table: {column.name for column in domain.tables[table].columns}})


def test_most_keys_across_two_screens_are_found_and_none_is_invented() -> None:
    found, missed, invented = [], [], []
    for domain, key in keys():
        target = str(key.references)
        joined = consolidate([screen(alone(domain, each)) for each in (key.table, target)])
        assert joined.report.valid and joined.notes == ()
        drawn = references(joined)
        (found if (key.table, key.name, target) in drawn else missed).append(key.path)
        real = {
            (table.name, column.name, column.references)
            for table in domain.tables.values()
            for column in table.references
        }
        invented += sorted(drawn - real)
    assert invented == []
    assert len(found) >= 20 and len(found) >= LEAST * len(found + missed), missed


@pytest.fixture(scope="module")
def benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("consolidate_benchmark", BENCHMARK)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(900)
def test_keys_are_found_across_rendered_screens(benchmark: Any) -> None:
    pairs = benchmark.make_pairs(40)
    for form in (benchmark.as_truth, benchmark.without_the_other):
        count = benchmark.measure(pairs, form)
        assert count.pairs == 40
        assert count.found >= LEAST * count.pairs, count
        assert count.invented == count.failed == 0, count
