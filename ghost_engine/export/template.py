"""The chat template of the exported model."""

from __future__ import annotations

from pathlib import Path


def chat_template(folder: Path) -> str:
    return (folder / "chat_template.jinja").read_text("utf-8")
