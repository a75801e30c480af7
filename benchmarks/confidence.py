"""Whether the built-in engine's confidence means what it says.

python benchmarks/confidence.py [--pairs FILE ...] [--every N] [--out FILE]

For each band of confidence: how many tables and columns the engine gave it, the confidence it gave
them on average, and how many of them met one of the reference (precision, as `ghost eval` counts).
What met something that the screenshot hides is not counted. `error` is the mean distance of the
two, weighted by how many; `ranking` the chance that of a right and a wrong one the right one has
the higher confidence (0.5: it says nothing). `--out` keeps every (kind, confidence, right) as JSON
lines. Not a test.
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
from ghost_engine.inference.baseline.ddl import write_ddl
from ghost_engine.inference.baseline.plan import PlannedTable
from ghost_engine.inference.baseline.reading import read_findings
from ghost_engine.inference.baseline.relations import plan_tables
from ghost_engine.sql.compare import Comparison, compare

PAIRS = Path(__file__).resolve().parents[1] / "data" / "pairs.jsonl"
EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True, slots=True)
class Said:
    """One table or column of an answer: the confidence given, and whether it is right."""

    pair: str
    kind: str
    name: str
    reason: str
    confidence: float
    right: bool


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
    for table in tables:
        yield Said(pair.id, "table", table.name, table.reason, table.confidence,
                   table.name in met_tables)  # fmt: skip
        for column in table.columns:
            counterpart = met.get((table.name, column.name))
            if counterpart not in hidden:
                name = f"{table.name}.{column.name}"
                kind = "column" if column.name != "id" else "key"
                yield Said(pair.id, kind, name, column.reason, column.confidence,
                           counterpart is not None)  # fmt: skip


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, nargs="+", default=[PAIRS])
    parser.add_argument("--every", type=int, default=1, help="only every n-th pair")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    answers: dict[str, Any] = {}
    everything: list[Said] = []
    for path in chosen.pairs:
        pairs = read_pairs(path)[:: chosen.every]
        said = [one for pair in pairs for one in judge_pair(pair, path.parent)]
        answers[str(path)] = summary(said)
        everything += said
    if chosen.out:
        lines = (json.dumps(asdict(item), ensure_ascii=False) for item in everything)
        chosen.out.write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(json.dumps(answers, indent=2) + "\n")


if __name__ == "__main__":
    main()
