"""What watching a long run costs: the server a tick, the browser a stall.

python benchmarks/watching.py [--rows 100000] [--ticks 15] [--keep FOLDER]

Makes the folder of a run with that many metric rows, 12 hours of samples of a card, events and a
log, and takes the place of its supervisor: it holds the run's lock and adds a row ten times a
second. A real Streamlit server shows it to a real Chromium. Prints one JSON line: `tick_ms` is the
time of the fragment on the server (median, worst), from the first read to the last element sent;
`stall_ms` are the browser's longest tasks while it ticks (its tasks above 50 ms, and the worst),
and `first_ms` the first drawing of the page. With `--keep` the folder and the server stay.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ghost_engine.jobs.folder import RunFolder, append_row, now_text, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.records import Job, Progress, Status, now

ROOT = Path(__file__).resolve().parents[1]
TIMED = """
import sys, time
sys.path.insert(0, {root!r})
import app.train.watch as watch
plain_head = watch.head
def timed_head(*given):
    began = time.perf_counter()
    try:
        return plain_head(*given)
    finally:
        with open({ticks!r}, "a") as file:
            file.write(f"{{(time.perf_counter() - began) * 1e3:.2f}}\\n")
if plain_head.__name__ != "timed_head":
    watch.head = timed_head
names = {{"__name__": "__main__", "__file__": {main!r}}}
exec(compile(open({main!r}).read(), {main!r}, "exec"), names)
"""
STALLS = """
window.stalls = [];
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
  window.stalls.push([each.startTime, each.duration]);
})).observe({ type: "longtask", buffered: true });
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--ticks", type=int, default=15)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    place = chosen.keep or Path(tempfile.mkdtemp(prefix="watching-"))
    try:
        folder = make_run(place / "runs", chosen.rows)
        with going_on(folder, chosen.rows), serving(place) as address:
            if chosen.keep:
                sys.stderr.write(f"{address}/train?run={folder.id}\n")
            found = measure(address, folder, place, chosen.ticks)
            sys.stdout.write(json.dumps({"rows": chosen.rows, **found}) + "\n")
            if chosen.keep:
                sys.stdin.read()
    finally:
        if not chosen.keep:
            shutil.rmtree(place, ignore_errors=True)
    return 0


def make_run(runs: Path, rows: int) -> RunFolder:
    """A run's folder as the real thing would have left it."""
    begun = datetime.now(UTC) - timedelta(hours=12)
    folder = RunFolder(runs / f"{begun:%Y%m%d-%H%M%S}-train-long")
    folder.path.mkdir(parents=True)
    folder.config.write_text("memory_limit_gib: 22.0\n")
    write_metrics(folder, rows, begun)
    write_card(folder, begun)
    folder.log.write_text("".join(f"step {step} of {rows}\r\n" for step in range(20_000)))
    job = Job(
        "train", "nobody", begun, "long", "benchmark", True, "", "ghost_engine.hardware:sample"
    )
    write_json(folder.job, job.to_dict())
    status = Status("running", "training", "", 1, rows, 2 * rows, started=begun, updated=now())
    write_json(folder.status, status.to_dict())
    return folder


def write_metrics(folder: RunFolder, rows: int, begun: datetime) -> None:
    chance = random.Random(7)
    events = [
        {"event": "queued"},
        {"event": "attempt_started", "reason": "", "overrides": {}, "lineage": 1},
        {"event": "started", "from_step": 0, "total_steps": 2 * rows},
    ]
    with open(folder.metrics, "w", encoding="utf-8") as file:
        for step in range(1, rows + 1):
            time_ = _text(begun + timedelta(hours=12) * step / rows)
            file.write(json.dumps({**row_of(step, chance), "time": time_}) + "\n")
            if step % 500 == 0:
                found = {"eval_loss": 0.4 + 4 / step**0.3, "valid_share": 0.7, "score": 0.6}
                file.write(json.dumps({"attempt": 1, "step": step, **found, "time": time_}) + "\n")
                events.append({"event": "evaluation", "step": step, **found, "time": time_})
                events.append({"event": "checkpoint", "step": step, "time": time_})
    for event in events:
        append_row(folder.events, {"time": _text(begun), "attempt": 1, **event})


def row_of(step: int, chance: random.Random) -> dict[str, Any]:
    return {
        "attempt": 1,
        "step": step,
        "epoch": step / 1000,
        "loss": 0.3 + 4 / step**0.3 + chance.gauss(0, 0.1),
        "learning_rate": 2e-4 * (1 + math.cos(step / 70_000)) / 2,
        "grad_norm": abs(chance.gauss(1, 0.3)),
        "tokens_per_second": 1400 + chance.gauss(0, 40),
        "vram_allocated_gib": 14.7,
        "vram_reserved_gib": 15.1,
    }


def write_card(folder: RunFolder, begun: datetime) -> None:
    with open(folder.vram, "w", encoding="utf-8") as file:
        for number in range(12 * 1800):
            row = card_row(begun + timedelta(seconds=2 * number), number)
            file.write(json.dumps(row) + "\n")


def card_row(time_: datetime, number: int) -> dict[str, Any]:
    used = 15.5 + 0.6 * math.sin(number / 40)
    return {
        "time": _text(time_),
        "attempt": 1,
        "used_gib": round(used + 0.4, 3),
        "total_gib": 24.0,
        "process_gib": round(used, 3),
        "utilization": 90 + number % 9,
        "temperature": 60 + number % 5,
    }


@contextmanager
def going_on(folder: RunFolder, rows: int) -> Iterator[None]:
    """Ten steps a second, a sample of the card every two, as long as this lasts."""
    lock = take(folder.lock)
    assert lock is not None
    over = threading.Event()

    def work() -> None:
        chance, step = random.Random(8), rows
        while not over.wait(0.1):
            step += 1
            append_row(folder.metrics, {**row_of(step, chance), "time": now_text()})
            progress = Progress(1, "training", step, 2 * rows, "", now())
            write_json(folder.progress, progress.to_dict(), durable=False)
            if step % 20 == 0:
                append_row(folder.vram, card_row(now(), step))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        lock.release()


@contextmanager
def serving(place: Path) -> Iterator[str]:
    """The workbench, its Watch fragment timed."""
    script = place / "timed.py"
    main = str(ROOT / "app" / "main.py")
    script.write_text(TIMED.format(root=str(ROOT), ticks=str(place / "ticks.txt"), main=main))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
    environment = {
        **os.environ,
        "GHOST_RUNS_DIR": str(place / "runs"),
        "GHOST_DATA_DIR": str(place / "data"),
        "PYTHONPATH": str(ROOT),
    }
    with open(place / "server.txt", "wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _await(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def measure(address: str, folder: RunFolder, place: Path, ticks: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(STALLS)
        began = time.perf_counter()
        page.goto(f"{address}/train?run={folder.id}")
        page.wait_for_selector(".st-key-chart-loss canvas", timeout=60_000)
        first = time.perf_counter() - began
        page.wait_for_timeout(6_000)
        before, since = len(_ticks(place)), page.evaluate("performance.now()")
        while len(_ticks(place)) < before + ticks:
            page.wait_for_timeout(500)
        stalls = page.evaluate("(since) => window.stalls.filter((each) => each[0] > since)", since)
        browser.close()
    served, stalled = _ticks(place)[before:], [each[1] for each in stalls]
    return {
        "ticks": len(served),
        "tick_ms": {"median": round(statistics.median(served), 1), "worst": max(served)},
        "stall_ms": {"tasks": len(stalled), "worst": max(stalled, default=0)},
        "first_ms": round(first * 1e3),
        "load": round(os.getloadavg()[0], 1),
    }


def _ticks(place: Path) -> list[float]:
    path = place / "ticks.txt"
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def _await(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def _text(time_: datetime) -> str:
    return time_.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    sys.exit(main())
