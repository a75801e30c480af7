"""How quick the store of examples is, and how much memory it takes.

python benchmarks/store.py [--examples 100000] [--url postgresql://...]

Generates examples with texts of realistic length in a temporary store (or the empty database of
the URL), then asks what the Curate page asks, five times each; the slowest counts. Not a test.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from ghost_engine.data.records import Filters, NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store, open_store

NOUNS = (
    "orders invoices customers products payments projects tasks users teams tickets comments"
    " messages events bookings rooms guests courses lessons students grades patients visits"
    " vehicles trips drivers articles authors tags files folders accounts transfers budgets"
).split()
PROBLEMS = ("fails", "no_primary_key", "orphan_table", "generic_name", "near_duplicate")
WAITING = Filters(statuses=("new",))
ASKED: dict[str, Filters] = {
    "all": Filters(),
    "new": WAITING,
    "fails": Filters(statuses=("new",), executes=False),
    "problem": Filters(problems=("no_primary_key",)),
    "provider and domain": Filters(providers=("gemini",), domains=("domain 7",)),
    "text, rare": Filters(text="t99999_"),
    "text, common": Filters(text="invoices", statuses=("new",)),
    "text, everywhere": Filters(text="CREATE TABLE"),
    "text, two letters": Filters(text="id"),
    "text, nowhere": Filters(text="no such words"),
}


def script(number: int, chance: random.Random) -> str:
    lines: list[str] = []
    for noun in chance.sample(NOUNS, chance.randint(3, 7)):
        lines += [f"CREATE TABLE {noun} (", "    id bigint PRIMARY KEY,"]
        for other in chance.sample(NOUNS, chance.randint(2, 6)):
            lines.append(f"    {other}_count integer NOT NULL DEFAULT {chance.randint(0, 99)},")
        lines += [f"    t{number}_ text", ");"]
    return "\n".join(lines)


def examples(count: int) -> Iterator[NewExample]:
    chance = random.Random(7)
    for number in range(count):
        key = hashlib.sha256(str(number).encode()).hexdigest()
        shot = Screenshot(key, 1280, 800, 200_000, path=f"screens/{number}.png", source="bench")
        verdict = Verdict(chance.random() < 0.8, True, tables=5, columns=chance.randint(8, 60))
        yield NewExample(
            shot,
            NewSuggestion(
                script(number, chance),
                chance.choice(("gemini", "ollama", "baseline")),
                verdict=verdict,
                problems=tuple(code for code in PROBLEMS if chance.random() < 0.1),
            ),
            domain=f"domain {number % 40}",
        )


def milliseconds(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(5):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return round(max(took), 1)


def measure(store: Store, count: int) -> dict[str, object]:
    process = psutil.Process()
    store.add_many(examples(400))  # libraries are loaded
    before = process.memory_info().rss
    started = time.perf_counter()
    store.add_many(examples(count))
    filling = time.perf_counter() - started
    middle = store.queue(WAITING, number=count // 200, size=50).rows[-1].id
    answers: dict[str, object] = {"examples": count}
    answers["rows_added_per_second"] = round(count / filling)
    answers["queue_ms"] = {
        name: milliseconds(lambda filters=filters: store.queue(filters))
        for name, filters in ASKED.items()
    }
    answers["last_page_ms"] = milliseconds(lambda: store.queue(WAITING, number=count // 50 - 1))
    answers["next_ms"] = {
        name: milliseconds(lambda filters=filters: store.next_example(middle, filters))
        for name, filters in ASKED.items()
    }
    answers["previous_ms"] = milliseconds(lambda: store.previous_example(middle, WAITING))
    answers["get_ms"] = milliseconds(lambda: store.get(middle))
    answers["counts_ms"] = milliseconds(store.counts)
    answers["progress_ms"] = milliseconds(lambda: store.progress("ana"))
    answers["decide_ms"] = milliseconds(lambda: decide(store))
    started = time.perf_counter()
    batch = store.decide_many(Filters(domains=("domain 7",)), "approved", reviewer="bench")
    answers["decide_many_ms"] = round((time.perf_counter() - started) * 1000)
    started = time.perf_counter()
    store.undo(reviewer="bench", batch=batch.id)
    answers["undo_many_ms"] = round((time.perf_counter() - started) * 1000)
    started = time.perf_counter()
    answers["iterated"] = sum(1 for _ in store.iterate())
    answers["iterate_seconds"] = round(time.perf_counter() - started, 1)
    answers["growth_mb"] = round((process.memory_info().rss - before) / 1e6)
    return answers


def decide(store: Store) -> None:
    example = store.get(store.queue(WAITING, size=1).rows[0].id)
    store.decide(
        example.id,
        version=example.version,
        sql=example.sql + "\n-- seen",
        decision="approved",
        reviewer="bench",
        seconds=5,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=100_000)
    parser.add_argument("--url", help="an empty PostgreSQL database, instead of SQLite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Path(folder), given.url) as store:
            answers = measure(store, given.examples)
    sys.stdout.write(json.dumps(answers, indent=2) + "\n")


if __name__ == "__main__":
    main()
