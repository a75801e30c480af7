"""The out-of-memory ladder and a kill -9, for real, on the card of this machine.

python benchmarks/ladder.py [--loader plain|unsloth] [--walks context,deep] [--work FOLDER]
python benchmarks/ladder.py --device cpu --walks kill      (without a card: only the kill)

Builds a small random Gemma-3 and rows up to 3,500 tokens, measures the peak of the longest row on
every rung in processes of their own, and sets `memory_limit_gib` between two neighbouring peaks, so
that `ghost train` has to walk down and then fits. "context" dies once and goes on from its
checkpoint; then its worker is killed with -9 and the run resumed. "deep" goes down as far as the
peaks can be told apart. "kill" is the kill alone, without a limit. Prints the story as JSON; exit
status 1 if a run did not end as it should. Not a test.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from ghost_engine import prompts
from ghost_engine.jobs.folder import RunFolder, read_json, read_rows
from ghost_engine.jobs.metrics import read_metrics
from ghost_engine.jobs.reading import read_run
from ghost_engine.training.config import TrainingConfig, make_config, with_settings
from ghost_engine.training.ladder import next_rung
from ghost_engine.training.tiny import SMOKE, TinyShape, build_random_gemma3

SMALL = TinyShape(
    hidden=2048,
    intermediate=8192,
    layers=16,
    heads=16,
    key_value_heads=8,
    head_dim=128,
    vocabulary=4096,
    vision_hidden=128,
    vision_intermediate=256,
    image_pixels=896,
    image_tokens=256,
)
LENGTHS = (600, 900, 1200, 1500) * 4 + (3500,)
STEPS = len(LENGTHS)
GAP = 1.02
"""A rung can be told from the next if its peak exceeds the next one's reserved memory so often."""


def settings(asked: argparse.Namespace, folder: Path) -> TrainingConfig:
    """The run's configuration before the first rung."""
    base = make_config(
        {
            "base_model": str(folder / "model"),
            "export_base": str(folder / "model"),
            "dataset": str(folder / "dataset_vision.json"),
            "loader": asked.loader,
            "device": asked.device,
            "compile": False,
            "dropout": 0.0,
            "gradient_accumulation_steps": 1,
            "optimizer": "adamw_torch",
            "learning_rate": 1e-4,
            "max_steps": STEPS,
            "warmup_steps": 1,
            "save_steps": 2,
            "keep_checkpoints": 2,
            "validation_share": 0.0,
            "eval_screens": 0,
            "explosion_factor": 0.0,
        }
    )
    return with_settings(base, asked.set)


def rungs(config: TrainingConfig) -> list[tuple[str, TrainingConfig]]:
    """The configuration and each one down the ladder, with the name of the rung that led there."""
    found = [("start", config)]
    while rung := next_rung(config):
        config = config.changed(**rung.overrides)
        found.append((rung.name, config))
    return found


def build(folder: Path, asked: argparse.Namespace) -> None:
    """The model and the rows."""
    shape = SMOKE if asked.tiny else SMALL
    build_random_gemma3(folder / "model", shape, device=asked.device)
    rows = []
    for number, tokens in enumerate(LENGTHS):
        pixels = Image.effect_noise((160, 100), 40 + number).convert("RGB").resize((640, 400))
        pixels.save(folder / f"{number}.png")
        rows.append(prompts.vision_row(f"{number}.png", answer(number, tokens)))
    (folder / "dataset_vision.json").write_text(json.dumps(rows), "utf-8")


def answer(number: int, tokens: int) -> str:
    """A schema of about so many tokens, the picture and the question included."""
    columns = [f"c{number}_{place} numeric({place % 9 + 1})" for place in range(tokens // 14)]
    parts = [columns[at : at + 20] for at in range(0, len(columns), 20)]
    return "\n".join(
        f"CREATE TABLE t{number}_{at} (\n  " + ",\n  ".join(part) + "\n);"
        for at, part in enumerate(parts)
    )


# -- measuring ---------------------------------------------------------------------------------


def measure(config: TrainingConfig, folder: Path) -> dict[str, Any]:
    """The peaks of loading and of two steps on the longest row that fits, GiB."""
    from ghost_engine.jobs.records import Attempt
    from ghost_engine.jobs.worker import Work
    from ghost_engine.training.data import freeze
    from ghost_engine.training.model import load_model

    loaded = load_model(config)

    from ghost_engine.training.callbacks import Reporter
    from ghost_engine.training.collate import Collator
    from ghost_engine.training.lengths import fit_rows
    from ghost_engine.training.trainer import Trainer

    with tempfile.TemporaryDirectory() as name:
        frozen = freeze(config, Path(name), judge=False)
        rows, lengths = fit_rows(frozen.rows("train"), loaded.processor, config)
        longest = lengths.longest_kept
        assert longest is not None
        probe = [row for row in rows if str(row["id"]) == longest.id]
        collator = Collator(loaded.processor, config.max_seq_length, frozen.folder)
        quiet = config.changed(max_steps=2, warmup_steps=0, save_steps=10_000)
        reporter = Reporter(Work(RunFolder(Path(name)), Attempt(1)), quiet, judged=False)
        Trainer(loaded, quiet, collator, probe * 2, (), reporter, 2).train()
        device = loaded.device
    peaks = reporter.peaks.values()
    return {
        "longest_tokens": longest.tokens,
        "device": device,
        "versions": loaded.versions,
        "allocated_gib": max((each["allocated_gib"] for each in peaks), default=0.0),
        "reserved_gib": max((each["reserved_gib"] for each in peaks), default=0.0),
    }


def measure_all(asked: argparse.Namespace, folder: Path, count: int) -> list[dict[str, Any]]:
    """`measure` of every rung, side by side: each process has its own peaks."""
    started = []
    for place in range(count):
        words = [sys.executable, __file__, *sys.argv[1:], "--work", str(folder)]
        words += ["--measure", str(place)]
        own = {"UNSLOTH_COMPILE_LOCATION": str(folder / f"compiled-{place}")}
        log = (folder / f"measure-{place}.txt").open("w")
        child = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **own}
        )
        started.append(child)
    found = []
    for place, child in enumerate(started):
        said, _ = child.communicate(timeout=asked.seconds)
        if child.returncode:
            tail = (folder / f"measure-{place}.txt").read_text("utf-8")[-2000:]
            sys.exit(f"Rung {place} could not be measured:\n{tail}")
        found.append(json.loads(said.splitlines()[-1]))
    return found


def limit_before(peaks: list[dict[str, Any]], place: int) -> float | None:
    """A limit under which rung `place` fits and none before it; None if the peaks are too near."""
    dies = min(each["allocated_gib"] for each in peaks[:place])
    fits = peaks[place]["reserved_gib"]
    return round((dies + fits) / 2, 4) if dies > fits * GAP else None


# -- runs --------------------------------------------------------------------------------------


def ghost(*words: str) -> dict[str, Any]:
    """What the command line says, as JSON."""
    line = [sys.executable, "-m", "ghost_engine", *words, "--json"]
    made = subprocess.run(line, capture_output=True, text=True, timeout=120)
    if made.returncode:
        sys.exit(f"ghost {' '.join(words)}: {made.stdout}{made.stderr}")
    return dict(json.loads(made.stdout))


def start(config: TrainingConfig, folder: Path, name: str) -> RunFolder:
    file = folder / f"{name}.yaml"
    file.write_text(config.to_yaml(), "utf-8")
    run = ghost("train", "--config", str(file), "--name", name, "--detach")
    return RunFolder(Path(run["run_dir"]))


def wait(folder: RunFolder, seconds: float, kill_in_attempt: int = 0) -> int | None:
    """Until the run has ended; kills the worker of that attempt with -9 after its third step (or
    shortly before the last one), and says at which step."""
    deadline, killed = time.monotonic() + seconds, None
    while (run := read_run(folder)).active:
        if time.monotonic() > deadline:
            sys.exit(f"{folder.path}: {run.status} after {seconds:g} s.")
        steps = steps_of(folder, kill_in_attempt)
        far_enough = len(steps) >= 3 or max(steps, default=0) >= STEPS - 2
        pid = run.status.pid if run.status.attempt == kill_in_attempt else None
        if pid and killed is None and far_enough:
            os.kill(pid, signal.SIGKILL)
            killed = max(steps)
        time.sleep(0.05)
    return killed


def steps_of(folder: RunFolder, attempt: int) -> list[int]:
    return [row["step"] for row in read_rows(folder.metrics) if row["attempt"] == attempt]


def story(folder: RunFolder, seconds: float, limit: float | None) -> dict[str, Any]:
    """What the run's files tell."""
    events = read_rows(folder.events)
    run = read_run(folder)
    told = ("rung", "old", "new", "starts_again", "from_step", "reason", "memory")
    counted = Counter(row["step"] for row in read_metrics(folder))
    return {
        "run": folder.id,
        "limit_gib": limit,
        "state": run.state,
        "error": run.status.error.to_dict() if run.status.error else None,
        "seconds": round(seconds, 1),
        "attempts": run.status.attempt,
        "started_from": [row["from_step"] for row in events if row["event"] == "started"],
        "decisions": [
            {key: row.get(key) for key in told} for row in events if row["event"] == "decision"
        ],
        "left_out": [row["dropped"] for row in events if row["event"] == "lengths"][-1:],
        "steps": len(counted),
        "each_step_once": set(counted.values()) == {1}
        and sorted(counted) == [*range(1, STEPS + 1)],
        "overrides": (read_json(folder.attempt) or {}).get("overrides"),
        "adapter": sorted(path.name for path in folder.adapter.glob("adapter_*")),
    }


def walk(asked: argparse.Namespace, folder: Path, name: str, config: TrainingConfig, down: int,
         kill: bool) -> dict[str, Any]:  # fmt: skip
    """One run that has to take `down` rungs; with `kill`, its last worker is killed on the way."""
    began = time.monotonic()
    run = start(config, folder, name)
    result: dict[str, Any] = {}
    if kill:
        result["killed_at_step"] = wait(run, asked.seconds, kill_in_attempt=down + 1)
        after = read_run(run)
        result["after_kill"] = {
            "state": after.state,
            "error": after.status.error.to_dict() if after.status.error else None,
        }
        ghost("runs", "resume", run.id)
    wait(run, asked.seconds)
    result |= story(run, time.monotonic() - began, config.memory_limit_gib)
    names = [each["rung"] for each in result["decisions"]]
    wanted = [rung for rung, _ in rungs(config)][1 : down + 1]
    whole = result["state"] == "finished" and result["each_step_once"] and result["adapter"]
    killed = not kill or (result["killed_at_step"] and result["after_kill"]["state"] == "failed")
    result["as_wanted"] = bool(whole and killed and names == wanted)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loader", default="plain", choices=("plain", "unsloth"))
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--walks", default="", help="context, deep, kill; commas between")
    parser.add_argument("--work", type=Path, default=None, help="default: a temporary folder")
    parser.add_argument("--set", nargs="*", default=[], metavar="key=value")
    parser.add_argument("--seconds", type=float, default=400, help="limit of one run")
    parser.add_argument("--tiny", action="store_true", help="the smoke shape, to try this script")
    parser.add_argument("--measure", type=int, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    folder = (asked.work or Path(tempfile.mkdtemp(prefix="ladder-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["GHOST_RUNS_DIR"] = str(folder / "runs")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    ladder = rungs(settings(asked, folder))
    if asked.measure is not None:
        say(measure(ladder[asked.measure][1], folder))
        return 0
    return tell(asked, folder, ladder)


def tell(asked: argparse.Namespace, folder: Path, ladder: list[tuple[str, TrainingConfig]]) -> int:
    default = "context" if asked.loader == "unsloth" else "context,deep"
    walks = (asked.walks or default).split(",")
    began = time.monotonic()
    build(folder, asked)
    result: dict[str, Any] = {"loader": asked.loader, "work": str(folder), "walks": {}}
    if walks != ["kill"]:
        # Neighbours suffice for the first rung; the deep walk needs them all.
        peaks = measure_all(asked, folder, len(ladder) if "deep" in walks else 2)
        result |= {key: peaks[0].pop(key) for key in ("device", "versions")}
        result["peaks"] = [
            {"rung": name, **{key: each[key] for key in each if key.endswith(("_gib", "tokens"))}}
            for (name, _), each in zip(ladder, peaks, strict=False)
        ]
        limits = {place: limit_before(peaks, place) for place in range(1, len(peaks))}
        result["limits_gib"] = {ladder[place][0]: limit for place, limit in limits.items()}
    config = ladder[0][1]
    for name in walks:
        down = 0
        if name != "kill":
            told_apart = [place for place, limit in limits.items() if limit is not None]
            fitting = [1] if name == "context" else told_apart[::-1]
            down = next((place for place in fitting if place in told_apart), 0)
            if not down:
                result["walks"][name] = {"as_wanted": False, "why": "the peaks are too near"}
                continue
            config = ladder[0][1].changed(memory_limit_gib=limits[down])
        result["walks"][name] = walk(asked, folder, name, config, down, kill=name != "deep")
    result["seconds"] = round(time.monotonic() - began, 1)
    say(result, indent=1)
    return 0 if all(each["as_wanted"] for each in result["walks"].values()) else 1


def say(values: dict[str, Any], indent: int | None = None) -> None:
    sys.stdout.write(json.dumps(values, indent=indent) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
