"""A PEFT adapter (LoRA, rsLoRA, DoRA) and its merge into the base's weights, a tensor at a time.

`open_adapter` and `match` read headers only and need no torch. `Merger` does what PEFT's
`merge_and_unload` does, in float32 and in PEFT's own order of operations, so that both agree to the
last bit; what it cannot merge exactly is refused by name instead of being left out.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError
from ghost_engine.export import nf4
from ghost_engine.export.checkpoint import Checkpoint
from ghost_engine.export.names import hub_name
from ghost_engine.export.safetensors_header import Stored, read_header

SETTINGS = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_PART = re.compile(
    r"(?P<module>.+)\.(?P<part>lora_A|lora_B|lora_magnitude_vector)(?:\.default)?(?:\.weight)?"
)
_HINT = "Train again with LoRA, rsLoRA or DoRA on linear layers."
# Settings that change nothing in the merge. Any other that is set is refused: a setting nobody here
# has heard of could be one that matters.
_HARMLESS = frozenset(
    {
        *("alpha_pattern", "auto_mapping", "base_model_name_or_path", "corda_config"),
        *("ensure_weight_tying", "eva_config", "exclude_modules", "inference_mode"),
        *("init_lora_weights", "kasa_config", "layers_pattern", "layers_to_transform"),
        *("loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_core"),
        *("peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision"),
        *("runtime_config", "target_modules", "task_type", "use_dora", "use_rslora"),
    }
)
_INITS = (True, False, "gaussian", "orthogonal", "eva")  # the others change the base's weights


@dataclass(frozen=True, slots=True)
class Parts:
    """The tensors of one adapted module, as the file calls them."""

    a: str
    b: str
    magnitude: str = ""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A folder with an adapter. `modules` are the adapted ones, by the hub's names."""

    folder: Path
    settings: dict[str, Any]
    modules: Mapping[str, Parts] = field(repr=False)
    header: Mapping[str, Stored] = field(repr=False)

    def rank(self, module: str) -> int:
        """As the settings say it; opening held the tensors against it."""
        return int(self._set(module, "rank_pattern", "r"))

    def scaling(self, module: str) -> float:
        """What the product of A and B is multiplied with."""
        rank = self.rank(module)
        root = math.sqrt(rank) if self.settings.get("use_rslora") else rank
        return float(self._set(module, "alpha_pattern", "lora_alpha") / root)

    def _set(self, module: str, patterns: str, usual: str) -> float:
        """The setting of the first pattern that the module's own name ends with, as in PEFT."""
        name = self.modules[module].a.removeprefix("base_model.model.").split(".lora_A")[0]
        for pattern, value in (self.settings.get(patterns) or {}).items():
            if re.match(rf"(.*\.)?({pattern})$", name):
                return float(value)
        return float(self.settings[usual])


def open_adapter(folder: Path) -> Adapter:
    """Look at an adapter's folder.

    Raises:
        ExportError: it holds none, it is damaged, or of a kind that cannot be merged.
    """
    if not (folder / SETTINGS).is_file():
        raise ExportError(
            f"{folder} holds no adapter ({SETTINGS} is missing).", "Name the run, or its adapter."
        )
    try:
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(f"{folder / SETTINGS} is damaged.", "Copy the adapter again.") from error
    _refuse_settings(settings)
    if not (folder / WEIGHTS).is_file():
        raise ExportError(f"{folder} lacks {WEIGHTS}.", "Copy the whole adapter.")
    header = read_header(folder / WEIGHTS)
    adapter = Adapter(folder, settings, _modules(header), header)
    _refuse_other_parts(adapter)
    return adapter


def match(adapter: Adapter, checkpoint: Checkpoint) -> None:
    """Hold an adapter against its base; names and shapes, no weights.

    Raises:
        ExportError: it was trained on another base.
    """
    for module, parts in adapter.modules.items():
        base = checkpoint.tensors.get(f"{module}.weight")
        if base is None:
            raise _another(checkpoint, f"it adapts {module}, which the base has not")
        if len(base.shape) != 2 or module.endswith(("embed_tokens", "lm_head")):
            raise ExportError(f"The adapter changes {module}, which is no linear layer.", _HINT)
        rows, columns = base.shape
        rank = adapter.rank(module)
        wanted: dict[str, tuple[int, ...]] = {parts.a: (rank, columns), parts.b: (rows, rank)}
        if parts.magnitude:
            wanted[parts.magnitude] = (rows,)
        for name, shape in wanted.items():
            if adapter.header[name].shape != shape:
                raise _another(checkpoint, f"{module} is {rows} x {columns} in the base")


class Merger:
    """Gives the base's tensors with the adapter merged into them.

    Args:
        checkpoint: the base.
        adapter: what to merge; has to `match`.
        allow_nf4: merge into 4-bit weights made 16-bit again.

    Raises:
        ExportError: the two do not match, or the base is 4-bit and that is not allowed.
    """

    def __init__(self, checkpoint: Checkpoint, adapter: Adapter, allow_nf4: bool = False) -> None:
        if checkpoint.nf4 and not allow_nf4:
            raise ExportError(
                f"The base in {checkpoint.folder} is 4-bit; a merge into it is 9 % off.",
                "Name the 16-bit one.",
            )
        match(adapter, checkpoint)
        self.checkpoint = checkpoint
        self.adapter = adapter

    def merges(self, name: str) -> bool:
        """Whether the adapter changes this tensor."""
        return name.removesuffix(".weight") in self.adapter.modules

    def tensor(self, name: str) -> Any:
        """A tensor, merged in float32 and rounded once to the base's type. One that the adapter
        leaves alone comes as it is, mapped into memory.

        Raises:
            ExportError: what comes of the merge is no number.
        """
        base = self._base(name)
        return self._merged(name, base).to(base.dtype) if self.merges(name) else base

    def tensor32(self, name: str) -> Any:
        """A tensor merged in float32 and not rounded: equal to PEFT's merge to the last bit.

        Raises:
            ExportError: what comes of the merge is no number.
        """
        base = self._base(name)
        return self._merged(name, base) if self.merges(name) else base.float()

    def type_of(self, name: str) -> str:
        """The type that `tensor` gives, as safetensors says it."""
        info = self.checkpoint.tensors[name]
        if info.dtype != nf4.DTYPE:
            return info.dtype
        return nf4.type_of(self._reader(info.file), self.checkpoint.stored[name])

    def _base(self, name: str) -> Any:
        info = self.checkpoint.tensors[name]
        if info.dtype != nf4.DTYPE:
            return self.checkpoint.tensor(name)
        return nf4.weights(self._reader(info.file), self.checkpoint.stored[name])

    def _reader(self, file: str) -> Callable[[str], Any]:
        return lambda own_name: self.checkpoint.read(own_name, file)

    def _merged(self, name: str, base: Any) -> Any:
        """W + s B A; with DoRA each row of it scaled to its magnitude."""
        import torch
        from safetensors import safe_open

        module = name.removesuffix(".weight")
        parts = self.adapter.modules[module]
        with safe_open(self.adapter.folder / WEIGHTS, "pt") as opened, torch.no_grad():
            merged = opened.get_tensor(parts.b).float() @ opened.get_tensor(parts.a).float()
            merged *= self.adapter.scaling(module)
            merged += base
            if parts.magnitude:
                magnitude = opened.get_tensor(parts.magnitude).float()
                merged *= (magnitude / torch.linalg.norm(merged, dim=1)).view(-1, 1)
        if not torch.isfinite(merged.sum(dtype=torch.float64)):
            raise ExportError(
                f"{module} is no number any more once merged.",
                "The training went wrong: look at its loss, and export an earlier checkpoint.",
            )
        return merged


def _refuse_settings(settings: Any) -> None:
    kind = settings.get("peft_type") if isinstance(settings, dict) else None
    numbers = isinstance(settings, dict) and all(
        isinstance(settings.get(name), int | float) for name in ("r", "lora_alpha")
    )
    if kind != "LORA" or not numbers:
        raise ExportError(f"The adapter is of another kind (peft_type: {kind!r}).", _HINT)
    init = settings.get("init_lora_weights", True)
    if init not in _INITS:
        raise ExportError(f"The adapter began with {init!r}, which changes the base.", _HINT)
    if settings.get("bias", "none") != "none":
        raise ExportError(f"The adapter trains biases (bias: {settings['bias']!r}).", _HINT)
    for name, value in settings.items():
        if value and name not in _HARMLESS and name != "bias":
            raise ExportError(f"The adapter uses {name}, which cannot be merged here.", _HINT)


def _modules(header: Mapping[str, Stored]) -> dict[str, Parts]:
    found: dict[str, dict[str, str]] = {}
    for name, stored in header.items():
        part = _PART.fullmatch(name)
        if part is None:
            raise ExportError(f"The adapter holds {name}, which is no LoRA tensor.", _HINT)
        if stored.dtype not in ("BF16", "F16", "F32"):
            raise ExportError(f"{name} of the adapter is of type {stored.dtype}.", _HINT)
        found.setdefault(hub_name(part["module"]), {})[part["part"]] = name
    if not found:
        raise ExportError("The adapter holds no tensors.", "Copy the whole adapter.")
    for module, parts in found.items():
        if not {"lora_A", "lora_B"} <= parts.keys():
            raise ExportError(f"The adapter lacks a part of {module}.", "Copy the whole adapter.")
    return {
        module: Parts(parts["lora_A"], parts["lora_B"], parts.get("lora_magnitude_vector", ""))
        for module, parts in found.items()
    }


def _refuse_other_parts(adapter: Adapter) -> None:
    """The tensors are those that the settings announce: a lost part would go unnoticed."""
    dora = bool(adapter.settings.get("use_dora"))
    for module, parts in adapter.modules.items():
        if dora != bool(parts.magnitude):
            has = "lacks" if dora else "has"
            raise ExportError(
                f"The adapter {has} the DoRA magnitude of {module}, against its settings.",
                "Copy the whole adapter; some programs lose magnitudes when they save.",
            )
        for name, side in ((parts.a, 0), (parts.b, 1)):
            shape = adapter.header[name].shape
            if len(shape) != 2 or shape[side] != adapter.rank(module):
                raise ExportError(
                    f"{name} of the adapter does not have rank {adapter.rank(module)},"
                    " as its settings say.",
                    "Copy the whole adapter.",
                )


def _another(checkpoint: Checkpoint, reason: str) -> ExportError:
    return ExportError(
        f"The adapter is one of another base than {_named(checkpoint)}: {reason}.",
        "Name the base it was trained on, in 16 bits.",
    )


def _named(checkpoint: Checkpoint) -> str:
    """A base that is only known by its sizes has no folder yet."""
    return "the one named" if checkpoint.folder == Path() else str(checkpoint.folder)
