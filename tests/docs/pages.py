"""The documents taken apart: links, headings, and commands with what they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("notebooks/*.md")])

_BLOCK = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!\\)\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_SHELL = ("sh", "bash", "console", "")
_COMMAND = re.compile(
    r"(?:^|[|&;] *|\b[A-Z_]+=\S+ )((?:\.venv/bin/)?(?:ghost|make|python) [^|&;#]+)"
)


@dataclass(frozen=True)
class Block:
    """A block of commands; `needs` is what stands behind its language: "gpu", "model"..."""

    page: Path
    language: str
    needs: str
    lines: tuple[str, ...]


def blocks(page: Path) -> list[Block]:
    return [
        Block(page, language, needs.strip(), tuple(text.splitlines()))
        for language, needs, text in _BLOCK.findall(page.read_text("utf-8"))
        if language in _SHELL
    ]


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _BLOCK.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    return _LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page)))


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    found: set[str] = set()
    for title in re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = sum(
            each == slug or re.fullmatch(rf"{re.escape(slug)}-\d+", each) is not None
            for each in found
        )
        found.add(f"{slug}-{number}" if number else slug)
    return found


def commands(page: Path) -> list[str]:
    """Every `ghost`, `make` and `python` of a page, in blocks and in the text."""
    lines = [line for block in blocks(page) for line in block.lines]
    lines += re.findall(r"`((?:ghost|make|python) [^`\n]+)`", prose(page))
    return [found.strip() for line in lines for found in _COMMAND.findall(line.removeprefix("$ "))]
