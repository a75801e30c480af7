"""What is lost after reading: the built-in engine's names and relations on perfectly read screens.

python scripts/reader_screens.py --out drawn --pairs PAIRS
python scripts/reader_samples.py drawn --out drawn.npz --ocr
python benchmarks/baseline_ceiling.py PAIRS drawn.npz [--every 2]

Draws the screens of PAIRS again (only generated ones can be), so that of every text in the picture
is known what it is, which label a value has and what belongs together. Prints the score of the
engine, the score with that in place of its own reading, both by kind of screen, and how often the
words of a label are the column's name at all. Not a test.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from reader_disturb import load_samples  # noqa: E402
from reader_model import KINDS, REGIONS, ROLES  # noqa: E402

from ghost_engine import ocr  # noqa: E402
from ghost_engine.data.images import read_picture  # noqa: E402
from ghost_engine.data.pairs import Pair, read_pairs, visibility_of  # noqa: E402
from ghost_engine.inference.baseline import reading  # noqa: E402
from ghost_engine.inference.baseline.ddl import write_ddl  # noqa: E402
from ghost_engine.inference.baseline.names import to_identifier  # noqa: E402
from ghost_engine.inference.baseline.reader.decode import Reading, decode  # noqa: E402
from ghost_engine.inference.baseline.reader.network import Network, Understanding  # noqa: E402
from ghost_engine.inference.baseline.relations import plan_tables  # noqa: E402
from ghost_engine.inference.baseline.texts import Text  # noqa: E402
from ghost_engine.sql.compare import compare  # noqa: E402
from ghost_engine.sql.compare.names import column_name  # noqa: E402
from ghost_engine.sql.compare.similarity import name_tier  # noqa: E402
from ghost_engine.sql.validate import check  # noqa: E402

Sample = Mapping[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("samples", type=Path, help="of the same screens, in the same order")
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    pairs, samples = read_pairs(asked.pairs), load_samples(asked.samples)
    if len(pairs) != len(samples):
        sys.exit(f"{len(pairs)} pairs, but {len(samples)} samples: draw all of them.")
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for pair, sample in list(zip(pairs, samples, strict=True))[:: asked.every]:
        with _reading_known(sample):
            best = _score(pair, asked.pairs.parent)
        own = _score(pair, asked.pairs.parent)
        scores[pair.screen_kind or ""].append((own, best))
    scores["all"] = [each for some in scores.values() for each in some]
    sys.stdout.write(f"{'kind':14} {'n':>4}  engine  perfectly read\n")
    for kind, values in sorted(scores.items()):
        own, best = (statistics.mean(side) for side in zip(*values, strict=True))
        sys.stdout.write(f"{kind:14} {len(values):4}  {own:.3f}   {best:.3f}\n")
    right, labels = _names(asked.pairs)
    sys.stdout.write(f"a label's words are its column's name: {right} of {labels}")
    sys.stdout.write(f" ({right / max(1, labels):.3f})\n")


def _score(pair: Pair, folder: Path) -> float:
    picture = read_picture(folder / pair.image)
    findings = reading.read_findings(picture.pixels, ocr.read(picture), 0)
    sql = write_ddl(plan_tables(findings))
    return compare(check(sql), pair.sql, visibility_of(pair)).score


def _reading_known(sample: Sample) -> AbstractContextManager[Any]:
    """The learned reader's place is taken by what is true."""

    def read(texts: Sequence[Text], *_: Any) -> Reading:
        return _true_reading(texts, sample)

    return patch.multiple(
        reading,
        read_page=read,
        is_sure=lambda *_: True,
        learned_regions=lambda known, *_: known.regions,
    )


def _true_reading(texts: Sequence[Text], sample: Sample) -> Reading:
    """What a reader would say that makes no mistake."""
    at = {tuple(map(int, box)): place for place, box in enumerate(sample["boxes"])}
    places = [at.get(tuple(text.box)) for text in texts]
    told = {key: [_of(sample, key, place) for place in places]
            for key in ("roles", "regions", "fields")}  # fmt: skip
    parts = [field.split("|") if field else None for field in told["fields"]]
    names = ["", *sorted({part[2] for part in parts if part})]
    one_of = {
        "roles": [ROLES.index(role or "other") for role in told["roles"]],
        "regions": [REGIONS.index(each.split(":")[0] or "none") for each in told["regions"]],
        "kinds": [KINDS.index(part[1]) if part else 0 for part in parts],
        "names": [names.index(part[2]) if part else 0 for part in parts],
    }
    sizes = (len(ROLES), len(REGIONS), len(KINDS), len(names))
    heads = {key: np.eye(size, dtype=np.float32)[chosen]
             for (key, chosen), size in zip(one_of.items(), sizes, strict=True)}  # fmt: skip
    seen = Understanding(
        **heads,
        lookup=_flags(bool(part and part[3]) for part in parts),
        person=_flags(bool(part and part[4]) for part in parts),
        labels=_labels(texts, told),
        same_field=_same(list(zip(told["regions"], told["fields"], strict=True)), told["fields"]),
        same_place=_same(told["regions"], told["regions"]),
    )
    network = Network({}, tuple(ROLES), tuple(REGIONS), tuple(KINDS), tuple(names), 0, 0)
    return decode(network, texts, seen)


def _of(sample: Sample, key: str, place: int | None) -> str:
    return "" if place is None else str(sample[key][place])


def _flags(values: Iterator[bool]) -> Any:
    return np.array(list(values), np.float32)


def _same(keys: Sequence[Any], asked: Sequence[str]) -> Any:
    made = [[bool(here) and one == other for other in keys]
            for one, here in zip(keys, asked, strict=True)]  # fmt: skip
    return np.array(made, np.float32).reshape(len(keys), len(keys))


def _labels(texts: Sequence[Text], told: Mapping[str, Sequence[str]]) -> Any:
    """Of each value the nearest label of its field."""
    count = len(texts)
    made = np.zeros((count, count + 1), np.float32)
    marks = list(zip(told["regions"], told["fields"], strict=True))
    for number, (text, role) in enumerate(zip(texts, told["roles"], strict=True)):
        own = [n for n in range(count) if told["roles"][n] == "label" and marks[n] == marks[number]]
        asks = role == "value" and told["fields"][number] and own
        made[number, min(own, key=lambda n: _far(text, texts[n])) if asks else count] = 1
    return made


def _far(one: Text, other: Text) -> float:
    return abs(one.box[0] - other.box[0]) + 2 * abs(one.center_y - other.center_y)


def _names(path: Path) -> tuple[int, int]:
    """Of the columns with a label that point nowhere: those that its words name, and all."""
    told: set[tuple[str, str, str, str]] = set()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        for column in row["columns"]:
            if column.get("label") and not column["column"].endswith("_id"):
                label = column["label"].strip(" *:")
                told.add((row.get("domain", ""), label.lower(), column["table"], column["column"]))
    right = sum(
        name_tier(column_name(to_identifier(label, "x"), table), column_name(name, table))
        is not None
        for _, label, table, name in told
    )
    return right, len(told)


if __name__ == "__main__":
    main()
