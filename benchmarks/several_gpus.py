"""One card against several of one host: the same losses at the same global batch, and the speed.

python benchmarks/several_gpus.py [--gpus 2] [--layers 24] [--steps 12] [--batches 8]
    [--tokens 2048] [--loader plain|unsloth] [--set key=value ...] [--kills] [--work FOLDER]
python benchmarks/several_gpus.py --tiny --batches 4 --steps 4    (two processes on the processor)

Builds a random Gemma-3 of the 12B's width and rows of 70, 80, 90 and 100 % of `--tokens`, then
trains twice, as `ghost train` would: on one card, and on `--gpus` of them, without dropout, the
rows of each step the same. Prints JSON: tokens a second of both and their ratio, each step's losses
and how far they are apart (relative), and memory by card beside the prediction. Where a step's
seconds went, for each process (`spent`, medians): waiting for its batches, its work on them, of
that the last batch, in which gradients are summed, and the rest (optimizer, agreement, writing).
`link` is what summing as many numbers costs alone, and by which ways NCCL goes. `--kills` starts
two more runs and kills -9 a process of one and the launcher of the other, and tells how long it
took until all was gone and what the cards held then. Exit status 1 if the losses differ by more
than `--tolerance`, or the ratio is below `--ratio`. Not a test.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import re
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
ROWS = 64
sys.path.insert(0, str(ROOT))
LENGTHS = 4
"""Different lengths of rows. Cards of 2022 and later plan their attention anew for each length they
have not seen, which takes a tenth of a second; two cards meet each later than one does."""
WARM_UP = 3
"""Steps that are not timed: kernels are chosen, buckets are built, every length is met."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpus", type=int, default=2)
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batches", type=int, default=8, help="batches of one row in a step")
    parser.add_argument("--tokens", type=int, default=2048, help="of the longest row, about")
    parser.add_argument("--loader", default="plain", choices=("plain", "unsloth"))
    parser.add_argument("--set", action="append", default=[], help="key=value, of the run's config")
    parser.add_argument("--only", type=int, help="train on so many cards, compare nothing")
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="the smoke shape, on the processor")
    parser.add_argument("--work", type=Path, help="a folder to keep; default: a temporary one")
    parser.add_argument("--tolerance", type=float, default=1e-2)
    parser.add_argument("--ratio", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=300, help="limit of one run")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (asked.work or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["GHOST_RUNS_DIR"] = str(folder / "runs")
        os.environ.setdefault("GHOST_CACHE_DIR", str(folder / "cache"))
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        return compare(asked, folder)


def compare(asked: argparse.Namespace, folder: Path) -> int:
    model = build(asked, folder)
    write_rows(asked, folder)
    if asked.only:
        say(json.dumps({"only": measured(train(configuration(asked, model, asked.only), asked))}))
        return 0
    runs = {count: train(configuration(asked, model, count), asked) for count in (1, asked.gpus)}
    found = [measured(run) for run in runs.values()]
    one, several = found
    pairs = list(zip(one["losses"], several["losses"], strict=True))
    apart = [abs(a - b) / abs(a) for a, b in pairs]
    ratio = several["tokens_per_second"] / one["tokens_per_second"]
    document = {
        "gpus": asked.gpus,
        "loader": asked.loader,
        "layers": asked.layers,
        "batches": asked.batches,
        "ratio": round(ratio, 3),
        "losses_apart": [float(f"{each:.2g}") for each in apart],
        "largest": max(apart),
        "one": one,
        "several": several,
    }
    say(json.dumps(document))
    for victim in ("rank", "launcher") if asked.kills else ():
        say(json.dumps(kill(configuration(asked, model, asked.gpus), asked, victim)))
    if not asked.tiny:
        link = measure_link(asked.gpus, trained_numbers(runs[1]), folder)
        say(json.dumps({"link": link}))
    good = max(apart) <= asked.tolerance and ratio >= asked.ratio
    return 0 if good else 1


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def build(asked: argparse.Namespace, folder: Path) -> Path:
    """The model that all runs tune."""
    from ghost_engine.training.tiny import SMOKE, TWELVE_B, build_random_gemma3

    began = time.monotonic()
    shape = SMOKE if asked.tiny else dataclasses.replace(TWELVE_B, layers=asked.layers)
    model = build_random_gemma3(folder / "model", shape, device="cpu" if asked.tiny else "cuda")
    say(json.dumps({"built": str(shape.layers), "seconds": round(time.monotonic() - began, 1)}))
    if not asked.tiny:
        import torch

        torch.cuda.empty_cache()
    return model


def write_rows(asked: argparse.Namespace, folder: Path) -> None:
    """Noisy pictures with schemas of a few lengths, each as good as any other."""
    from ghost_engine import prompts

    rows = []
    for number in range(ROWS):
        pixels = Image.effect_noise((160, 100), 40 + number).convert("RGB").resize((640, 400))
        pixels.save(folder / f"{number}.png")
        share = 0.7 + 0.3 * (number % LENGTHS) / (LENGTHS - 1)
        rows.append(prompts.vision_row(f"{number}.png", schema(number, int(share * asked.tokens))))
    (folder / "dataset_vision.json").write_text(json.dumps(rows), "utf-8")


def schema(number: int, tokens: int) -> str:
    """Tables of about so many tokens, the picture and the question included."""
    columns = [f"c{number:02}_{place:03} numeric({place % 9 + 1})" for place in range(tokens // 14)]
    parts = [columns[at : at + 20] for at in range(0, len(columns), 20)]
    return "\n".join(
        f"CREATE TABLE t{number:02}_{at} (\n  " + ",\n  ".join(part) + "\n);"
        for at, part in enumerate(parts)
    )


def configuration(asked: argparse.Namespace, model: Path, gpus: int) -> Any:
    from ghost_engine.training.config import make_config, with_settings

    base = make_config(
        {
            "base_model": str(model),
            "export_base": str(model),
            "dataset": str(model.parent / "dataset_vision.json"),
            "loader": asked.loader,
            "device": "cpu" if asked.tiny else "cuda",
            "compile": False,
            "dropout": 0.0,
            "gpus": gpus,
            "gradient_accumulation_steps": asked.batches,
            "max_steps": asked.steps,
            "warmup_steps": 1,
            "save_steps": 10_000,
            "validation_share": 0.0,
            "eval_screens": 0,
            "explosion_factor": 0.0,
        }
    )
    return with_settings(base, asked.set)


def launch(config: Any) -> Any:
    """As `training.start`, without asking PostgreSQL about the answers."""
    from ghost_engine.jobs.launch import launch
    from ghost_engine.training import start
    from ghost_engine.training.data import freeze

    on_gpu = config.device != "cpu"
    return launch(
        start.KIND,
        start.WORKER if config.gpus == 1 else start.SEVERAL,
        config.to_yaml(),
        name=f"gpus-{config.gpus}",
        gpu=on_gpu,
        sampler=start.SAMPLER_OF_EACH if on_gpu else "",
        fill=lambda folder: freeze(config, folder.path, judge=False),
    )


def train(config: Any, asked: argparse.Namespace) -> Any:
    from ghost_engine.jobs.reading import wait_for

    run = wait_for(launch(config), timeout_seconds=asked.seconds)
    if run.state != "finished":
        sys.exit(f"{run.id} is {run.state}: {run.status.error}\n{tail(run)}")
    return run


def tail(run: Any) -> str:
    return str(run.folder.log.read_text("utf-8", "replace")[-6000:])


def measured(run: Any) -> dict[str, Any]:
    """A run's losses, speed and memory."""
    from ghost_engine.jobs.folder import read_json, read_rows
    from ghost_engine.jobs.metrics import read_metrics

    rows = read_metrics(run.folder)
    times = [datetime.fromisoformat(row["time"]).timestamp() for row in rows]
    spans = [late - early for early, late in zip(times, times[1:], strict=False)]
    tokens = [row["tokens_per_second"] * span for row, span in zip(rows[1:], spans, strict=True)]
    timed = slice(WARM_UP - 1, None)
    memory = read_json(run.folder.path / "memory.json") or {}
    samples = read_rows(run.folder.vram)
    return {
        "tokens_per_second": round(sum(tokens[timed]) / sum(spans[timed]), 1),
        "step_seconds": round(statistics.median(spans[timed]), 3),
        "tokens_a_step": round(statistics.mean(tokens[timed])),
        "spent": spent(rows[WARM_UP:]),
        "every_step": [[row.get(name) for name in SPENT] for row in rows],
        "losses": [round(row["loss"], 6) for row in rows],
        "grad_norms": [round(row["grad_norm"], 6) for row in rows],
        "whole_seconds": round((run.status.ended - run.status.started).total_seconds(), 1),
        "allocated_gib_each": rows[-1].get("vram_allocated_gib_each"),
        "predicted": (memory.get("predicted") or {}).get("allocated_gib"),
        "predicted_total": (memory.get("predicted") or {}).get("total_gib"),
        "measured": memory.get("measured"),
        "device_gib_each": peak_each(samples),
    }


SPENT = ("step_seconds", "waited_seconds", "worked_seconds", "last_batch_seconds")


def spent(rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Where a step's seconds went, for each process."""
    count = len(rows[0].get("worked_seconds_each", [0]))
    found = []
    for rank in range(count):
        own = [
            {name: row[f"{name}_each"][rank] if count > 1 else row[name] for name in SPENT[1:]}
            for row in rows
        ]
        rest = [
            row["step_seconds"] - one["waited_seconds"] - one["worked_seconds"]
            for row, one in zip(rows, own, strict=True)
        ]
        middle = {name: statistics.median(one[name] for one in own) for name in SPENT[1:]}
        middle["rest_seconds"] = statistics.median(rest)
        found.append({name: round(value, 3) for name, value in middle.items()})
    return found


def trained_numbers(run: Any) -> int:
    """How many numbers the run trained: so many gradients are summed."""
    from safetensors import safe_open

    with safe_open(run.folder.adapter / "adapter_model.safetensors", "pt") as held:
        return sum(math.prod(held.get_slice(name).get_shape()) for name in held.keys())  # noqa: SIM118


def measure_link(count: int, numbers: int, folder: Path) -> dict[str, Any]:
    """Seconds that summing so many float32 numbers over the cards takes, by nothing else beside it,
    in DDP's buckets of 25 MiB and at once; and what NCCL says of the ways it takes."""
    import torch

    from ghost_engine.cores import usable_cores

    told = folder / "nccl"
    os.environ |= {"NCCL_DEBUG": "INFO", "NCCL_DEBUG_FILE": f"{told}.%p"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    seconds = folder / "link.json"
    torch.multiprocessing.spawn(time_sums, (count, numbers, str(seconds)), nprocs=count)
    for name in ("NCCL_DEBUG", "NCCL_DEBUG_FILE", "MASTER_ADDR", "MASTER_PORT"):
        del os.environ[name]
    words = "".join(path.read_text("utf-8", "replace") for path in folder.glob("nccl.*"))
    ways = Counter(re.findall(r" via (\S+)", words))
    about = {"numbers": numbers, "ways": dict(ways), "cores": usable_cores()}
    return {**about, **json.loads(seconds.read_text("utf-8"))}


def time_sums(rank: int, count: int, numbers: int, target: str) -> None:
    """One process of `measure_link`."""
    import torch
    import torch.distributed as dist

    torch.cuda.set_device(rank)
    before = torch.cuda.mem_get_info()[0]
    dist.init_process_group("nccl", rank=rank, world_size=count)
    whole = torch.zeros(numbers, device="cuda")
    parts = whole.split(25 * 2**20 // 4)
    found: dict[str, float] = {}
    for name, tensors in (("bucket_seconds", parts), ("whole_seconds", (whole,))):
        times = []
        for _ in range(8):
            torch.cuda.synchronize()
            began = time.monotonic()
            for tensor in tensors:
                dist.all_reduce(tensor)
            torch.cuda.synchronize()
            times.append(time.monotonic() - began)
        found[name] = round(statistics.median(times[3:]), 4)
    held = (before - torch.cuda.mem_get_info()[0]) / 2**30
    found["nccl_gib"] = round(held - torch.cuda.memory_reserved() / 2**30, 2)
    found["peer_access"] = torch.cuda.can_device_access_peer(0, 1)
    if rank == 0:
        Path(target).write_text(json.dumps(found), "utf-8")
    dist.destroy_process_group()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def peak_each(samples: list[dict[str, Any]]) -> dict[str, float]:
    """The most that each card held, by the driver."""
    peaks: dict[str, float] = {}
    for row in samples:
        for card in row.get("cards", ()):
            name = str(card["card"])
            peaks[name] = max(peaks.get(name, 0.0), card["used_gib"])
    return peaks


def kill(config: Any, asked: argparse.Namespace, victim: str) -> dict[str, Any]:
    """Kill -9 a process of a training run; how long until the run and all its processes end."""
    import psutil

    from ghost_engine.hardware import cards
    from ghost_engine.jobs.metrics import read_metrics
    from ghost_engine.jobs.reading import read_run, wait_for

    run = launch(config.changed(max_steps=10_000))
    limit = time.monotonic() + asked.seconds
    while len(read_metrics(run.folder)) < WARM_UP:
        if time.monotonic() > limit or not read_run(run.folder).active:
            sys.exit(f"{run.id} does not train.\n{tail(run)}")
        time.sleep(0.2)
    launcher = psutil.Process(read_run(run.folder).status.pid)
    ranks = launcher.children()
    family = [launcher, *launcher.children(recursive=True)]
    began = time.monotonic()
    os.kill(ranks[-1].pid if victim == "rank" else launcher.pid, signal.SIGKILL)
    run = wait_for(run, timeout_seconds=120)
    ended = time.monotonic() - began
    _, alive = psutil.wait_procs(family, timeout=60)
    return {
        "killed": victim,
        "ranks": len(ranks),
        "state": run.state,
        "error": run.status.error.to_dict()["message"] if run.status.error else None,
        "seconds_to_the_end": round(ended, 2),
        "seconds_to_the_last_process": round(time.monotonic() - began, 2),
        "left": len(alive),
        "held_gib": [round(card.total_gib - (card.free_gib or 0.0), 2) for card in cards()],
    }


if __name__ == "__main__":
    sys.exit(main())
