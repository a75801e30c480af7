"""The model to tune, with its adapters, by Unsloth or by plain transformers + PEFT + bitsandbytes.

`load_model` hides which: Unsloth where it imports and a GPU is there, else the plain path made lean
(`lean`). What was used is recorded in the result. Nothing here trains.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ghost_engine.errors import TrainingError
from ghost_engine.settings import get_settings
from ghost_engine.training.config import SMOKE_MODEL, TrainingConfig

Loader = Literal["unsloth", "plain"]
Precision = Literal["bf16", "fp16", "fp32"]
Say = Callable[[str, str], None]
"""Told the phase ("loading", "quantizing", ...) and a note."""

VISION_MODULES = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
_KEPT_WIDE = ["lm_head", "multi_modal_projector"]
"""Not quantized: the head is tied to the embedding, the projector is small and decisive."""
_PACKAGES = (
    *("torch", "transformers", "peft", "trl", "accelerate", "datasets", "bitsandbytes"),
    *("unsloth", "unsloth_zoo", "triton", "xformers", "tokenizers"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model with fresh adapters and all that was decided about it."""

    model: Any
    processor: Any
    loader: Loader
    device: str
    precision: Precision
    source: str
    """Folder or hub name that was loaded."""
    trainable: int
    """Trainable parameters."""
    versions: dict[str, str]

    @property
    def trainer_arguments(self) -> dict[str, Any]:
        """What trl's SFTConfig must be told for this loader and precision.

        The plain path computes in the model's own type and checkpoints by itself; its loss is
        `lean.answer_loss`, so trl must not patch another one in.
        """
        if self.loader == "plain":
            own = {"bf16": False, "fp16": False, "gradient_checkpointing": False}
            return {**own, "loss_type": "nll", "use_cpu": self.device == "cpu"}
        return {"bf16": self.precision == "bf16", "fp16": self.precision == "fp16"}

    def describe(self) -> dict[str, Any]:
        """All but the model, for the record."""
        return {
            "loader": self.loader,
            "device": self.device,
            "precision": self.precision,
            "source": self.source,
            "trainable": self.trainable,
            "versions": self.versions,
        }


def load_model(config: TrainingConfig, say: Say | None = None) -> Loaded:
    """Load the base model, quantize it and add adapters.

    Args:
        config: what to load and how.
        say: told what is going on.

    Raises:
        TrainingError: no GPU although one is asked for, or the model is not a Gemma-3.
    """
    tell: Say = say or (lambda phase, note: None)
    loader = choose_loader(config)
    if loader == "unsloth":
        _prepare_unsloth(config)
        import unsloth  # noqa: F401  # before transformers, which it patches
    device = _device(config)
    _limit_memory(config, device)
    precision = _precision(config, device)
    source = _source(config, tell)
    made = _by_unsloth if loader == "unsloth" else _by_plain
    model, processor = made(config, source, device, precision, tell)
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return Loaded(model, processor, loader, device, precision, source, count, versions())


def choose_loader(config: TrainingConfig) -> Loader:
    """The loader for this configuration on this machine.

    Raises:
        TrainingError: Unsloth is asked for and not there.
    """
    if config.loader == "plain" or config.device == "cpu":
        return "plain"
    import torch

    here = importlib.util.find_spec("unsloth") is not None
    if config.loader == "unsloth" and not (here and torch.cuda.is_available()):
        lack = "Unsloth is not installed" if not here else "there is no GPU"
        raise TrainingError(
            f"loader unsloth: {lack}.", "Install requirements-gpu.txt, or set loader=plain."
        )
    return "unsloth" if here and torch.cuda.is_available() else "plain"


def target_pattern(config: TrainingConfig) -> str:
    """The adapted layers as one anchored regular expression, for `re.fullmatch`.

    The seven names occur in the vision tower too: without the anchor it would be tuned unasked.
    """
    names = "|".join(re.escape(name) for name in config.target_modules)
    language = rf".*language_model.*\.(?:{names})"
    if not config.tune_vision:
        return language
    return rf"(?:{language})|(?:.*vision_tower.*\.(?:{'|'.join(VISION_MODULES)}))"


def versions() -> dict[str, str]:
    """Versions of the packages that decide what comes out, of those installed."""
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _device(config: TrainingConfig) -> str:
    import torch

    if config.device == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if config.device == "cuda":
        raise TrainingError(
            "device cuda: PyTorch sees no GPU.", "`ghost doctor` shows why; or set device=cpu."
        )
    return "cpu"


def _limit_memory(config: TrainingConfig, device: str) -> None:
    if config.memory_limit_gib is None or device != "cuda":
        return
    import torch

    whole = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, config.memory_limit_gib * 2**30 / whole))


def _precision(config: TrainingConfig, device: str) -> Precision:
    """bf16 where the hardware has it (not only emulates it), else what is safe for Gemma-3.

    Gemma-3 overflows in fp16: Unsloth then computes in mixed float32 by itself, the plain path
    in float32.
    """
    if config.precision != "auto":
        return config.precision
    if device == "cpu":
        return "fp32"
    import torch

    if torch.cuda.is_bf16_supported(including_emulation=False):
        return "bf16"
    return "fp16" if choose_loader(config) == "unsloth" else "fp32"


def _source(config: TrainingConfig, tell: Say) -> str:
    if config.base_model != SMOKE_MODEL:
        return config.base_model
    from ghost_engine.training.tiny import build_random_gemma3

    tell("loading", "building a tiny random Gemma-3")
    return str(build_random_gemma3(get_settings().cache_dir / "models" / "smoke"))


def _prepare_unsloth(config: TrainingConfig) -> None:
    """Its switches are environment variables, read when it is imported."""
    cache = get_settings().cache_dir / "unsloth"
    os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
    os.environ.setdefault("UNSLOTH_COMPILE_LOCATION", str(cache))
    if not config.compile:
        os.environ["UNSLOTH_COMPILE_DISABLE"] = "1"


def _by_unsloth(
    config: TrainingConfig, source: str, device: str, precision: Precision, tell: Say
) -> tuple[Any, Any]:
    import torch
    from unsloth import FastVisionModel

    from ghost_engine.training.dora import guard_dora

    tell("loading", source)
    model, processor = FastVisionModel.from_pretrained(
        source,
        load_in_4bit=config.load_in_4bit,
        dtype=torch.float16 if precision == "fp16" else None,
        max_seq_length=config.max_seq_length,
        use_gradient_checkpointing="unsloth",
        local_files_only=Path(source).is_dir(),
    )
    _check_family(model)
    guard_dora()
    model = FastVisionModel.get_peft_model(
        model,
        finetune_vision_layers=config.tune_vision,
        finetune_language_layers=True,
        target_modules=target_pattern(config),
        random_state=config.seed,
        **_lora_values(config),
    )
    FastVisionModel.for_training(model)
    return model, processor


def _by_plain(
    config: TrainingConfig, source: str, device: str, precision: Precision, tell: Say
) -> tuple[Any, Any]:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoProcessor, set_seed

    from ghost_engine.training.lean import make_lean

    set_seed(config.seed)
    processor = AutoProcessor.from_pretrained(source)
    tell("quantizing" if config.load_in_4bit else "loading", source)
    model = load_base(config, source, device, precision)
    _check_family(model)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.config.use_cache = False
    lora = LoraConfig(
        task_type="CAUSAL_LM", target_modules=target_pattern(config), **_lora_values(config)
    )
    tell("loading", "adding adapters")
    tuned = get_peft_model(model, lora)
    make_lean(tuned, tune_vision=config.tune_vision)
    return tuned, processor


def load_base(config: TrainingConfig, source: str, device: str, precision: Precision) -> Any:
    """The frozen base by transformers, in NF4 with double quantization if the config says so.

    A checkpoint that is quantized already keeps its own layout; only its compute type is set.
    """
    import torch
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    kind = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]
    wishes: dict[str, Any] = {}
    if config.load_in_4bit and not _is_quantized(source):
        wishes["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=kind,
            llm_int8_skip_modules=_KEPT_WIDE,
        )
    model = AutoModelForImageTextToText.from_pretrained(
        source,
        dtype=kind,
        device_map={"": torch.cuda.current_device() if device == "cuda" else "cpu"},
        attn_implementation="sdpa",
        **wishes,
    )
    for layer in model.modules():
        if type(layer).__name__ == "Linear4bit":
            layer.compute_dtype = kind
            layer.compute_type_is_set = True
            # Processors with AVX512-BF16: its own packing rounds to bfloat16 and has no gradient.
            layer.support_avx512bf16_for_cpu = False
    return model


def _is_quantized(source: str) -> bool:
    """True if the checkpoint says that it is quantized already."""
    from transformers import AutoConfig

    if Path(source).is_dir():
        text = (Path(source) / "config.json").read_text("utf-8")
        return "quantization_config" in json.loads(text)
    return getattr(AutoConfig.from_pretrained(source), "quantization_config", None) is not None


def _lora_values(config: TrainingConfig) -> dict[str, Any]:
    return {
        "r": config.rank,
        "lora_alpha": config.alpha,
        "lora_dropout": config.dropout,
        "bias": "none",
        "use_rslora": config.use_rslora,
        "use_dora": config.use_dora,
    }


def _check_family(model: Any) -> None:
    kind = getattr(model.config, "model_type", "?")
    if kind != "gemma3":
        raise TrainingError(
            f"The base model is of the family {kind}; expected Gemma-3 with vision (gemma3).",
            "Set base_model to a Gemma-3 of 4B, 12B or 27B.",
        )
