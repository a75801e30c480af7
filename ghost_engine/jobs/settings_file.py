"""A job's config.yaml, read and complained about in one way whatever the job is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ghost_engine.errors import ConfigError


def read_settings(path: Path, job: str) -> dict[str, Any]:
    """The settings in a job's file, not yet looked at.

    Args:
        path: the file.
        job: what it belongs to, as in "export".

    Raises:
        ConfigError: it cannot be read, or holds no settings.
    """
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read.", f"Start the {job} anew.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds no settings.", f"Start the {job} anew.")
    return values


def first_problem(error: ValidationError, whole: str) -> tuple[str, str]:
    """Where the first thing is wrong (`whole` if in no single setting), and what."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or whole
    return place, str(first["msg"]).removeprefix("Value error, ")
