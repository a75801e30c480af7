"""An export as lines for a shell: the `ghost export` that does the same, and what to do with what
it made.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from ghost_engine.export.config import DEFAULT_NAME, DEFAULT_OUT, ExportConfig
from ghost_engine.prompts import VISION_INSTRUCTION

_USUAL: tuple[str, ...] = ("q4_k_m",)


def command_line(config: ExportConfig, subject: str = "", *, named_base: str = "") -> str:
    """The line for a shell; only what differs from the defaults is said.

    Args:
        config: what to export.
        subject: the run or the folder as a person would name it; the adapter's folder without it.
        named_base: the base that the adapter names by itself, which need not be said.
    """
    words = ["ghost", "export", subject or config.run or config.adapter]
    if tuple(config.quants) != _USUAL:
        words += [part for quant in config.quants for part in ("--quant", quant)]
    if config.base != named_base:
        words += ["--base", config.base]
    for flag, value, usual in (
        ("--name", config.name, DEFAULT_NAME),
        ("--out", config.out, DEFAULT_OUT),
        ("--ollama", config.ollama, ""),
        ("--ollama-url", config.ollama_url, ""),
    ):
        words += [flag, value] if value != usual else []
    for flag, said in (
        ("--keep-merged", config.keep_merged),
        ("--from-nf4", config.from_nf4),
        ("--yes", config.download),
        ("--force", config.replace),
    ):
        words += [flag] if said else []
    return shlex.join(words)


def ollama_lines(folder: Path, name: str, *, created: bool = False) -> str:
    """Make the model in Ollama from its Modelfile, and ask it about a picture.

    Args:
        folder: where the files are.
        name: the model's name in Ollama.
        created: it is there already.
    """
    ask = shlex.join(["ollama", "run", name, f"{VISION_INSTRUCTION} ./screenshot.png"])
    if created:
        return ask
    modelfile = shlex.quote(str(folder / "Modelfile"))
    return f"ollama create {shlex.quote(name)} -f {modelfile}\n{ask}"


def server_line(text: Path, mmproj: Path, context: int = 4096) -> str:
    """Serve a file with llama.cpp, vision included."""
    words = ["llama-server", "-m", str(text), "--mmproj", str(mmproj), "-c", str(context)]
    return shlex.join(words)
