"""How fast answers are scored: 1,000 pairs of schemas of about five tables.

python benchmarks/sql_compare.py [--pairs 1000]

Three times: scoring alone, on schemas in memory; `score_predictions` with the references judged
already (a second scoring of a folder); and with every reference still to be judged by PostgreSQL
(the first). Prints seconds; not a test.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ghost_engine.data.pairs import Pair, PairColumn, visibility_of, write_pairs
from ghost_engine.evaluation import score_predictions
from ghost_engine.evaluation.predictions import Identity, Prediction, append_prediction
from ghost_engine.evaluation.references import FILE_NAME, judge_references
from ghost_engine.sql import check
from ghost_engine.sql.compare import compare

ENTITIES = (
    "customers", "orders", "order_items", "products", "categories", "suppliers", "invoices",
    "payments", "shipments", "addresses", "employees", "departments", "tickets", "comments",
)  # fmt: skip
FIELDS = (
    "name text", "email varchar(120)", "phone text", "status text", "quantity integer",
    "unit_price numeric(10,2)", "created_at timestamptz", "updated_at timestamptz", "due_date date",
    "notes text", "is_active boolean", "postal_code text", "city text", "total numeric(12,2)",
)  # fmt: skip
OTHER_WORDS = {"customers": "clients", "suppliers": "vendors", "quantity": "qty", "phone": "tel"}


def script(chance: random.Random, tables: int = 5) -> str:
    """A schema of `tables` tables, 4 to 10 columns each, linked one to the next."""
    statements, before = [], ""
    for name in chance.sample(ENTITIES, tables):
        columns = ["id bigint PRIMARY KEY", *chance.sample(FIELDS, chance.randint(3, 9))]
        if before:
            columns.append(f"{before}_id bigint REFERENCES {before} (id)")
        statements.append(f"CREATE TABLE {name} ({', '.join(columns)});")
        before = name
    return "\n".join(statements)


def answer_to(sql: str, chance: random.Random) -> str:
    """The schema in other words, with a column renamed beyond recognition."""
    for word, other in OTHER_WORDS.items():
        sql = sql.replace(word, other)
    return sql.replace(chance.choice(FIELDS).split()[0] + " ", "zzqxw ")


def fill(folder: Path, count: int) -> tuple[Path, list[Pair]]:
    """A pairs file and predictions for all of it, as an evaluation leaves them."""
    chance, out = random.Random(1), folder / "out"
    out.mkdir()
    pairs = []
    for number in range(count):
        sql = script(chance)
        marks = (PairColumn(table="customers", column="notes", visible="hidden"),)
        pairs.append(Pair(id=f"p{number}", image=f"{number}.png", sql=sql, columns=marks))
        report = check(answer_to(sql, chance))
        prediction = Prediction(
            f"p{number}", "", Identity("e"), report.sql, report.valid, report.schema, 1.0
        )
        append_prediction(out, prediction)
    write_pairs(folder / "pairs.jsonl", pairs)
    return folder / "pairs.jsonl", pairs


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000)
    count = parser.parse_args().pairs
    with TemporaryDirectory() as name:
        path, pairs = fill(Path(name), count)
        out = Path(name) / "out"
        judging = seconds(lambda: score_predictions(path, out))
        again = seconds(lambda: score_predictions(path, out))
        evaluation = score_predictions(path, out)
        references = judge_references(pairs, out)
        answers = {result.id: result.prediction.schema for result in evaluation.results}
        alone = seconds(
            lambda: [
                compare(answers[pair.id], references[pair.id].schema, visibility_of(pair))
                for pair in pairs
            ]
        )
        answer = {
            "pairs": count,
            "mean_score": evaluation.score().value,
            "seconds_compare_alone": alone,
            "seconds_score_folder_references_kept": again,
            "seconds_score_folder_references_judged": judging,
            "references_mb": round((out / FILE_NAME).stat().st_size / 1e6, 1),
        }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
