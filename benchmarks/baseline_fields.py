"""Which labels of a screen the built-in engine finds as fields, and which fields are not there.

python benchmarks/baseline_fields.py data/pairs.jsonl [--kind list --kind filter] [--show]

The truth of synthetic pairs holds the label of each visible column. A label is found when a field
of a region has it; a field whose label no column has is false. Text is read once and kept, so a
second run measures the rules alone. Not a test.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from ghost_engine import ocr
from ghost_engine.data.images import read_picture
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.reading import read_findings

MIN_LIKENESS = 0.8  # a text reader mistakes a letter now and then


@dataclass
class Tally:
    """What was there, found and made up, over some screens."""

    screens: int = 0
    labels: int = 0
    found: int = 0
    false: int = 0

    def __str__(self) -> str:
        recall = self.found / max(1, self.labels)
        precision = self.found / max(1, self.found + self.false)
        return (
            f"{self.screens:4} screens  {self.found:5} of {self.labels:5} labels ({recall:.3f})"
            f"  {self.false:4} false fields (precision {precision:.3f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--kind", action="append", help="of screen; may be repeated")
    parser.add_argument("--show", action="store_true", help="each screen that is not right")
    options = parser.parse_args()
    tallies: dict[str, Tally] = defaultdict(Tally)
    for line in options.pairs.read_text("utf-8").splitlines():
        pair = json.loads(line)
        if options.kind and pair["screen_kind"] not in options.kind:
            continue
        missing, false, labels = compare(pair, options.pairs.parent)
        for name in (pair["screen_kind"], "all"):
            tally = tallies[name]
            tally.screens += 1
            tally.labels += labels
            tally.found += labels - len(missing)
            tally.false += len(false)
        if options.show and (missing or false):
            sys.stdout.write(f"{pair['image']} {pair['screen_kind']} {pair.get('framework', '')}\n")
            sys.stdout.write(f"    missing {missing}\n    false   {false}\n")
    for name, tally in sorted(tallies.items()):
        sys.stdout.write(f"{name:14} {tally}\n")


def compare(pair: dict[str, Any], folder: Path) -> tuple[list[str], list[str], int]:
    """The labels without a field, the fields without a label, and how many labels there are."""
    picture = read_picture(folder / pair["image"])
    findings = read_findings(picture.pixels, ocr.read(picture), 0)
    fields = [field for finding in findings for field in finding.region.fields]
    labels = {
        column["label"]
        for column in pair["columns"]
        if column.get("label") and column["class"] == "visible"
    }
    found = [field.label for field in fields if not is_action(field.label)]
    missing = [label for label in labels if not any(_alike(label, other) for other in found)]
    false = [label for label in found if not any(_alike(label, other) for other in labels)]
    return sorted(missing), false, len(labels)


def _alike(one: str, other: str) -> bool:
    return _likeness(one, other) >= MIN_LIKENESS


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _letters(one), _letters(other)).ratio()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


if __name__ == "__main__":
    main()
