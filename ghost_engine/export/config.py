"""One flat, typed object says everything about an export; it is the job's config.yaml.

Nothing here looks at the disk or the machine: whether it can be done is `plan`'s question.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ghost_engine.errors import ConfigError
from ghost_engine.jobs.settings_file import first_problem, read_settings

Quant = Literal["q4_k_m", "q5_k_m", "q6_k", "q8_0", "f16", "bf16"]
QUANTS: tuple[Quant, ...] = ("q4_k_m", "q5_k_m", "q6_k", "q8_0", "f16", "bf16")
DEFAULT_NAME = "ghost-architect"
DEFAULT_OUT = "output/gguf"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class ExportConfig(BaseModel):
    """What to export, into what and where. Frozen; contradictions raise on construction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str = Field(min_length=1, description="folder of the trained adapter (PEFT)")
    run: str = Field("", description="id of the run that trained it, if it is known")
    base: str = Field(
        min_length=1, description="hub name or folder of the weights to merge into (16-bit)"
    )
    quants: tuple[Quant, ...] = Field(
        ("q4_k_m",),
        min_length=1,
        description="forms of the text model; the first is the Modelfile's",
    )
    name: str = Field(DEFAULT_NAME, description="what the files' names begin with")
    out: str = Field(DEFAULT_OUT, min_length=1, description="folder for the files")
    keep_merged: bool = Field(
        False, description="also keep the merged weights as safetensors, in the hub's layout"
    )
    from_nf4: bool = Field(
        False,
        description="merge into 4-bit weights made 16-bit again (9 % off; said in the result)",
    )
    download: bool = Field(False, description="the base may be downloaded; somebody said yes")
    replace: bool = Field(False, description="files of another export in the folder may go")
    instruction: str = Field(
        "", description="what the model is asked; today's instruction if empty"
    )
    verify_tokens: int = Field(
        256, ge=8, le=4096, description="longest text written to prove a file, tokens"
    )
    ollama: str = Field("", description="publish under this name in Ollama")
    ollama_url: str = Field("", description="where Ollama listens; its own default if empty")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"name is {self.name!r}; use small letters, digits, dots, dashes and underscores"
            )
        if len(set(self.quants)) < len(self.quants):
            raise ValueError("quants names a form twice")
        return self

    @property
    def folder(self) -> Path:
        """Where the finished files go."""
        return Path(self.out).expanduser()

    def file(self, part: str) -> str:
        """The name of a file: `part` is a quantization or "mmproj"."""
        return f"{self.name}-{part}.gguf"

    def to_yaml(self) -> str:
        """Every field with its value; `read_export_config` gives the same object back."""
        values = self.model_dump(mode="json")
        return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def make_export_config(values: dict[str, Any]) -> ExportConfig:
    """The configuration of these values.

    Raises:
        ConfigError: an unknown key, a bad value or a contradiction; the first one is named.
    """
    try:
        return ExportConfig(**values)
    except ValidationError as error:
        place, said = first_problem(error, "export")
        hint = "`ghost export --help` lists what there is."
        if place.startswith("quants"):
            place = "quants"
            said = f"{error.errors()[0].get('input')!r} is no known form"
            hint = f"Choose from: {', '.join(QUANTS)}."
        raise ConfigError(f"{place}: {said}.", hint) from error


def read_export_config(path: Path) -> ExportConfig:
    """A job's config.yaml.

    Raises:
        ConfigError: it is not one of an export.
    """
    return make_export_config(read_settings(path, "export"))
