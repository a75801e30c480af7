"""What an export would make, and whether there is room for it: said in milliseconds, before it.

Headers are read and sizes computed; nothing heavy is loaded and no hub is asked. Each thing that
stands in the way is one line with the next step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ghost_engine.errors import ConfigError, ExportError, GhostError, JobError
from ghost_engine.export import place, room
from ghost_engine.export.base import Base, find_base
from ghost_engine.export.checkpoint import Checkpoint, open_checkpoint
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.footprint import high_water_bytes, memory_bytes, merged_bytes
from ghost_engine.export.lora import match, open_adapter
from ghost_engine.export.shadow import shadow_checkpoint
from ghost_engine.export.subject import origin, packages_lacking
from ghost_engine.export.tensors import file_bytes
from ghost_engine.export.watch import bytes_of
from ghost_engine.jobs.reading import read_run, runs_dir
from ghost_engine.jobs.records import Run
from ghost_engine.training.base_model import cache_folder
from ghost_engine.training.shapes import find_shape

NF4_WARNING = (
    "Merged into 4-bit weights made 16-bit again: the model is about 9 % off the one that was"
    " trained. Export into the 16-bit base for the real one."
)
MERGED = "merged"
_SPARE_BYTES = 64 * 10**6
_TOKENIZERS = ("tokenizer.model", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that stands in the way, and what to do."""

    what: Literal["packages", "base", "adapter", "download", "place", "ollama", "disk", "memory"]
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to be made. `part` is a quantization, "mmproj" or "merged" (a folder)."""

    part: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export makes and takes. `files` is empty where the base's sizes are not known.

    `high_water_bytes` is the most that its files take at one time on the disk of `out`, of which
    `free_bytes` are free; `memory_bytes` what its processes need at their largest, together.
    """

    files: tuple[PlannedFile, ...]
    high_water_bytes: int
    free_bytes: int
    memory_bytes: int
    download_bytes: int
    problems: tuple[Lack, ...]
    warnings: tuple[str, ...]
    base_folder: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        document = asdict(self)
        document["base_folder"] = str(self.base_folder) if self.base_folder else None
        return document


def plan_export(config: ExportConfig) -> Plan:
    """What this export would make, and all that stands in its way on this machine."""
    base = find_base(config.base)
    checkpoint, wrong = _look_at_base(config, base)
    files = _files(config, checkpoint) if checkpoint else ()
    high_water = high_water_bytes(config, checkpoint) if checkpoint else 0
    if base.download_bytes and room.same_disk(cache_folder(), config.folder):
        high_water += base.download_bytes
    memory = memory_bytes(checkpoint) if checkpoint else 0
    problems = (
        *_packages(),
        *wrong,
        *_adapter(config, checkpoint),
        *_download(config, base),
        *_place(config),
        *_ollama(config),
        *_disk(config, base, high_water),
        *_memory(memory),
    )
    return Plan(
        files,
        high_water,
        room.free_disk(config.folder),
        memory,
        base.download_bytes,
        problems,
        tuple(_warnings(config, checkpoint, memory)),
        base.folder,
    )


def _look_at_base(config: ExportConfig, base: Base) -> tuple[Checkpoint | None, list[Lack]]:
    """The base's header, read or as its name tells; and what is wrong with it."""
    try:
        if base.folder is None:
            known = find_shape(config.base)
            wrong = [Lack("base", base.problem, base.hint)] if base.problem else []
            return shadow_checkpoint(config.base, known), wrong
        checkpoint = open_checkpoint(base.folder)
    except ConfigError as error:  # a hub's model of unknown size: the worker will see
        found = [Lack("base", base.problem, base.hint)] if base.problem else []
        return None, found or [Lack("base", error.message, "Download it, then name its folder.")]
    except ExportError as error:
        return None, [Lack("base", error.message, error.hint)]
    wrong = []
    if not any((base.folder / name).is_file() for name in _TOKENIZERS):
        wrong.append(
            Lack(
                "base",
                f"The base in {base.folder} has no tokenizer ({' or '.join(_TOKENIZERS)}).",
                "Put the model's own beside its weights; without it no file can be made.",
            )
        )
    if checkpoint.nf4 and not config.from_nf4:
        wrong.append(
            Lack(
                "base",
                f"The base {config.base} is in 4 bits; merging into it is about 9 % off.",
                "Name the 16-bit weights with --base, or say --from-nf4.",
            )
        )
    return checkpoint, wrong


def _files(config: ExportConfig, checkpoint: Checkpoint) -> tuple[PlannedFile, ...]:
    found = [
        PlannedFile(part, config.file(part), file_bytes(checkpoint, part))
        for part in (*config.quants, "mmproj")
    ]
    if config.keep_merged:
        size = merged_bytes(checkpoint)
        found.append(PlannedFile(MERGED, f"{place.merged_name(config)}/", size))
    return tuple(found)


# -- what stands in the way --------------------------------------------------------------------


def _packages() -> Iterator[Lack]:
    lacking = packages_lacking()
    if lacking:
        message, _, hint = lacking.partition(". ")
        yield Lack("packages", f"{message}.", hint)


def _adapter(config: ExportConfig, checkpoint: Checkpoint | None) -> Iterator[Lack]:
    try:
        adapter = open_adapter(Path(config.adapter))
        if checkpoint is not None:
            match(adapter, checkpoint)
    except GhostError as error:
        yield Lack("adapter", error.message, error.hint)


def _download(config: ExportConfig, base: Base) -> Iterator[Lack]:
    if base.folder is None and not base.problem and not config.download:
        if not base.download_bytes:
            return
        yield Lack(
            "download",
            f"The base {config.base} is not on this machine; it is a download of"
            f" {base.download_bytes / 1e9:.1f} GB.",
            "Allow it with --yes, or name a folder that has it: --base FOLDER.",
        )


def _place(config: ExportConfig) -> Iterator[Lack]:
    out = config.folder
    if out.exists() and not out.is_dir():
        yield Lack("place", f"{out} is no folder.", "Name another with --out.")
    elif not room.is_writable(out):
        yield Lack("place", f"{out} cannot be written.", "Name another folder with --out.")
    elif not config.replace and (found := place.strangers(config)):
        refused = place.refusal(found)
        yield Lack("place", refused.message, refused.hint)
    for _, job in _others(config):
        if job is not None and job.active:
            yield Lack(
                "place",
                f"Export {job.id} is writing to {out} just now.",
                "Wait for its end, or name another folder with --out.",
            )


def _ollama(config: ExportConfig) -> Iterator[Lack]:
    if config.ollama:
        from ghost_engine.export.publish import check_name

        try:
            check_name(config.ollama)
        except ExportError as error:
            yield Lack("ollama", error.message, error.hint)


def _disk(config: ExportConfig, base: Base, high_water: int) -> Iterator[Lack]:
    wanted = {config.folder: high_water}
    cache = cache_folder() if base.download_bytes else config.folder
    if not room.same_disk(cache, config.folder):
        wanted[cache] = base.download_bytes
    for folder, needed in wanted.items():
        free = room.free_disk(folder)
        if free < needed + _SPARE_BYTES:
            yield Lack(
                "disk",
                f"The disk of {room.existing(folder)} has {free / 1e9:.1f} GB free; the export"
                f" needs {(needed + _SPARE_BYTES) / 1e9:.1f} GB.",
                "Free some, ask for fewer forms, or name a folder on another disk with --out.",
            )


def _memory(needed: int) -> Iterator[Lack]:
    there = room.memory()
    if there.total_bytes < needed:
        yield Lack(
            "memory",
            f"This machine has {there.total_bytes / 1e9:.1f} GB of memory; the export needs"
            f" {needed / 1e9:.1f} GB.",
            "Export on a larger machine: it takes no GPU.",
        )


# -- what is worth knowing ---------------------------------------------------------------------


def _warnings(config: ExportConfig, checkpoint: Checkpoint | None, memory: int) -> Iterator[str]:
    if checkpoint is not None and checkpoint.nf4 and config.from_nf4:
        yield NF4_WARNING
    note = origin(Path(config.adapter)).note
    if note:
        yield note
    free = room.memory().free_bytes
    if free < memory <= room.memory().total_bytes:
        yield (
            f"{free / 1e9:.1f} GB of memory are free now, and the export needs"
            f" {memory / 1e9:.1f} GB: close other programs."
        )
    yield from _unfinished(config)


def _unfinished(config: ExportConfig) -> Iterator[str]:
    """Parts of other exports that ended on their way, or whose job was removed by hand."""
    for folder, job in _others(config):
        if job is not None and job.active:
            continue
        size = bytes_of(folder) / 1e9
        remedy = f"`ghost runs delete {job.id}`" if job else f"remove {folder}"
        yield f"An unfinished export holds {size:.1f} GB there: resume it, or {remedy}."


def _others(config: ExportConfig) -> Iterator[tuple[Path, Run | None]]:
    """The partial folders in the place, and whose they are."""
    for folder in place.partial_folders(config.folder):
        job_id = folder.name.removesuffix(".partial").rpartition(".")[2]
        try:
            yield folder, read_run(runs_dir() / job_id)
        except JobError:
            yield folder, None
