"""Training that only counts, to be done elsewhere: real checkpoints, metrics, an adapter.

It reads a training configuration: `max_steps`, `save_steps`, and `learning_rate` as the seconds a
step takes. A rank above 64 does not fit at step 3; a seed of 13 is bad luck at step 5.
"""

from __future__ import annotations

import sys
import time
from typing import Literal

from ghost_engine.jobs.folder import write_json
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.training import checkpoints
from ghost_engine.training.config import load_config


def train(work: Work) -> Literal["finished", "stopped"]:
    config = load_config(work.folder.config).changed(**work.attempt.overrides)
    steps, lineage = config.max_steps or 1, work.attempt.lineage
    newest = checkpoints.newest(work.folder.checkpoints, lineage)
    step = newest.step if newest else 0
    work.event("started", from_step=step, total_steps=steps)
    print(f"training from step {step}")  # noqa: T201
    stopped = False
    while step < steps and not stopped:
        time.sleep(config.learning_rate)
        step += 1
        if step == 3 and config.rank > 64:
            raise WorkerFailure("out_of_memory", "It does not fit.", details={"step": step})
        if step == 5 and config.seed == 13:
            raise WorkerFailure("diverged", "The loss became NaN at step 5.", "Another seed.")
        work.progress("training", step, steps)
        work.metric(step, loss=10 / step, tokens_per_second=100.0)
        stopped = work.stop_asked()
        if step % config.save_steps == 0 or stopped:
            with checkpoints.writing(work.folder.checkpoints, step, work.attempt.attempt) as place:
                (place / "weights").write_text(f"{step}\n" * 1000)
            checkpoints.rotate(work.folder.checkpoints, 2, lineage)
            work.event("checkpoint", step=step)
    work.folder.adapter.mkdir(exist_ok=True)
    write_json(work.folder.adapter / "adapter_config.json", {"step": step})
    (work.folder.adapter / "adapter_model.safetensors").write_bytes(bytes(200_000))
    work.event("adapter", which="last", step=step)
    return "stopped" if stopped and step < steps else "finished"


if __name__ == "__main__":
    sys.exit(run_worker(train))
