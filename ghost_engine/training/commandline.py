"""A configuration as the `ghost train` line that gives the same one: `command_line`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from ghost_engine.errors import ConfigError
from ghost_engine.training.config import TrainingConfig, load_preset, read_value

_EITHER = {"max_steps": "epochs", "epochs": "max_steps"}
"""Setting the one empties the other."""


def command_line(
    config: TrainingConfig,
    preset: str | None = None,
    *,
    name: str = "",
    image_root: Path | None = None,
) -> str:
    """The line for a shell; only what differs from the preset is said.

    Args:
        config: what to train.
        preset: what it began as; None for the defaults.
        name: the run's, for people.
        image_root: where picture paths of the dataset are tried first.

    Raises:
        ConfigError: there is no such preset.
    """
    base = load_preset(preset) if preset else TrainingConfig()
    words = ["ghost", "train", *(("--preset", preset) if preset else ())]
    if config.dataset != base.dataset:
        words += ["--dataset", config.dataset]
    for key, value in _changes(config, base).items():
        words += ["--set", f"{key}={_text(key, value)}"]
    if image_root is not None:
        words += ["--image-root", str(image_root)]
    words += ["--name", name] if name else []
    return shlex.join(words)


def _changes(config: TrainingConfig, base: TrainingConfig) -> dict[str, Any]:
    changed = {
        key: getattr(config, key)
        for key in TrainingConfig.model_fields
        if key != "dataset" and getattr(config, key) != getattr(base, key)
    }
    return {
        key: value
        for key, value in changed.items()
        if value is not None or changed.get(_EITHER.get(key, "")) is None
    }


def _text(key: str, value: Any) -> str:
    """The value as `--set` reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return value if _reads_back(key, value) else json.dumps(value, ensure_ascii=False)


def _reads_back(key: str, value: Any) -> bool:
    try:
        return bool(read_value(key, str(value).strip()) == value)
    except ConfigError:
        return False
