"""Holds the notebook to what git should keep: no outputs, thin cells, one address of the project.

`check_notebook.py` names what is wrong and exits 1, `--clear` removes outputs, and
`--home OWNER/REPO` writes the address into the notebook's badge and form and the README's badge.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "main.ipynb"
README = ROOT / "README.md"
MOST_LINES = 20
COLAB = "https://colab.research.google.com/github/"
_BADGE = re.compile(rf"\]\({re.escape(COLAB)}([^)]*)\)")
_FORM = re.compile(r'^REPOSITORY = "([^"]*)"', re.MULTILINE)

Notebook = dict[str, Any]


def faults(notebook: Notebook, readme: str = "") -> Iterator[str]:
    """What is wrong, a line each."""
    for number, cell in enumerate(notebook["cells"], 1):
        yield from (f"cell {number}: {words}" for words in _cell_faults(cell))
    badge, form = _BADGE.search(_text(notebook)), _FORM.search(_text(notebook))
    beside = _BADGE.search(readme)
    if badge is None or form is None:
        yield "the badge or the REPOSITORY field is gone"
        return
    home = badge[1].removesuffix(_path())
    if form[1] != (f"https://github.com/{home}" if home else ""):
        yield f"the badge leads to {home or 'no repository'}, REPOSITORY says {form[1]!r}"
    if beside is not None and beside[1] != badge[1]:
        yield "the README's badge leads elsewhere than the notebook's"


def cleared(notebook: Notebook) -> Notebook:
    """Without outputs, counts and traces of whoever ran it."""
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def with_home(text: str, home: str) -> str:
    """Badge and form with this address; "" for none."""
    text = _BADGE.sub(lambda _: f"]({COLAB}{home}{_path() if home else ''})", text)
    address = f"https://github.com/{home}" if home else ""
    form = re.compile(r'REPOSITORY = (\\?")[^"\\]*')  # quotes are escaped inside of JSON
    return form.sub(lambda found: f"REPOSITORY = {found[1]}{address}", text)


def _cell_faults(cell: dict[str, Any]) -> Iterator[str]:
    if cell["metadata"]:
        yield "has metadata of whoever ran it"
    if cell["cell_type"] != "code":
        return
    if cell["outputs"] or cell["execution_count"] is not None:
        yield "has outputs"
    if len(cell["source"]) > MOST_LINES:
        yield f"has {len(cell['source'])} lines; what they do belongs into ghost_engine/notebook"


def _path() -> str:
    return f"/blob/main/{NOTEBOOK.relative_to(ROOT).as_posix()}"


def _text(notebook: Notebook) -> str:
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def _write(notebook: Notebook) -> None:
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Hold the notebook to what git should keep.")
    parser.add_argument("--clear", action="store_true", help="remove outputs")
    parser.add_argument("--home", metavar="OWNER/REPO", help="where the project is on GitHub")
    asked = parser.parse_args(argv)
    if asked.clear:
        _write(cleared(json.loads(NOTEBOOK.read_text("utf-8"))))
    if asked.home is not None:
        for path in (NOTEBOOK, README):
            path.write_text(with_home(path.read_text("utf-8"), asked.home), "utf-8")
    found = list(faults(json.loads(NOTEBOOK.read_text("utf-8")), README.read_text("utf-8")))
    for words in found:
        sys.stderr.write(f"{NOTEBOOK.relative_to(ROOT)}: {words}\n")
    if found:
        sys.stderr.write("Outputs: python scripts/check_notebook.py --clear\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
