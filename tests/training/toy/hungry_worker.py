"""A worker that really runs out of memory: it needs more the larger its configuration is.

Its "card" is its own address space, limited to `memory_limit_gib` above what Python took. The
first rows are short; step 3 meets the longest one. With `GHOST_TOY_NATIVE` it dies as a native
library does: a line in the log and an exit status, no exception.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Literal

from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.training import checkpoints
from ghost_engine.training.config import TrainingConfig, load_config

MIB = 2**20
STEPS = 6
LONGEST_TOKENS = 3000


def needed_mib(config: TrainingConfig, step: int) -> int:
    """120 MiB for 3,000 tokens; 56 MiB for rank 64, seven targets and DoRA."""
    tokens = min(LONGEST_TOKENS, config.max_seq_length) if step >= 3 else 500
    adapters = config.rank * len(config.target_modules) * (2 if config.use_dora else 1)
    return tokens // 25 + adapters // 16


def train(work: Work) -> Literal["finished", "stopped"]:
    config = load_config(work.folder.config).changed(**work.attempt.overrides)
    work.event("born", pid=os.getpid())
    longest = min(LONGEST_TOKENS, config.max_seq_length)
    work.event("lengths", part="train", longest={"id": "7", "tokens": longest})
    limit_memory(config)
    saved = checkpoints.newest(work.folder.checkpoints, work.attempt.lineage)
    start = saved.step if saved else 0
    work.event("started", from_step=start)
    for step in range(start + 1, STEPS + 1):
        work.progress("training", step, STEPS)
        use_memory(config, step)
        work.metric(step, loss=1 / step)
        with checkpoints.writing(work.folder.checkpoints, step, work.attempt.attempt) as partial:
            (partial / "weights").write_text(f"rank {config.rank}")
    return "finished"


def limit_memory(config: TrainingConfig) -> None:
    with open("/proc/self/statm") as statm:
        taken = int(statm.read().split()[0]) * resource.getpagesize()
    allowed = taken + int((config.memory_limit_gib or 1) * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


def use_memory(config: TrainingConfig, step: int) -> None:
    held: list[bytearray] = []
    try:
        for _ in range(needed_mib(config, step)):
            held.append(bytearray(MIB))
    except MemoryError:
        allocated, held = len(held), []
        if os.environ.get("GHOST_TOY_NATIVE"):
            os.write(2, b"Error out of memory at line 380 in file /src/csrc/pythonInterface.cpp\n")
            os._exit(1)
        details = {
            "allocated_gib": allocated / 1024,
            "limit_gib": config.memory_limit_gib,
            "step": step,
            "phase": "training",
            "tokens": min(LONGEST_TOKENS, config.max_seq_length),
        }
        said = f"The memory ran out after {allocated} MiB."
        raise WorkerFailure("out_of_memory", said, "Ask for less.", details) from None


if __name__ == "__main__":
    sys.exit(run_worker(train))
