"""The worker of a run on several cards: `python -m ghost_engine.training.several RUN_DIR`.

It counts the cards and starts a process on each through `accelerate launch`; each is the ordinary
worker. It holds the run's locks and the supervisor's leash for all of them, and ends as the first
of them that failed did, so that a dead one is told like a dead single worker.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from ghost_engine.cores import usable_cores
from ghost_engine.errors import GhostError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.log import say
from ghost_engine.jobs.status import read_attempt
from ghost_engine.jobs.worker import ALONE_SECONDS, INHERITED, Work, run_worker
from ghost_engine.training.config import load_config
from ghost_engine.training.ends import LAUNCHER, LEFT_STATUS
from ghost_engine.training.readiness import count_gpus

WORKER = "ghost_engine.training.worker"


def main(argv: Sequence[str] | None = None) -> int:
    place = (sys.argv if argv is None else argv)[-1]
    folder = RunFolder(Path(place))
    try:
        count = _count(folder)
    except GhostError as error:
        return run_worker(_failing(error), [place])
    if count == 1:
        os.execv(sys.executable, [sys.executable, "-m", WORKER, place])
    return _launch(folder, count)


def _count(folder: RunFolder) -> int:
    """How many processes this attempt has.

    Raises:
        ConfigError: the batches of a step cannot be shared out.
        TrainingError: there are fewer cards here.
    """
    attempt = read_attempt(folder)
    config = load_config(folder.config).changed(**(attempt.overrides if attempt else {}))
    count = count_gpus(config)
    config.batches_a_gpu(count)
    return count


def _failing(error: GhostError) -> Any:
    def fail(_: Work) -> NoReturn:
        raise error

    return fail


def _launch(folder: RunFolder, count: int) -> int:
    from accelerate.commands.launch import launch_command, launch_command_parser
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    _hold(folder)
    _prepare_environment(count)
    asked = ["--multi_gpu", "--num_machines=1", f"--num_processes={count}", "--main_process_port=0"]
    asked += ["--mixed_precision=no", "--dynamo_backend=no", "--module", WORKER, str(folder.path)]
    asked[:0] = [f"--num_cpu_threads_per_process={max(1, usable_cores() // count)}"]
    try:
        launch_command(launch_command_parser().parse_args(asked))
    except ChildFailedError as error:
        return _end_as(error.failures)
    return 0


def _hold(folder: RunFolder) -> None:
    """Keep the locks while any process lives, and hear when the supervisor is gone.

    The run's lock becomes stdin, the one descriptor that the launcher's processes inherit.
    """
    inherited = [int(fd) for fd in os.environ.pop(INHERITED, "").split(",") if fd]
    if not inherited:
        return
    leash, lock, *_ = [*inherited, inherited[0]]
    if len(inherited) > 1:
        os.dup2(lock, 0)
    threading.Thread(target=_wait_for_end, args=(folder, leash), daemon=True).start()


def _wait_for_end(folder: RunFolder, leash: int) -> None:
    os.read(leash, 1)  # nothing is ever written: it returns when the supervisor is gone
    with suppress(OSError):
        folder.stop.touch()
    time.sleep(ALONE_SECONDS)
    say("The supervisor is gone and the work did not leave: ending it.")
    os.killpg(0, signal.SIGKILL)  # the kernel ends the ranks with this process


def _prepare_environment(count: int) -> None:
    """One card a process, by the numbers that NVML gives; nobody asks a network for its name."""
    os.environ[LAUNCHER] = str(os.getpid())
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    entries = map(str, range(count)) if seen is None else seen.split(",")[:count]
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(entries)


def _end_as(failures: dict[int, Any]) -> int:
    """End as the process that failed first did: the supervisor tells the rest."""
    named = sorted(failures.items(), key=lambda item: (_blame(item[1].exitcode), item[0]))
    rank, failure = named[0]
    code = int(failure.exitcode)
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    say(f"Process {rank} of this run ended {how}.")
    if code >= 0:
        return code
    sys.stderr.flush()
    with suppress(OSError, ValueError):
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 1


def _blame(code: int) -> int:
    """Lower for likelier culprits: those left behind, and those that broke off, ended after it."""
    return {LEFT_STATUS: 3, -signal.SIGTERM: 2, -signal.SIGABRT: 1}.get(code, 0)


if __name__ == "__main__":
    sys.exit(main())
