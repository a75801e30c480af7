"""The GHOST_* settings: environment variables and `.env`, read once, checked, typed.

Paths that are not set fall under the project or the user's cache folder; nothing here creates them.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_cache_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ghost_engine.errors import SettingsError


class Settings(BaseSettings):
    """All settings, each overridable as `GHOST_<NAME>` in the environment or in `.env`."""

    model_config = SettingsConfigDict(env_prefix="GHOST_", env_file=".env", extra="ignore")

    sandbox_dsn: SecretStr | None = Field(
        None, description="judge SQL on this PostgreSQL (an unprivileged role)"
    )
    sandbox_connections: int = Field(4, ge=1, le=16, description="checks at once, per process")
    statement_timeout_seconds: float = Field(2.0, gt=0, le=60, description="one statement's limit")
    max_image_mb: float = Field(10.0, gt=0, description="largest screenshot file, MB (10^6 bytes)")
    max_image_megapixels: float = Field(40.0, gt=0, description="largest screenshot, megapixels")
    ocr_workers: int = Field(
        max(1, (os.cpu_count() or 2) // 4), ge=1, le=16, description="text reading processes"
    )
    ocr_timeout_seconds: float = Field(60.0, gt=0, description="longest read of one screenshot")
    data_dir: Path = Field(
        default_factory=lambda: _project_dir() / "data",
        description="where the store keeps its pictures, and its database unless a URL is set",
    )
    database_url: SecretStr | None = Field(
        None, description="keep the store in this PostgreSQL instead of SQLite"
    )
    runs_dir: Path = Field(
        default_factory=lambda: _project_dir() / "output" / "runs",
        description="where background jobs keep their folders",
    )
    chromium: Path | None = Field(
        None, description="the browser that renders and captures; else the first on the PATH"
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("ghost-architect"),
        description="where text already read from screenshots is kept",
    )
    ollama_url: str = Field(
        "", description="where Ollama listens; else OLLAMA_HOST, else http://127.0.0.1:11434"
    )
    ollama_model: str = Field(
        "", description="the model of Ollama that is asked; else one of ours, else one that sees"
    )
    gguf: Path | None = Field(
        None, description="a GGUF that llama.cpp is asked for; else one that was exported here"
    )
    gguf_mmproj: Path | None = Field(
        None, description="its vision part; else the mmproj file beside it"
    )
    gguf_dir: Path = Field(
        default_factory=lambda: _project_dir() / "output" / "gguf",
        description="where exported models lie, or folders of them",
    )
    gemini_model: str = Field("", description="the Gemini that is asked; else a quick one")
    gemini_url: str = Field(
        "",
        validation_alias=AliasChoices("GHOST_GEMINI_URL", "GOOGLE_GEMINI_BASE_URL"),
        description="where Gemini is asked; else Google's own address",
    )
    gemini_api_key: SecretStr | None = Field(None, validation_alias="GEMINI_API_KEY")
    google_api_key: SecretStr | None = Field(None, validation_alias="GOOGLE_API_KEY")
    webhook_url: SecretStr | None = Field(
        None, description="where to POST a word when a run ends or runs out of memory (http, https)"
    )

    @field_validator("webhook_url")
    @classmethod
    def _is_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it has to begin with https:// or http:// and name a host")
        return value


def _project_dir() -> Path:
    """The nearest folder with a .git or pyproject.toml, from the working directory up."""
    here = Path.cwd()
    marks = (".git", "pyproject.toml")
    return next((f for f in (here, *here.parents) if any((f / m).exists() for m in marks)), here)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: a value is not usable; names the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"GHOST_{first['loc'][0]}".upper() if first["loc"] else "GHOST_*"
        raise SettingsError(
            f"{name} is not usable: {first['msg']}.", "Correct it in the environment or in .env."
        ) from error
