"""Predicted and measured memory of a training step, and its speed, on the card of this machine.

python benchmarks/memory.py MODEL [--preset t4|a10g] [--loader plain|unsloth] [--tokens N]
    [--set key=value ...] [--steps 6]
python benchmarks/memory.py MODEL --sweep presets|others|NAME[,NAME...] [--seconds 900]
python benchmarks/memory.py --table LINES.jsonl

MODEL is a folder with a checkpoint; `benchmarks/gemma12b.py` builds one of the real 12B's shapes
with random weights. A configuration goes through the project's own loader, collator and trainer,
with made-up pictures and answers that fill the context exactly, no dropout and one batch a step
unless `--set` says otherwise, and prints one JSON line. A sweep takes its configurations from the
table below, each in a fresh process: "presets" are those that the closed form was written against,
"others" those that it never saw. `--table` turns such lines into the rows of docs/memory.md.
Memory, GiB: `allocated` and `reserved` are torch's peaks, `device` is what the whole card holds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ghost_engine.training.config import TrainingConfig, load_preset, with_settings
from ghost_engine.training.memory import compare, estimate_vram
from ghost_engine.training.shapes import read_shape

ROOT = Path(__file__).resolve().parents[1]
ROWS = 4
PARITY = ("dropout=0", "gradient_accumulation_steps=1")
QUIET = (
    "validation_share=0",
    "eval_screens=0",
    "explosion_factor=0",
    "save_steps=100000",
    "warmup_steps=0",
)
T4, A10G = {"preset": "t4", "tokens": 1970}, {"preset": "a10g", "tokens": 4042}
PRESETS: dict[str, dict[str, Any]] = {
    "t4-plain": {**T4, "loader": "plain"},
    "t4-unsloth": {**T4, "loader": "unsloth"},
    "a10g-plain": {**A10G, "loader": "plain"},
    "a10g-unsloth": {**A10G, "loader": "unsloth"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "plain-r16-3000-dora": {
        "preset": "t4",
        "loader": "plain",
        "tokens": 3000,
        "set": ["rank=16", "use_dora=true"],
    },
    "plain-r128-1024-vision": {
        "preset": "t4",
        "loader": "plain",
        "tokens": 1024,
        "set": ["rank=128", "tune_vision=true"],
    },
    "plain-r32-8192-dora": {
        "preset": "a10g",
        "loader": "plain",
        "tokens": 8192,
        "set": ["rank=32", "tune_vision=false"],
    },
    "plain-as-trained": {
        "preset": "a10g",
        "loader": "plain",
        "tokens": 4096,
        "set": ["dropout=0.1", "gradient_accumulation_steps=4"],
    },
    "plain-qv-adamw": {
        "preset": "t4",
        "loader": "plain",
        "tokens": 2048,
        "set": ["target_modules=q_proj,v_proj", "optimizer=adamw_torch", "batch_size=2"],
    },
    "unsloth-r16-3000": {
        "preset": "a10g",
        "loader": "unsloth",
        "tokens": 3000,
        "set": ["rank=16", "use_dora=false"],
    },
    "unsloth-r32-2048-dora": {
        "preset": "a10g",
        "loader": "unsloth",
        "tokens": 2048,
        "set": ["rank=32", "tune_vision=false"],
    },
}
SWEEPS = {"presets": tuple(PRESETS), "others": tuple(OTHERS)}


def configuration(options: argparse.Namespace) -> TrainingConfig:
    base = load_preset(options.preset)
    tokens = options.tokens or base.max_seq_length
    own = (
        f"base_model={options.model}",
        f"max_seq_length={tokens}",
        f"max_steps={options.steps}",
        f"loader={options.loader}",
    )
    return with_settings(base, (*own, *QUIET, *PARITY, *options.set))


def make_rows(folder: Path, processor: Any, tokens: int) -> list[dict[str, str]]:
    """Rows about noisy pictures, answers cut so that each is as near to `tokens` as can be."""
    from PIL import Image

    from ghost_engine import prompts

    first = (ROOT / "data/pairs.jsonl").read_text("utf-8").splitlines()[0]
    sql = str(json.loads(first)["sql"]) + "\n"
    rows = []
    for number in range(ROWS):
        pixels = random.Random(number).randbytes(160 * 100 * 3)
        picture = Image.frombytes("RGB", (160, 100), pixels).resize((1280, 800))
        picture.save(folder / f"{number}.png")
        row = {
            "id": str(number),
            "image": f"{number}.png",
            "instruction": prompts.VISION_INSTRUCTION,
        }
        rows.append({**row, "sql": filling(row, sql, processor, tokens)})
    return rows


def filling(row: dict[str, str], sql: str, processor: Any, tokens: int) -> str:
    """The longest text made of `sql` with which the row does not exceed `tokens`."""
    from ghost_engine.training.collate import measure_lengths

    whole = sql * (tokens * 4 // len(sql) + 2)
    short, long = 1, len(whole)
    while long - short > 1:
        middle = (short + long) // 2
        fits = measure_lengths([{**row, "sql": whole[:middle]}], processor, tokens).kept
        short, long = (middle, long) if fits else (short, middle)
    return whole[:short]


def measure(config: TrainingConfig) -> dict[str, Any]:
    """Train a few steps; what was predicted and what came out."""
    from ghost_engine.jobs.folder import RunFolder
    from ghost_engine.jobs.records import Attempt
    from ghost_engine.jobs.worker import Work
    from ghost_engine.training.model import load_model

    started = time.perf_counter()
    loaded = load_model(config)
    load_seconds = time.perf_counter() - started

    import torch

    from ghost_engine.training.callbacks import Reporter
    from ghost_engine.training.collate import Collator
    from ghost_engine.training.trainer import Trainer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = make_rows(folder, loaded.processor, config.max_seq_length)
        collator = Collator(loaded.processor, config.max_seq_length, folder)
        width = int(collator([rows[0]] * config.batch_size)["input_ids"].shape[1])
        reporter = Reporter(Work(RunFolder(folder), Attempt(1)), config, judged=False)
        trainer = Trainer(loaded, config, collator, rows, (), reporter, config.max_steps or 1)
        clock = _clock(torch)
        trainer.add_callback(clock)
        started = time.perf_counter()
        trainer.train()
    steps = [clock.ends[0] - started]
    steps += [after - before for before, after in zip(clock.ends, clock.ends[1:], strict=False)]
    settled = steps[2:] or steps[1:] or steps
    shape = read_shape(Path(loaded.source) / "config.json")
    asked = config.changed(precision=loaded.precision)
    estimate = estimate_vram(asked, shape, loader=loaded.loader, tokens=width)
    measured = clock.measured(reporter.peaks.get("training", {}))
    a_step = width * config.batch_size * config.gradient_accumulation_steps
    return {
        "loader": loaded.loader,
        "precision": loaded.precision,
        "device": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu",
        "trainable": loaded.trainable,
        "width": width,
        "predicted": estimate.to_dict(),
        "measured": None if measured is None else compare(estimate, measured).to_dict()["measured"],
        "error": None if measured is None else round(compare(estimate, measured).error, 4),
        "tokens_per_second": round(a_step * len(settled) / sum(settled), 1),
        "first_step_s": round(steps[0], 1),
        "step_s": round(sum(settled) / len(settled), 3),
        "load_s": round(load_seconds, 1),
        "versions": loaded.versions,
    }


def _clock(torch: Any) -> Any:
    from transformers import TrainerCallback

    from ghost_engine.training.memory import Measured

    class Clock(TrainerCallback):
        """When each step ended, and what the card held then."""

        def __init__(self) -> None:
            self.ends: list[float] = []
            self.device_gib = 0.0

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
                free, total = torch.cuda.mem_get_info()
                self.device_gib = max(self.device_gib, (total - free) / 2**30)
            self.ends.append(time.perf_counter())

        def measured(self, peaks: dict[str, float]) -> Measured | None:
            if not peaks:
                return None
            return Measured(peaks["allocated_gib"], peaks["reserved_gib"], self.device_gib)

    return Clock()


def sweep(options: argparse.Namespace) -> int:
    """Every configuration in a process of its own; one that fails does not stop the others."""
    table = {**PRESETS, **OTHERS}
    names = SWEEPS.get(options.sweep) or tuple(options.sweep.split(","))
    failed = 0
    for name in names:
        row = table[name]
        words = [sys.executable, __file__, options.model, "--steps", str(options.steps)]
        words += ["--name", name, "--preset", row["preset"], "--loader", row["loader"]]
        words += ["--tokens", str(row["tokens"]), "--set", *row.get("set", ()), *options.set]
        try:
            failed += subprocess.run(words, timeout=options.seconds, check=False).returncode != 0
        except subprocess.TimeoutExpired:
            failed += 1
            _say({"name": name, "failed": f"not through in {options.seconds:g} s"})
    return min(failed, 1)


def table(path: Path) -> int:
    """The rows of the table in docs/memory.md; what failed is left out."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line) if line.startswith("{") else {}
        if not row.get("measured"):
            continue
        predicted, measured = row["predicted"], row["measured"]
        cells = (
            " ".join(setting.removeprefix("preset=") for setting in row["settings"]),
            "no" if row["name"] in OTHERS else "yes",
            row["loader"],
            row["precision"],
            row["width"],
            f"{predicted['allocated_gib']:.2f}",
            f"{measured['allocated_gib']:.2f}",
            f"{100 * row['error']:+.1f} %",
            f"{measured['reserved_gib']:.2f}",
            f"{measured['device_gib']:.2f}",
            f"{row['tokens_per_second']:,.0f}",
            f"{row['first_step_s']:.0f}",
        )
        sys.stdout.write(f"| {' | '.join(str(cell) for cell in cells)} |\n")
    return 0


def _say(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--preset", default="t4")
    parser.add_argument("--loader", default="plain", choices=("plain", "unsloth"))
    parser.add_argument("--tokens", type=int, default=0, help="0: the preset's context")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--set", nargs="*", default=[], metavar="key=value")
    parser.add_argument("--sweep", help=f"{', '.join(SWEEPS)}, or names: {', '.join(OTHERS)}, ...")
    parser.add_argument("--seconds", type=float, default=900, help="limit of one of a sweep")
    parser.add_argument("--name", default="")
    parser.add_argument("--table", type=Path, help="JSON lines of earlier measurements")
    options = parser.parse_args()
    if options.table:
        return table(options.table)
    if not options.model:
        parser.error("MODEL is missing")
    if options.sweep:
        return sweep(options)
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")  # else the trainer would spread batches
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    about = {"name": options.name, "settings": [f"preset={options.preset}", *options.set]}
    try:
        _say({**about, **measure(configuration(options))})
    except Exception as error:  # one line for every configuration, whatever became of it
        _say({**about, "failed": f"{type(error).__name__}: {str(error)[:300]}"})
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
