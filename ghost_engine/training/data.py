"""What a run trains on, frozen before it starts: `freeze(config, run) -> Frozen`.

A dataset file or the approved examples of the store become `dataset/` in the run's folder: the
exact rows, their pictures by content, and a manifest that says what was left out, where and why.
It appears whole or not at all, and everything after reads it alone: the source may change or go.
No tokenizer is asked here; what does not fit the context is `collate.fit_rows`' question.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghost_engine.data.files.writing import MANIFEST, Folder, whole_folder
from ghost_engine.data.store import Store
from ghost_engine.errors import DatasetError
from ghost_engine.prompts import VERSION
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.holdout import HeldOut, Place, draw, hold_out
from ghost_engine.training.notices import Notice, look_for
from ghost_engine.training.picking import (
    Chosen,
    Picked,
    Step,
    Watch,
    drop_unused_pictures,
    judge_answers,
    pick,
)
from ghost_engine.training.sources import (
    IN_WORDS,
    SPLITS,
    STORE,
    LeftOut,
    Source,
    open_source,
)

__all__ = ["FOLDER", "Frozen", "LeftOut", "Notice", "Part", "Step", "freeze", "read_frozen"]

Part = Literal["train", "validation"]

FOLDER = "dataset"

_FORMAT = 1
_ASKED = ("dataset", "phase", "validation_share", "validation_limit", "seed")
_NOT_USED: dict[Place, tuple[Literal["held-out", "surplus"], str]] = {
    "test": ("held-out", f"{SPLITS} keeps it for testing."),
    "surplus": ("surplus", "Its group is kept for validation, which is full."),
}


@dataclass(frozen=True)
class Frozen:
    """The data of a run.

    `folder` is the run's `dataset/`; the `image` of a row begins there. `train` and `validation`
    count rows. `sha256` names the data: the same rows and pictures have the same. `left_out` and
    `warnings` are what freezing found.
    """

    folder: Path
    train: int
    validation: int
    sha256: str
    left_out: tuple[LeftOut, ...]
    warnings: tuple[Notice, ...]
    manifest: Mapping[str, Any] = field(repr=False)

    def rows(self, part: Part) -> list[dict[str, str]]:
        """The rows of a part: `id`, `instruction`, `sql`, and `image` (vision) or `input` (text).

        Validation rows come in a drawn order, so that the first few differ from each other.

        Raises:
            DatasetError: the file was changed or is gone.
        """
        path = self.folder / f"{part}.jsonl"
        data = _read(path)
        if hashlib.sha256(data).hexdigest() != self.manifest["files"][path.name]["sha256"]:
            raise _changed(path)
        return [json.loads(line) for line in data.decode("utf-8").split("\n") if line]


def freeze(
    config: TrainingConfig,
    run: Path,
    *,
    store: Store | None = None,
    image_root: Path | None = None,
    judge: bool = True,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Frozen:
    """Freeze the examples of a run into `run/dataset`; what is frozen already is given back.

    Args:
        config: `dataset`, `phase`, `validation_share`, `validation_limit` and `seed` count.
        run: the run's folder.
        store: where `dataset: store` reads; without it, the store of the settings.
        image_root: where a file's picture paths are tried first.
        judge: ask PostgreSQL about answers that no verdict is kept of, to warn of those that
            do not run.
        progress: told now and then.
        cancelled: asked before every piece of work.

    Raises:
        DatasetError: there is no such dataset, nothing in it can be trained on, or the run holds
            one that was frozen for other settings.
        FileError: the dataset cannot be read, or the run's folder not be written.
        StoreError: the store cannot be opened.
        Cancelled: `cancelled` said so; nothing was written.
    """
    place = run / FOLDER
    if (place / MANIFEST).exists():
        return _same(read_frozen(run), _asked(config))
    watch = Watch(progress, cancelled)
    with open_source(config.dataset, store, image_root) as source, whole_folder(place) as folder:
        picked = pick(source.items, config.phase, folder, watch)
        _write(config, source, picked, folder, judge, watch)
    return read_frozen(run)


def read_frozen(run: Path) -> Frozen:
    """The data that was frozen into a run.

    Raises:
        DatasetError: there is none, or a file of it is gone or was changed.
    """
    path = run / FOLDER / MANIFEST
    manifest = _manifest(path)
    for name, about in manifest["files"].items():
        file = path.parent / name
        if not file.is_file() or file.stat().st_size != about["bytes"]:
            raise _changed(file)
    return Frozen(
        path.parent,
        manifest["train"],
        manifest["validation"],
        manifest["sha256"],
        tuple(LeftOut(**each) for each in manifest["left_out"]),
        tuple(Notice.from_dict(each) for each in manifest["warnings"]),
        manifest,
    )


def _write(
    config: TrainingConfig,
    source: Source,
    picked: Picked,
    folder: Folder,
    judge: bool,
    watch: Watch,
) -> None:
    """The rows of both parts and the manifest."""
    held = hold_out(
        [each.sample for each in picked.chosen],
        share=config.validation_share,
        limit=config.validation_limit,
        seed=config.seed,
        previous=source.splits,
    )
    train, validation = _members(picked, held, "train"), _members(picked, held, "validation")
    left_out = [*picked.left_out, *_not_used(picked, held)]
    if not train:
        raise _nothing(config, picked, left_out)
    validation.sort(key=lambda each: draw(config.seed, each.id))
    verdicts = judge_answers([*train, *validation], judge, watch)
    drop_unused_pictures(folder, [*train, *validation])
    for name, members in (("train", train), ("validation", validation)):
        with folder.stream(f"{name}.jsonl") as stream:
            for each in members:
                stream.write(json.dumps(each.row, ensure_ascii=False) + "\n")
    notices = look_for(config.phase, train, validation, held, verdicts, config.validation_share)
    folder.finish(
        {
            "format": _FORMAT,
            "asked": _asked(config),
            "source_sha256": source.sha256,
            "sha256": _name(folder),
            "prompt_versions": _versions([*train, *validation]),
            "read": picked.read,
            "train": len(train),
            "validation": len(validation),
            "by_application": held.by_application,
            "answers": verdicts.to_dict(),
            "warnings": [each.to_dict() for each in notices],
            "reasons": dict(sorted(Counter(each.code for each in left_out).items())),
            "left_out": [each.to_dict() for each in left_out],
        }
    )


def _asked(config: TrainingConfig) -> dict[str, Any]:
    """The settings that decide which rows are frozen."""
    return {name: getattr(config, name) for name in _ASKED}


def _versions(chosen: Iterable[Chosen]) -> dict[str, int]:
    """How many rows ask with the current instruction, how many with one of their own."""
    return dict(sorted(Counter("own" if each.own else VERSION for each in chosen).items()))


def _members(picked: Picked, held: HeldOut, place: Place) -> list[Chosen]:
    both = zip(picked.chosen, held.places, strict=True)
    return [each for each, its in both if its == place]


def _not_used(picked: Picked, held: HeldOut) -> Iterator[LeftOut]:
    for place, (code, reason) in _NOT_USED.items():
        for each in _members(picked, held, place):
            yield each.left_out(code, reason)


def _same(frozen: Frozen, asked: Mapping[str, Any]) -> Frozen:
    """What was frozen, if it is what is asked for."""
    was = frozen.manifest["asked"]
    other = [name for name in _ASKED if was.get(name) != asked[name]]
    if other:
        changes = ", ".join(f"{name} {was.get(name)}, now {asked[name]}" for name in other)
        raise DatasetError(
            f"{frozen.folder} was frozen for other settings: {changes}.", "Start a new run."
        )
    return frozen


def _nothing(config: TrainingConfig, picked: Picked, left_out: Sequence[LeftOut]) -> DatasetError:
    """Why there is no row to train on, in numbers."""
    source = "The store" if config.dataset == STORE else config.dataset
    if not picked.read:
        return DatasetError(
            f"{source} holds no approved example.",
            "Approve some in Curate, import some with --as approved, or name a dataset file.",
        )
    reasons = Counter(each.code for each in left_out)
    other = reasons["other-phase"]
    if other and other >= picked.read - reasons["unreadable"]:
        kind = "screens in words" if config.phase == "vision" else "screenshots"
        phase = "text" if config.phase == "vision" else "vision"
        return DatasetError(
            f"{source} holds {kind} ({other:,}), and the phase is {config.phase}.",
            f"Set phase to {phase}, or name another dataset.",
        )
    counted = ", ".join(f"{count:,} {IN_WORDS[code]}" for code, count in reasons.most_common())
    first = left_out[0]
    missing = reasons["missing-picture"] > picked.read // 2
    return DatasetError(
        f"{source} holds nothing to train on: of {picked.read:,} examples {counted}."
        f" First, {first.id}: {first.reason}",
        "Put the screenshots where the dataset says they are."
        if missing
        else "Mend these, or name another dataset.",
    )


def _name(folder: Folder) -> str:
    """One hash over all files, by their names and contents."""
    listed = sorted((name, written.sha256) for name, written in folder.files.items())
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(_read(path))
    except ValueError as error:
        raise _changed(path) from error
    known = isinstance(manifest, dict) and manifest.get("format") == _FORMAT
    if not known or "files" not in manifest:
        raise _changed(path)
    return manifest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read: {error.strerror or error}.", "Start a new run."
        ) from error


def _changed(path: Path) -> DatasetError:
    return DatasetError(
        f"{path} is not what was frozen for the run.",
        "Start a new run, or put the file back from a backup.",
    )
