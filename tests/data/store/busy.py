"""A busy process for the kill tests: imports and decides until somebody kills it.

python busy.py DATA_DIR URL SEED. After each commit it says what was accepted, one JSON list a line:
["added", ids] or ["decided", example, version, text].
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import open_store
from ghost_engine.errors import StoreError


def rows(seed: int, start: int, count: int) -> Iterator[NewExample]:
    for number in range(start, start + count):
        data = f"picture {seed} {number} ".encode() * 50
        shot = Screenshot(hashlib.sha256(data).hexdigest(), 64, 48, len(data), path=f"{number}.png")
        sql = f"CREATE TABLE t_{seed}_{number} (id int);"
        draft = NewSuggestion(sql, "busy", verdict=Verdict(True, True), problems=("generic",))
        yield NewExample(shot, draft, data, b"small")


def say(*what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(folder: str, url: str, seed: str) -> None:
    chance = random.Random(int(seed))
    with open_store(Path(folder), url or None) as store:
        start = 0
        while True:
            count = chance.randint(1, 60)
            store.add_many(
                rows(int(seed), start, count),
                on_batch=lambda added: say("added", [item.example_id for item in added]),
            )
            start += count
            for _ in range(chance.randint(1, 20)):
                example = store.get(chance.choice(store.queue(size=200).rows).id)
                text = f"-- {seed} {chance.random()}"
                store.save_draft(example.id, f"busy {seed}", text, example.version)
                try:
                    review = store.decide(
                        example.id,
                        version=example.version,
                        sql=text,
                        decision=chance.choice(["approved", "rejected", "edited"]),
                        reviewer=f"busy {seed}",
                    )
                except StoreError:
                    continue  # the other busy process was quicker
                say("decided", example.id, review.version, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
