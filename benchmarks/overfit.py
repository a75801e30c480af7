"""Can the training job learn by heart? A random Gemma-3 overfits the shipped pairs.

python benchmarks/overfit.py --out output/overfit [--pairs 287] [--epochs 40] [--set key=value]
python benchmarks/overfit.py --out output/overfit-small --shape smoke --pairs 8 --device cpu

Builds a small Gemma-3 of random weights that reads real 896-pixel pictures, trains adapters on all
pairs of data/pairs.jsonl through the real job (frozen rows, supervisor, worker, checkpoints), with
screens of data/validation_set beside them, and writes overfit.json and overfit.svg. This is an
overfit check of the machinery: a model of noise learns nothing of screenshots by it, and its
validation loss rises. Not a test. Exit 1 if the loss of the last epoch is not under 0.5.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ghost_engine.data.pairs import Pair, read_pairs, write_pairs
from ghost_engine.data.splits import Part, write_splits
from ghost_engine.errors import GhostError
from ghost_engine.jobs.control import stop
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.metrics import Row, read_metrics
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig, make_config, with_settings
from ghost_engine.training.start import start
from ghost_engine.training.tiny import OVERFIT, SMOKE, build_random_gemma3

DATA = Path(__file__).resolve().parents[1] / "data"
GOAL = 0.5
SHAPES = {"overfit": OVERFIT, "smoke": SMOKE}
RECIPE: dict[str, Any] = {
    "export_base": "none",
    "loader": "plain",
    "max_seq_length": 1024,
    "rank": 256,
    "alpha": 64.0,
    "dropout": 0.0,
    "batch_size": 16,
    "gradient_accumulation_steps": 1,
    "learning_rate": 1e-3,
    "optimizer": "adamw_torch",
    "scheduler": "cosine",
    "weight_decay": 0.0,
    "max_steps": None,
    "warmup_steps": 20,
    "keep_checkpoints": 1,
    "validation_share": 0.1,
    "validation_limit": 24,
    "eval_screens": 4,
    "eval_new_tokens": 384,
    "explosion_factor": 0.0,
    "too_long": "refuse",
}
EVALUATIONS = 5
TELL_SECONDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=287)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--shape", choices=SHAPES, default="overfit")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--set", action="append", default=[], help="key=value of the configuration")
    asked = parser.parse_args()
    out = asked.out.resolve()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ["GHOST_RUNS_DIR"] = str(out / "runs")
    try:
        sys.exit(check(asked, out))
    except GhostError as error:
        sys.exit(str(error))


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def check(asked: argparse.Namespace, out: Path) -> int:
    began = time.monotonic()
    model = build_random_gemma3(out / "model", SHAPES[asked.shape])
    dataset = write_dataset(out / "data", asked.pairs)
    config = recipe(asked, model, dataset)
    run = follow(start(config, name="overfit"))
    rows = read_metrics(run.folder)
    result = summarise(run, config, rows, asked.pairs)
    result["seconds"] = round(time.monotonic() - began, 1)
    result["command"] = " ".join(["python", *sys.argv])
    (out / "overfit.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    if rows:
        (out / "overfit.svg").write_text(plot(rows), "utf-8")
    shown = {key: value for key, value in result.items() if key not in ("config", "curve")}
    say(json.dumps(shown, indent=1))
    return 0 if result["reached"] else 1


def write_dataset(folder: Path, count: int) -> Path:
    """The shipped pairs for training, screens of the validation set for validation."""
    pictures = folder / "images"
    pictures.mkdir(parents=True, exist_ok=True)
    taken: list[Pair] = []
    parts: dict[str, Part] = {}
    sources: tuple[tuple[Path, Part, int], ...] = (
        (DATA / "pairs.jsonl", "train", count),
        (DATA / "validation_set" / "pairs.jsonl", "validation", count),
    )
    for file, part, limit in sources:
        for pair in read_pairs(file, limit):
            source = pair.image_path(file.parent)
            name = f"{part}-{source.name}"
            shutil.copyfile(source, pictures / name)
            parts[hashlib.sha256(source.read_bytes()).hexdigest()] = part
            taken.append(pair.model_copy(update={"image": f"images/{name}"}))
    write_splits(folder / "splits.json", parts)
    write_pairs(folder / "pairs.jsonl", taken)
    return folder / "pairs.jsonl"


def recipe(asked: argparse.Namespace, model: Path, dataset: Path) -> TrainingConfig:
    steps = asked.epochs * -(-asked.pairs // RECIPE["batch_size"])
    places = {"base_model": str(model), "dataset": str(dataset), "device": asked.device}
    every = {"eval_steps": max(1, steps // EVALUATIONS), "save_steps": steps}
    config = make_config({**RECIPE, **places, **every, "epochs": float(asked.epochs)})
    return with_settings(config, asked.set)


def follow(run: Run) -> Run:
    """Tell how it goes until it has ended; Ctrl+C stops it gently."""
    say(str(run.path))
    phase, told = "", 0.0
    try:
        while (run := read_run(run.folder)).active:
            now = run.status
            if now.phase != phase or time.monotonic() - told > TELL_SECONDS:
                phase, told = now.phase, time.monotonic()
                losses = [row["loss"] for row in read_metrics(run.folder) if "loss" in row]
                loss = f", loss {losses[-1]:.3f}" if losses else ""
                step = f", step {now.step} of {now.total_steps}" if now.step else ""
                say(f"{now.state}: {now.phase}{step}{loss}")
            time.sleep(1)
    except KeyboardInterrupt:
        return follow(stop(run))
    if run.status.error is not None:
        say(f"{run.state}: {run.status.error.message} {run.status.error.hint}")
    return run


def summarise(run: Run, config: TrainingConfig, rows: Sequence[Row], pairs: int) -> dict[str, Any]:
    """The training loss is the last epoch's mean: every pair once, the weights nearly still."""
    losses = [row["loss"] for row in rows if "loss" in row]
    epoch = -(-pairs // (config.batch_size * config.gradient_accumulation_steps))
    final = sum(losses[-epoch:]) / epoch if len(losses) >= epoch else None
    judged = [row for row in rows if "eval_loss" in row]
    started = run.status.started
    seconds = (run.status.ended - started).total_seconds() if run.status.ended and started else None
    loaded = [row for row in read_rows(run.folder.events) if row.get("event") == "loaded"]
    return {
        "what": "overfit check: random weights, no ability to read screenshots is measured",
        "state": run.state,
        "error": run.status.error.to_dict() if run.status.error else None,
        "pairs": pairs,
        "steps": len(losses),
        "first_loss": losses[0] if losses else None,
        "training_loss": final,
        "goal": GOAL,
        "reached": run.state == "finished" and final is not None and final < GOAL,
        "validation_loss": judged[-1]["eval_loss"] if judged else None,
        "lowest_validation_loss": min((row["eval_loss"] for row in judged), default=None),
        "valid_share": [[row["step"], row.get("valid_share")] for row in judged],
        "run_seconds": seconds,
        "tokens_per_second": max((row.get("tokens_per_second") or 0 for row in rows), default=0),
        "vram_reserved_gib": max((row.get("vram_reserved_gib") or 0 for row in rows), default=0),
        "loaded": loaded[-1] if loaded else None,
        "run_dir": str(run.path),
        "config": config.model_dump(mode="json"),
        "curve": rows,
    }


# -- the plot --------------------------------------------------------------------------------------

WIDE, HIGH, LEFT, TOP, MIDDLE = 760, 470, 56, 44, 290
LINES = (("loss", "#1f6feb", "training loss"), ("eval_loss", "#c2410c", "validation loss"))


def plot(rows: Sequence[Row]) -> str:
    """Both losses over steps above, the share of valid drafts below, as SVG."""
    steps = max(row["step"] for row in rows)
    values = [row[key] for row in rows for key, _, _ in LINES if key in row]
    highest = max(values)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14">Overfit check: a random Gemma-3 on the shipped'
        " pairs</text>",
        *axes(highest, steps),
    ]
    for number, (key, colour, name) in enumerate(LINES):
        points = [(row["step"], row[key]) for row in rows if key in row]
        parts.append(line(points, steps, highest, TOP, MIDDLE, colour, key != "loss"))
        parts.append(legend(number, colour, name))
    shares = [(row["step"], row["valid_share"]) for row in rows if "valid_share" in row]
    parts.append(line(shares, steps, 1.0, MIDDLE + 40, HIGH - 40, "#15803d", True))
    parts.append(legend(len(LINES), "#15803d", "valid share of drafts"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def axes(highest: float, steps: int) -> list[str]:
    made = []
    for top, bottom, ends in (
        (TOP, MIDDLE, (0.0, GOAL, highest)),
        (MIDDLE + 40, HIGH - 40, (0.0, 1.0)),
    ):
        most = ends[-1]
        for value in ends:
            y = bottom - (bottom - top) * value / most
            dash = ' stroke-dasharray="4 3"' if value == GOAL else ""
            made.append(
                f'<line x1="{LEFT}" x2="{WIDE - 16}" y1="{y:.1f}" y2="{y:.1f}" '
                f'stroke="#d4d4d8"{dash}/>'
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>'
            )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LEFT + (WIDE - 16 - LEFT) * share
        made.append(
            f'<text x="{x:.1f}" y="{HIGH - 20}" text-anchor="middle">{round(steps * share)}</text>'
        )
    made.append(f'<text x="{WIDE / 2}" y="{HIGH - 4}" text-anchor="middle">step</text>')
    return made


def line(
    points: Sequence[tuple[int, float]],
    steps: int,
    highest: float,
    top: float,
    bottom: float,
    colour: str,
    dots: bool,
) -> str:
    places = [
        (LEFT + (WIDE - 16 - LEFT) * step / steps, bottom - (bottom - top) * value / highest)
        for step, value in points
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    drawn = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return drawn + (marks if dots else "")


def legend(number: int, colour: str, name: str) -> str:
    x = LEFT + 200 * number
    return (
        f'<rect x="{x}" y="28" width="12" height="4" fill="{colour}"/>'
        f'<text x="{x + 18}" y="34">{name}</text>'
    )


if __name__ == "__main__":
    main()
