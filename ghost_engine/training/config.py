"""One flat, typed object says everything about a training run; YAML in, YAML out.

`load_config` reads a preset or a file, `with_settings` applies `key=value` texts; every unknown
key, bad value and contradiction is refused by name. The defaults are those of the first user.
Nothing here looks at the machine: whether it fits is `memory`'s question.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ghost_engine.errors import ConfigError

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")
PRESETS = ("t4", "a10g", "text", "smoke")
SMOKE_MODEL = "smoke"
"""As `base_model`: a tiny random Gemma-3 that the worker builds itself (see `training.tiny`)."""

_CONFIGS = Path(__file__).resolve().parents[2] / "configs"


class TrainingConfig(BaseModel):
    """What to train, on what and how. Frozen; contradictions raise on construction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_model: str = Field(
        "unsloth/gemma-3-12b-it-bnb-4bit",
        min_length=1,
        description="hub name or folder of the model to tune; `smoke` builds a tiny random one",
    )
    export_base: str = Field(
        "unsloth/gemma-3-12b-it", description="the 16-bit weights that export merges into"
    )
    phase: Literal["vision", "text"] = Field(
        "vision", description="vision: screenshots; text: screens described in words"
    )
    dataset: str = Field(
        "data/dataset_vision.json",
        min_length=1,
        description="a dataset file, or `store` for the examples approved in Curate",
    )
    loader: Literal["auto", "unsloth", "plain"] = Field(
        "auto", description="auto: Unsloth where it imports and a GPU is there, else plain"
    )
    device: Literal["auto", "cuda", "cpu"] = Field("auto", description="auto: the GPU if there")
    gpus: Annotated[int, Field(ge=1, le=64)] | Literal["all"] = Field(
        1, description="cards that share each step, or `all`; they divide the batches of a step"
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Field(
        "auto", description="compute type; auto: bf16 where the hardware has it"
    )
    load_in_4bit: bool = Field(True, description="keep the frozen weights in NF4 (QLoRA)")
    compile: bool = Field(True, description="let Unsloth compile; slow first step, faster later")

    max_seq_length: int = Field(4096, ge=128, le=131072, description="context, tokens")
    rank: int = Field(64, ge=1, le=1024, description="LoRA rank r")
    alpha: float = Field(32, gt=0, description="LoRA alpha; the scale is alpha/sqrt(r) with rsLoRA")
    dropout: float = Field(0.1, ge=0, lt=1, description="LoRA dropout")
    use_rslora: bool = Field(True, description="rank-stabilised scaling, alpha/sqrt(r)")
    use_dora: bool = Field(True, description="weight-decomposed adaptation (DoRA)")
    target_modules: tuple[str, ...] = Field(
        ATTENTION + FEED_FORWARD,
        min_length=1,
        description="linear layers of the language model that get an adapter",
    )
    tune_vision: bool = Field(False, description="adapters in the vision tower too")

    batch_size: int = Field(1, ge=1, le=1024, description="examples a device and step")
    gradient_accumulation_steps: int = Field(4, ge=1, le=4096, description="batches a step")
    learning_rate: float = Field(2e-4, gt=0, le=1, description="peak learning rate")
    optimizer: Literal["adamw_8bit", "adamw_torch", "paged_adamw_8bit"] = Field(
        "adamw_8bit", description="optimizer"
    )
    scheduler: Literal["cosine", "linear", "constant", "constant_with_warmup"] = Field(
        "cosine", description="learning rate schedule"
    )
    weight_decay: float = Field(0.01, ge=0, le=1, description="weight decay")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are clipped to this norm")
    max_steps: int | None = Field(60, ge=1, description="optimizer steps; or set epochs")
    epochs: float | None = Field(None, gt=0, le=1000, description="passes over the examples")
    warmup_steps: int = Field(10, ge=0, description="steps of rising learning rate")
    seed: int = Field(3407, ge=0, lt=2**31, description="seed of weights, order and dropout")

    save_steps: int = Field(20, ge=1, description="a checkpoint every so many steps")
    keep_checkpoints: int = Field(3, ge=1, description="newest checkpoints kept, besides the best")
    validation_share: float = Field(
        0.1, ge=0, le=0.5, description="share of the examples kept for validation"
    )
    validation_limit: int = Field(64, ge=0, description="at most so many validation examples")
    eval_steps: int = Field(20, ge=1, description="validation every so many steps")
    eval_screens: int = Field(
        4, ge=0, le=64, description="validation screens drafted and judged at each evaluation"
    )
    eval_new_tokens: int = Field(1024, ge=16, le=8192, description="longest draft, tokens")
    early_stop_evaluations: int = Field(
        0, ge=0, description="stop after so many evaluations without a better loss; 0: never"
    )
    explosion_factor: float = Field(
        10.0, ge=0, description="stop if the loss exceeds its lowest mean so often; 0: never"
    )
    too_long: Literal["drop", "refuse"] = Field(
        "drop", description="examples longer than the context: leave out and list, or refuse to run"
    )
    memory_limit_gib: float | None = Field(
        None, gt=0, description="use at most so much of the card, GiB"
    )
    probe: bool = Field(False, description="measure one step on the longest example first")
    workers: int = Field(0, ge=0, le=64, description="processes that prepare batches")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        wrong = _contradiction(self)
        if wrong:
            raise ValueError(wrong)
        return self

    def batches_a_gpu(self, gpus: int) -> int:
        """How many of a step's batches each of so many cards works on.

        Raises:
            ConfigError: they do not divide: the step would see other rows than on one card.
        """
        batches = self.gradient_accumulation_steps
        if batches % gpus:
            raise ConfigError(_undivided(batches, gpus), _division_hint(batches))
        return batches // gpus

    @property
    def scale(self) -> float:
        """What the adapter's output is multiplied with: alpha/sqrt(r) (rsLoRA) or alpha/r."""
        return float(self.alpha / (self.rank**0.5 if self.use_rslora else self.rank))

    def to_yaml(self) -> str:
        """Every field with its value; `read_yaml` gives the same object back."""
        values = self.model_dump(mode="json")
        return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))

    def changed(self, **values: Any) -> TrainingConfig:
        """A copy with other values, checked again.

        Raises:
            ConfigError: an unknown key, a bad value or a contradiction.
        """
        return make_config({**self.model_dump(), **values})


def make_config(values: Mapping[str, Any], source: str = "") -> TrainingConfig:
    """A configuration of these values, defaults for the rest.

    Args:
        values: field names and values.
        source: where they come from, for messages.

    Raises:
        ConfigError: an unknown key, a bad value or a contradiction; names it.
    """
    place = f"{source}: " if source else ""
    unknown = [key for key in values if key not in TrainingConfig.model_fields]
    if unknown:
        near = difflib.get_close_matches(str(unknown[0]), TrainingConfig.model_fields, 1)
        hint = f"Did you mean {near[0]}?" if near else "`ghost train --help-settings` lists all."
        raise ConfigError(f"{place}there is no setting {unknown[0]}.", hint)
    try:
        return TrainingConfig(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        if not name:
            raise ConfigError(f"{place}{said}", "Change one of the two.") from error
        found = f" (found: {first['input']!r})"
        raise ConfigError(f"{place}{name}: {said}{found}.", "Correct the value.") from error


def read_yaml(text: str, source: str = "") -> TrainingConfig:
    """The configuration in a YAML text.

    Raises:
        ConfigError: no YAML mapping, an unknown key, a bad value or a contradiction.
    """
    place = f"{source}: " if source else ""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{place}not YAML: {error}", "Mind colons and indents.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{place}expected `key: value` lines.", "See configs/.")
    return make_config(values, source)


def load_config(path: Path) -> TrainingConfig:
    """The configuration in a file.

    Raises:
        ConfigError: it cannot be read or is not one.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Name a YAML file.") from error
    return read_yaml(text, str(path))


def load_preset(name: str) -> TrainingConfig:
    """A preset of `configs/`.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name}.", f"Choose from: {', '.join(PRESETS)}.")
    return load_config(_CONFIGS / f"{name}.yaml")


def with_settings(config: TrainingConfig, settings: Iterable[str]) -> TrainingConfig:
    """The configuration with `key=value` texts applied; values are read as YAML.

    Raises:
        ConfigError: a text without `=`, an unknown key, a bad value or a contradiction.
    """
    values: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set {setting}: no value.", "Write it as key=value.")
        values[key.strip()] = read_value(key.strip(), value.strip())
    return config.changed(**_paired(values))


def read_value(key: str, text: str) -> Any:
    """What a setting's text means; what is quoted stays a text.

    Raises:
        ConfigError: it is not readable as YAML.
    """
    if key == "target_modules" and not text.startswith("["):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}: {text!r} is not readable.", "Quote the value.") from error
    return _number(text) if value == text else value


def _number(text: str) -> Any:
    """YAML 1.1 takes `2e-4` for a text; people mean the number."""
    try:
        return float(text)
    except ValueError:
        return text


def _paired(values: dict[str, Any]) -> dict[str, Any]:
    """Setting one of max_steps and epochs empties the other: that is what is meant."""
    for one, other in (("max_steps", "epochs"), ("epochs", "max_steps")):
        if values.get(one) is not None and other not in values:
            return {**values, other: None}
    return values


def _contradiction(config: TrainingConfig) -> str:
    """The first pair of settings that cannot both hold, in words; "" if there is none."""
    unknown = set(config.target_modules) - {*ATTENTION, *FEED_FORWARD}
    known = ", ".join(ATTENTION + FEED_FORWARD)
    checks = (
        (bool(unknown), f"target_modules: {', '.join(sorted(unknown))} is none of {known}."),
        (
            (config.max_steps is None) == (config.epochs is None),
            "max_steps and epochs: set one of the two, and the other to null.",
        ),
        (
            config.max_steps is not None and config.warmup_steps >= config.max_steps > 1,
            f"warmup_steps {config.warmup_steps} and max_steps {config.max_steps}:"
            " the warm-up never ends.",
        ),
        (
            config.phase == "text" and config.tune_vision,
            "phase text and tune_vision: there are no pictures to tune the tower on.",
        ),
        (
            config.gpus != "all" and config.gradient_accumulation_steps % config.gpus > 0,
            _undivided(config.gradient_accumulation_steps, config.gpus),
        ),
        (
            config.device == "cpu" and config.loader == "unsloth",
            "device cpu and loader unsloth: Unsloth needs a GPU.",
        ),
        (
            config.device == "cpu" and config.precision == "fp16",
            "device cpu and precision fp16: CPUs train in bf16 or fp32.",
        ),
        (
            config.early_stop_evaluations > 0 and config.validation_share == 0,
            "early_stop_evaluations and validation_share 0: nothing to compare.",
        ),
    )
    return next((said for wrong, said in checks if wrong), "")


def _undivided(batches: int, gpus: int | str) -> str:
    return (
        f"gpus {gpus} and gradient_accumulation_steps {batches}: the batches of a step cannot be"
        " shared out evenly."
    )


def _division_hint(batches: int) -> str:
    fitting = [str(count) for count in range(1, batches + 1) if batches % count == 0]
    return f"Set gpus to one of {', '.join(fitting)}, or change gradient_accumulation_steps."
