"""Whether the built-in engine's confidence means what it says.

python benchmarks/confidence.py [--pairs FILE ...] [--every N] [--out FILE] [--fit]

For each band of confidence: how many tables and columns the engine gave it, the confidence it gave
them on average, and how many of them met one of the reference (precision, as `ghost eval` counts).
What met something that the screenshot hides is not counted. `error` is the mean distance of the
two, weighted by how many; `ranking` the chance that of a right and a wrong one the right one has
the higher confidence (0.5: it says nothing). `--out` keeps what each figure was made of
as JSON lines. `--fit` gives the weights that fit best for the curves of
`ghost_engine/inference/baseline/confidence.py`, each file of pairs counting as much as the others.
Not a test.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ghost_engine import check_sql, ocr
from ghost_engine.data.images import read_picture
from ghost_engine.data.pairs import Pair, read_pairs, visibility_of
from ghost_engine.inference.baseline.confidence import calibrate, log_odds
from ghost_engine.inference.baseline.ddl import write_ddl
from ghost_engine.inference.baseline.plan import ID, PlannedTable
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.relations import plan_tables
from ghost_engine.sql.compare import Comparison, compare

PAIRS = Path(__file__).resolve().parents[1] / "data" / "pairs.jsonl"
EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True, slots=True)
class Said:
    """One table or column of an answer: the confidence given, and whether it is right.

    `own` and `table` are what the stages said of it and of its table before the curves.
    """

    pair: str
    kind: str
    name: str
    confidence: float
    right: bool
    own: float
    table: float
    labelled: bool


def judge_pair(pair: Pair, folder: Path) -> Iterator[Said]:
    picture = read_picture(pair.image_path(folder))
    tables = plan_tables(read_findings(picture.pixels, ocr.read(picture), 0))
    report = check_sql(write_ddl(tables))
    reference = check_sql(pair.sql)
    if report.valid and reference.valid:
        yield from _said(pair, tables, compare(report, reference))


def _said(pair: Pair, tables: Sequence[PlannedTable], found: Comparison) -> Iterator[Said]:
    met_tables = {_bare(match.predicted): match.reference for match in found.matches}
    met = {
        (_bare(match.predicted), column.predicted): (match.reference, column.reference)
        for match in found.matches
        for column in match.columns
    }
    visibility = visibility_of(pair)
    hidden = {key for key, shown in (visibility.columns if visibility else {}).items()
              if shown == "hidden"}  # fmt: skip
    for table, given in zip(tables, calibrate(tables), strict=True):
        right = table.name in met_tables
        own = table.confidence
        yield Said(pair.id, "table", table.name, given.confidence, right, own, own, False)
        for column, told in zip(table.columns, given.columns, strict=True):
            counterpart = met.get((table.name, column.name))
            if counterpart not in hidden:
                yield Said(
                    pair.id,
                    "key" if column.name == ID else "column",
                    f"{table.name}.{column.name}",
                    told.confidence,
                    counterpart is not None,
                    column.confidence,
                    own,
                    column.label is not None,
                )


def _bare(qualified: str) -> str:
    return qualified.rpartition(".")[2].strip('"')


def bands(said: Sequence[Said]) -> list[dict[str, Any]]:
    rows = []
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        inside = [item for item in said if low <= item.confidence < high]
        if inside:
            rows.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "n": len(inside),
                    "confidence": round(sum(i.confidence for i in inside) / len(inside), 3),
                    "precision": round(sum(i.right for i in inside) / len(inside), 3),
                }
            )
    return rows


def calibration_error(rows: Sequence[dict[str, Any]]) -> float:
    total = sum(row["n"] for row in rows)
    return sum(row["n"] * abs(row["confidence"] - row["precision"]) for row in rows) / total


def ranking(said: Sequence[Said]) -> float | None:
    """The area under the ROC curve, ties as half."""
    right = [item.confidence for item in said if item.right]
    wrong = [item.confidence for item in said if not item.right]
    if not right or not wrong:
        return None
    wins = sum((one > other) + 0.5 * (one == other) for one in right for other in wrong)
    return wins / (len(right) * len(wrong))


def summary(said: Sequence[Said]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for kind in ("table", "column", "key"):
        mine = [item for item in said if item.kind == kind]
        if mine:
            rows, rank = bands(mine), ranking(mine)
            answer[kind] = {
                "bands": rows,
                "error": round(calibration_error(rows), 3),
                "ranking": None if rank is None else round(rank, 3),
            }
    return answer


def fit(files: Sequence[Sequence[Said]]) -> dict[str, dict[str, float]]:
    """The weights with the least log loss among those that are not negative."""
    import numpy as np
    from scipy.optimize import minimize

    used = {"table": ("own",), "key": ("table",), "column": ("own", "table", "labelled")}
    answer = {}
    for kind, names in used.items():
        parts = [[item for item in said if item.kind == kind] for said in files]
        items = [item for part in parts for item in part]
        shares = np.array([1 / len(part) for part in parts for _ in part])
        figures = np.array([[1.0, *(_figure(item, name) for name in names)] for item in items])
        right = np.array([item.right for item in items], float)

        def loss(weights: Any, x: Any = figures, y: Any = right, share: Any = shares) -> float:
            odds = x @ weights
            return float((share * (np.logaddexp(0, odds) - y * odds)).sum())

        bounds = [(None, None), *((0, None) for _ in names)]
        found = minimize(loss, np.zeros(len(names) + 1), bounds=bounds).x
        weights = (round(float(weight), 2) for weight in found)
        answer[kind] = dict(zip(("start", *names), weights, strict=True))
    return answer


def _figure(item: Said, name: str) -> float:
    value = getattr(item, name)
    return float(value) if name == "labelled" else log_odds(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, nargs="+", default=[PAIRS])
    parser.add_argument("--every", type=int, default=1, help="only every n-th pair")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--fit", action="store_true")
    chosen = parser.parse_args()
    answers: dict[str, Any] = {}
    everything: list[list[Said]] = []
    for path in chosen.pairs:
        pairs = read_pairs(path)[:: chosen.every]
        said = [one for pair in pairs for one in judge_pair(pair, path.parent)]
        answers[str(path)] = summary(said)
        everything.append(said)
    if chosen.out:
        lines = (
            json.dumps(asdict(item), ensure_ascii=False) for said in everything for item in said
        )
        chosen.out.write_text("\n".join(lines) + "\n", "utf-8")
    if chosen.fit:
        answers["fit"] = fit(everything)
    sys.stdout.write(json.dumps(answers, indent=2) + "\n")


if __name__ == "__main__":
    main()
