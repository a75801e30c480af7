"""The graphics cards of this machine, asked of NVIDIA's management library (NVML), never of torch.

`survey` says what CUDA programs started here would see, `sample` what one card holds right now.
No card, no driver and no permission are answers, not errors: nothing here raises.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

GIB = 2**30
_BF16_CAPABILITY = (8, 0)
_PACKAGES = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "bitsandbytes",
    "unsloth",
    "unsloth_zoo",
    "xformers",
    "torchao",
    "triton",
)


@dataclass(frozen=True, slots=True)
class Card:
    """One card, or one MIG slice of a card.

    `index` is NVML's (PCI order) and that of the whole card; `total_gib` is what programs can
    have, without the part that the driver keeps; `free_gib` is None for a card that is not here.
    """

    index: int
    name: str
    total_gib: float
    free_gib: float | None
    capability: tuple[int, int]
    uuid: str = ""
    is_slice: bool = False

    @property
    def has_bf16(self) -> bool:
        """Whether it computes in bfloat16 (Ampere and newer); a T4 does not."""
        return self.capability >= _BF16_CAPABILITY

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "has_bf16": self.has_bf16}


@dataclass(frozen=True, slots=True)
class Survey:
    """The cards that a CUDA program started here sees, in its order; `note` says why none."""

    cards: tuple[Card, ...]
    driver: str = ""
    cuda: str = ""
    note: str = ""


# total_gib: the smallest "total capacity" that torch is quoted with in out-of-memory messages.
KNOWN_CARDS: dict[str, Card] = {
    "t4": Card(0, "NVIDIA T4", 14.56, None, (7, 5)),
    "l4": Card(0, "NVIDIA L4", 22.0, None, (8, 9)),
    "a10g": Card(0, "NVIDIA A10G", 22.0, None, (8, 6)),
    "a100": Card(0, "NVIDIA A100 40 GB", 39.39, None, (8, 0)),
    "a100-80gb": Card(0, "NVIDIA A100 80 GB", 79.14, None, (8, 0)),
    "h100": Card(0, "NVIDIA H100 80 GB", 79.10, None, (9, 0)),
}
"""Cards to plan for without having one, by the name people say."""


def cards() -> tuple[Card, ...]:
    """The cards that a CUDA program started here sees, in its order; empty without any."""
    return survey().cards


def survey(environment: Mapping[str, str] = os.environ) -> Survey:
    """What there is, after `CUDA_VISIBLE_DEVICES` of `environment`."""
    with _nvml() as (nvml, note):
        if nvml is None:
            return Survey((), note=note)
        found = tuple(card for _, card in _all_cards(nvml))
        driver, cuda = _driver(nvml)
    seen = visible(found, environment.get("CUDA_VISIBLE_DEVICES"))
    if not found:
        note = "the driver sees no card"
    elif not seen:
        note = f"CUDA_VISIBLE_DEVICES hides {len(found)} card{'s' if len(found) > 1 else ''}"
    return Survey(seen, driver, cuda, note)


def visible(found: tuple[Card, ...], wanted: str | None) -> tuple[Card, ...]:
    """The cards that CUDA shows a program, by the rules of `CUDA_VISIBLE_DEVICES`.

    Entries are numbers or the beginnings of UUIDs; the first that names nothing ends the list. CUDA
    uses one MIG slice a process, and never whole cards beside one. Numbers are taken in PCI order;
    CUDA's own default puts the fastest card first, so set `CUDA_DEVICE_ORDER=PCI_BUS_ID` where
    cards differ.

    Args:
        found: whole cards, and slices for those that are cut into some.
        wanted: the variable's text; None if it is not set.
    """
    slices = [card for card in found if card.is_slice]
    if wanted is None:
        return (slices[0],) if slices else found
    whole = [card for card in found if not card.is_slice]
    numbered = slices if slices and not whole else whole
    named: list[Card] = []
    for entry in (part.strip() for part in wanted.split(",")):
        card = _named(entry, numbered, found)
        if card is None or card in named:
            break
        if card.is_slice:
            return (card,) if not named else tuple(named)
        named.append(card)
    return tuple(named)


def sample(pid: int) -> dict[str, Any] | None:
    """What the card of a process holds right now, for a line of `vram.jsonl`.

    Args:
        pid: the process; what its children hold counts as its own.

    Returns:
        used_gib and total_gib of the card; process_gib (None where the driver names no such
        process, as in most containers), utilization in percent, temperature in degrees Celsius
        (None where it does not say), and time. None without a card.
    """
    with _nvml() as (nvml, _):
        looks = [] if nvml is None else _looks(nvml, pid)
    used = next((each for each in looks if each["process_gib"]), looks[0] if looks else None)
    return None if used is None else {"time": _now(), **used}


def sample_each(pid: int) -> dict[str, Any] | None:
    """What the cards of a process hold right now, as `sample`, for a run on several of them.

    Returns:
        The figures of the fullest card, and `cards`: those of each that the process and its
        children use, or of all where the driver does not say whose memory it is. None without a
        card.
    """
    with _nvml() as (nvml, _):
        looks = [] if nvml is None else _looks(nvml, pid)
    used = [each for each in looks if each["process_gib"]] or looks
    if not used:
        return None
    fullest = max(used, key=lambda each: float(each["used_gib"]))
    return {"time": _now(), **fullest, "cards": used}


def versions() -> dict[str, str]:
    """The versions of Python, the training packages that are installed, the driver and CUDA."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    there = survey()
    found.update({"driver": there.driver, "cuda": there.cuda} if there.driver else {})
    return found


def fingerprint() -> dict[str, Any]:
    """What a measurement was made on; names no host and no user."""
    there = survey()
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "cards": [{"name": card.name, "total_gib": card.total_gib} for card in there.cards],
        "driver": there.driver,
        "cuda": there.cuda,
    }


@contextmanager
def _nvml() -> Iterator[tuple[Any, str]]:
    """The library, started, and ""; or None and why not."""
    try:
        import pynvml
    except ImportError:
        yield None, "nvidia-ml-py is not installed"
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound:
        yield None, "no NVIDIA driver"
        return
    except pynvml.NVMLError as error:
        yield None, f"the NVIDIA driver does not answer: {error}"
        return
    try:
        yield pynvml, ""
    finally:
        _asked(pynvml.nvmlShutdown)


def _all_cards(nvml: Any) -> list[tuple[Any, Card]]:
    """Every card with its handle; a card cut into MIG slices is left out for its slices."""
    found: list[tuple[Any, Card]] = []
    for index in range(_asked(nvml.nvmlDeviceGetCount) or 0):
        handle = _asked(nvml.nvmlDeviceGetHandleByIndex, index)
        if handle is None:  # lost, or not ours to look at
            continue
        mode = _asked(nvml.nvmlDeviceGetMigMode, handle)
        if not (mode and mode[0]):
            found.append((handle, _card(nvml, handle, index)))
            continue
        whole = _card(nvml, handle, index)
        for place in range(_asked(nvml.nvmlDeviceGetMaxMigDeviceCount, handle) or 0):
            part = _asked(nvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, place)
            if part is not None:
                own = _card(nvml, part, index)
                found.append((part, replace(own, capability=whole.capability, is_slice=True)))
    return found


def _looks(nvml: Any, pid: int) -> list[dict[str, Any]]:
    """What each card that a program here sees holds, in the program's order."""
    found = _all_cards(nvml)
    seen = visible(tuple(card for _, card in found), os.environ.get("CUDA_VISIBLE_DEVICES"))
    family = _family(pid)
    handles = [next(handle for handle, each in found if each == card) for card in seen]
    return [_look(nvml, *each, family) for each in zip(handles, seen, strict=True)]


def _look(nvml: Any, handle: Any, card: Card, family: set[int]) -> dict[str, Any]:
    held = _held_gib(nvml, handle, family)
    return {
        "card": card.index,
        "used_gib": round(card.total_gib - (card.free_gib or 0.0), 3),
        "total_gib": round(card.total_gib, 3),
        "process_gib": None if held is None else round(held, 3),
        "utilization": _asked(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "temperature": _temperature(nvml, handle),
    }


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _card(nvml: Any, handle: Any, index: int) -> Card:
    total, free = _memory(nvml, handle)
    return Card(
        index,
        str(_asked(nvml.nvmlDeviceGetName, handle) or "NVIDIA GPU"),
        total,
        free,
        _asked(nvml.nvmlDeviceGetCudaComputeCapability, handle) or (0, 0),
        str(_asked(nvml.nvmlDeviceGetUUID, handle) or ""),
    )


def _memory(nvml: Any, handle: Any) -> tuple[float, float]:
    """Total without what the driver reserves, and free, GiB."""
    version = getattr(nvml, "nvmlMemory_v2", None)
    info = _asked(nvml.nvmlDeviceGetMemoryInfo, handle, version) if version else None
    if info is not None:
        return (info.total - info.reserved) / GIB, info.free / GIB
    info = _asked(nvml.nvmlDeviceGetMemoryInfo, handle)
    return (info.total / GIB, info.free / GIB) if info is not None else (0.0, 0.0)


def _driver(nvml: Any) -> tuple[str, str]:
    number = _asked(nvml.nvmlSystemGetCudaDriverVersion_v2)
    cuda = f"{number // 1000}.{number % 1000 // 10}" if number else ""
    return str(_asked(nvml.nvmlSystemGetDriverVersion) or ""), cuda


def _temperature(nvml: Any, handle: Any) -> int | None:
    """The older call is on its way out, the newer unknown to older drivers."""
    sensor = nvml.NVML_TEMPERATURE_GPU
    degrees: int | None = _asked(nvml.nvmlDeviceGetTemperatureV, handle, sensor)
    if degrees is None:
        degrees = _asked(nvml.nvmlDeviceGetTemperature, handle, sensor)
    return degrees


def _held_gib(nvml: Any, handle: Any, family: set[int]) -> float | None:
    """What these processes hold on a card; None if the driver shows none of them there."""
    running = _asked(nvml.nvmlDeviceGetComputeRunningProcesses, handle) or []
    own = [each.usedGpuMemory for each in running if each.pid in family]
    known = [used for used in own if used is not None]
    return sum(known) / GIB if known else None


def _family(pid: int) -> set[int]:
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return {pid}
    return {pid, *(child.pid for child in children)}


def _named(entry: str, numbered: list[Card], found: tuple[Card, ...]) -> Card | None:
    if entry.isdigit():
        return numbered[int(entry)] if int(entry) < len(numbered) else None
    if not entry.startswith(("GPU-", "MIG-")):
        return None
    fitting = [card for card in found if card.uuid.startswith(entry)]
    return fitting[0] if len(fitting) == 1 else None


def _processor() -> str:
    """Linux names it only in /proc; `platform.processor()` is mostly empty there."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _asked(question: Any, *about: Any) -> Any:
    """NVML's answer, or None where this card, driver or user gets none."""
    import pynvml

    try:
        return question(*about)
    except (pynvml.NVMLError, OSError, AttributeError):
        return None
