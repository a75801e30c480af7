"""An import that is killed at any moment, and run again, ends in the same store."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ghost_engine.data.files.importing import import_file
from ghost_engine.data.store import Store, open_store
from tests.data.files.pictures import write_png

ROWS = 5000
KILLS = 4


def dataset(folder: Path) -> Path:
    for number in range(ROWS):
        write_png(folder / "ui" / f"{number}.png", number)
    table = "CREATE TABLE t{n} (id int PRIMARY KEY{rest});"
    rows = (
        {
            "image": f"ui/{n}.png",
            "sql": table.format(n=n % 500, rest="" if n % 7 else " AUTO_INCREMENT"),
            "id": f"p{n}",
        }
        for n in range(ROWS)
    )
    path = folder / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def contents(store: Store) -> list[tuple[object, ...]]:
    return [
        (
            example.screenshot,
            example.status,
            example.sql,
            example.verdict,
            example.reference,
            len(store.suggestions(example.id)),
            store.picture(example.screenshot),
        )
        for example in store.iterate()
    ]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_thousand_rows_killed_midway_again_and_again(
    new_url: Callable[[], str | None], tmp_path: Path
) -> None:
    path, url = dataset(tmp_path), new_url()
    environment = {**os.environ, "GHOST_DATA_DIR": str(tmp_path / "killed")}
    environment |= {"GHOST_DATABASE_URL": url} if url else {}
    command = [sys.executable, "-m", "ghost_engine", "data", "import", str(path), "--json"]
    chance = random.Random("kills")
    seen = 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        with open_store(tmp_path / "killed", url) as store:
            goal = seen + chance.randrange(100, 1000)
            while store.counts().total < goal and process.poll() is None:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert seen < store.counts().total < ROWS
            seen = store.counts().total
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    report = json.loads(done.stdout)
    assert report["added"] + seen == ROWS and report["unchanged"] == seen
    with (
        open_store(tmp_path / "killed", url) as killed,
        open_store(tmp_path / "whole", new_url()) as whole,
    ):
        import_file(whole, path)
        assert contents(killed) == contents(whole)
        assert import_file(killed, path).unchanged == ROWS
