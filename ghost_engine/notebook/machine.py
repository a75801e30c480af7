"""The machine below the notebook: is it enough, and what has to be installed.

Runs before anything is installed: of other packages it uses only those that a kernel has itself.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from ghost_engine.errors import TrainingError
from ghost_engine.hardware import GIB, Card, survey
from ghost_engine.notebook.say import Sheet, Tone, chip, errors_in_words, show, table, tell

PROJECT = Path(__file__).resolve().parents[2]
SMALLEST_CARD_GIB = 14.0
DISK_GB = {True: 30, False: 5}
"""Free disk, by whether it trains on a card: packages, the base model, checkpoints."""

MEMORY_GIB = {True: 10, False: 4}
_FOR_SMOKE = ("requirements.txt", "requirements-train-cpu.txt")
NO_CARD = (
    "In Colab: Runtime > Change runtime type > T4 GPU, then run all again. If none is free, wait,"
    ' or take another kind. Without a card, PRESET = "smoke" goes the whole way with a tiny model.'
)


class RestartNeeded(TrainingError):
    """Packages that this kernel has loaded were replaced under it."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at."""

    name: str
    detail: str
    tone: Tone = "good"
    hint: str = ""


def look(preset: str = "t4") -> None:
    """Show what this machine has for a preset: card, CUDA, memory, disk, Python.

    Raises:
        TrainingError: it cannot be trained here; says what to do.
    """
    errors_in_words()
    found = list(_looks(on_card=preset != "smoke"))
    rows = [
        (chip(each.name, each.tone), f"{escape(each.detail)}<br><small>{escape(each.hint)}</small>")
        for each in found
    ]
    lines = [f"{each.name}: {each.detail} {each.hint}".strip() for each in found]
    show(Sheet(table(rows), "\n".join(lines)))
    for each in found:
        if each.tone == "bad":
            raise TrainingError(f"{each.name}: {each.detail}.", each.hint)


def in_colab() -> bool:
    """Whether this kernel is one of Colab's."""
    return "google.colab" in sys.modules


def install(preset: str = "t4") -> None:
    """Install what the preset needs and is not here yet.

    Raises:
        RestartNeeded: the kernel holds older copies of what was installed.
        TrainingError: pip failed.
    """
    files = [PROJECT / name for name in _FOR_SMOKE if preset == "smoke"]
    files = files or [PROJECT / "requirements-gpu.txt"]
    missing = unmet(files)
    if not missing:
        tell("Everything is installed.")
        return
    more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
    tell(f"Installing {', '.join(missing[:4])}{more}. With a card this is several GB: minutes.")
    before = loaded_versions()
    _pip(files)
    importlib.invalidate_caches()
    changed = [name for name, version in loaded_versions().items() if before.get(name) != version]
    if changed:
        raise RestartNeeded(
            f"Installed. This kernel still holds older copies of {', '.join(sorted(changed)[:6])}.",
            "Restart it (Runtime > Restart session, or Kernel > Restart), then run all again: what"
            " is installed stays, and a run that has begun goes on.",
        )
    tell("Installed.")


def unmet(files: Iterable[Path]) -> list[str]:
    """The requirements of these files that are not installed in a version that fits."""
    found = dict.fromkeys(str(each) for file in files for each in _required(file) if _lacks(each))
    return list(found)


def loaded_versions() -> dict[str, str]:
    """The versions on the disk of all distributions that this process has imported from."""
    homes: Mapping[str, list[str]] = metadata.packages_distributions()
    loaded = {name.partition(".")[0] for name in list(sys.modules)}
    names = {home for name in loaded for home in homes.get(name, ())}
    found = {}
    for name in names:
        with suppress(metadata.PackageNotFoundError):  # half removed by somebody
            found[name] = metadata.version(name)
    return found


def _looks(on_card: bool) -> Iterator[Look]:
    yield _card(on_card)
    memory = psutil.virtual_memory().total / GIB
    short = memory < MEMORY_GIB[on_card]
    yield Look(
        "Memory",
        f"{memory:.1f} GiB, {os.cpu_count()} processor cores",
        "warning" if short else "good",
        f"{MEMORY_GIB[on_card]} GiB and more are better: loading may be killed." if short else "",
    )
    free = shutil.disk_usage(PROJECT).free / 1e9
    short = free < DISK_GB[on_card]
    yield Look(
        "Disk",
        f"{free:,.0f} GB free",
        "warning" if short else "good",
        f"Packages, base model and checkpoints take about {DISK_GB[on_card]} GB." if short else "",
    )
    old = sys.version_info < (3, 11)
    where = "Colab" if in_colab() else platform.platform(terse=True)
    hint = "Python 3.11 or newer is needed." if old else ""
    yield Look("Python", f"{platform.python_version()} on {where}", "bad" if old else "good", hint)


def _card(on_card: bool) -> Look:
    there = survey()
    if (
        not there.cards
        and importlib.util.find_spec("pynvml") is None
        and shutil.which("nvidia-smi")
    ):
        return Look("GPU", "an NVIDIA driver is here; which card, is asked after installing")
    if not there.cards:
        if not on_card:
            return Look("GPU", "none, and none is needed for the smoke preset", "quiet")
        return Look("GPU", there.note, "bad", NO_CARD)
    card = there.cards[0]
    small = on_card and card.total_gib < SMALLEST_CARD_GIB
    hint = "The t4 preset needs 14 GiB: a run here will have to make do with less." if small else ""
    words = f"{_named(card)}; driver {there.driver}, CUDA {there.cuda}"
    return Look("GPU", words, "warning" if small else "good", hint)


def _named(card: Card) -> str:
    return f"{card.name}, {card.total_gib:.1f} GiB{'' if card.has_bf16 else ', no bf16'}"


def _required(file: Path) -> Iterator[Requirement]:
    for line in file.read_text("utf-8").splitlines():
        words = line.partition("#")[0].strip()
        if words.startswith("-r"):
            yield from _required(file.parent / words[2:].strip())
        elif words:
            yield Requirement(words)


def _lacks(wanted: Requirement) -> bool:
    if wanted.marker is not None and not wanted.marker.evaluate():
        return False
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return True
    return not wanted.specifier.contains(version, prereleases=True)


def _pip(files: Iterable[Path]) -> None:
    asked = [part for file in files for part in ("-r", str(file))]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *asked], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        last = " ".join(done.stdout.split())[-400:]
        raise TrainingError(f"pip could not install it: {last}", "Run this cell again.")
