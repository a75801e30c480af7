"""The program that exports: `python -m ghost_engine.export.worker JOB_DIR`.

Merge, quantize, prove, put in place, publish. Killed at any moment, the next attempt goes on where
this one was; what loads torch is imported inside functions.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export import place
from ghost_engine.export.config import read_export_config
from ghost_engine.export.making import make_parts
from ghost_engine.export.publish import publish
from ghost_engine.export.result import FILE, Export, read_export
from ghost_engine.export.stages import Stages
from ghost_engine.jobs.folder import write_json
from ghost_engine.jobs.worker import Work, run_worker
from ghost_engine.training.worker import prepare_process

_GIB = 2**30


def export(work: Work) -> Literal["finished", "stopped"]:
    """Do what the job of `work` asks for, from where the last attempt ended.

    Raises:
        WorkerFailure: a file could not be proven.
        GhostError: base, adapter, disk or Ollama stand in the way.
    """
    stages = Stages(work, read_export_config(work.folder.config))
    try:
        with stages.gauge:
            if _placed(stages) is None:
                if not (stages.partial / FILE).is_file():
                    make_parts(stages)
                _place(stages)
            shutil.rmtree(stages.partial, ignore_errors=True)
            _publish(stages)
    except Cancelled:
        return "stopped"
    finally:
        stages.keep_ledger()
    _conclude(stages)
    return "finished"


def _placed(stages: Stages) -> Export | None:
    """Our own export.json, if it is in place already."""
    there = read_export(stages.out)
    return there if there is not None and there.job == stages.work.folder.id else None


def _place(stages: Stages) -> None:
    made = read_export(stages.partial / FILE)
    if made is None:
        raise ExportError(f"{stages.partial / FILE} is damaged.", "Remove it and resume.")
    with stages.stage("placing", str(stages.out)):
        place.place(stages.partial, stages.out, made, replace=stages.config.replace)
    stages.work.event("placed", folder=str(stages.out), files=len(made.files))


def _publish(stages: Stages) -> None:
    config, made = stages.config, _ours(stages)
    if not config.ollama or made.ollama:
        return
    text, mmproj = (stages.out / config.file(part) for part in (config.quants[0], "mmproj"))
    with stages.stage("publishing", config.ollama) as tell:
        said = publish(
            text,
            mmproj,
            config.ollama,
            url=config.ollama_url,
            sha256={stages.out / each.path: each.sha256 for each in made.files},
            tell=tell,
            stop=stages.stop,
        )
    stages.work.event("published", name=config.ollama, said=said)
    write_json(stages.out / FILE, replace(made, ollama=config.ollama).to_dict())


def _conclude(stages: Stages) -> None:
    """The figures of all attempts go into export.json, and a copy into the job's folder."""
    ledger = stages.ledger
    made = replace(
        _ours(stages),
        seconds=ledger.seconds,
        stages=dict(ledger.stages),
        peak_rss_gib=round(ledger.peak_bytes / _GIB, 3),
        high_water_bytes=ledger.high_water_bytes + ledger.fetched_bytes,
    )
    for folder in (stages.out, stages.work.folder.path):
        write_json(folder / FILE, made.to_dict())


def _ours(stages: Stages) -> Export:
    made = _placed(stages)
    if made is None:
        raise ExportError(
            f"{stages.out / FILE} is another export's by now.", "Start this export anew."
        )
    return made


def main(argv: Sequence[str] | None = None) -> int:
    prepare_process()
    return run_worker(export, argv)


if __name__ == "__main__":
    sys.exit(main())
