"""Build `data/dataset.json` from the examples in `data/text_examples`.

python scripts/build_text_dataset.py [--source FOLDER] [--out FILE]

Each `<name>.sql` there is one example: its leading block of `--` lines describes a screen, the rest
is the schema. They are read in the order of their names, judged by PostgreSQL, and written only if
every one of them runs, has a primary key in every table and repeats no other. The same sources give
the same bytes. Prints statistics as JSON; lists what is wrong and exits 1 if anything is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghost_engine.errors import GhostError
from ghost_engine.prompts import text_row
from ghost_engine.sql import check
from ghost_engine.sql.schema import Schema

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Example:
    """A screen in words and its schema; `sql_line` is where the schema begins in the file."""

    name: str
    description: str
    sql: str
    sql_line: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An example, the schema PostgreSQL made of it, and what is wrong with it alone."""

    example: Example
    schema: Schema
    faults: tuple[str, ...]


def read_examples(folder: Path) -> list[Example]:
    """The examples of a folder, in the order of their names."""
    paths = sorted(folder.glob("*.sql"), key=lambda path: path.name)
    return [parse_example(path.stem, path.read_text("utf-8")) for path in paths]


def parse_example(name: str, text: str) -> Example:
    """Split a file at the end of its leading `--` lines; a bare `--` is an empty line."""
    lines = text.split("\n")
    size = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    described = [line.removeprefix("--").removeprefix(" ").rstrip() for line in lines[:size]]
    while size < len(lines) and not lines[size].strip():
        size += 1
    description, sql = "\n".join(described).strip("\n"), "\n".join(lines[size:]).rstrip()
    return Example(name, description, sql, size + 1)


def judge(example: Example) -> Judged:
    """Hold one example against PostgreSQL."""
    report = check(example.sql)
    faults = [f"line {example.sql_line + each.line - 1}: {each.message}" for each in report.errors]
    if not example.description:
        faults.append("no description: begin the file with -- lines")
    faults += [
        f"{table.name} has no primary key"
        for table in report.schema.tables
        if not table.primary_key
    ]
    return Judged(example, report.schema, tuple(faults))


def find_faults(judged: Sequence[Judged]) -> list[str]:
    """Everything that keeps the examples from being written, one line each."""
    faults = [f"{each.example.name}: {fault}" for each in judged for fault in each.faults]
    faults += _repeats("description", ((each, _words(each)) for each in judged))
    faults += _repeats("schema", ((each, each.schema) for each in judged if each.schema.tables))
    return faults


def dataset_text(examples: Iterable[Example]) -> str:
    """The dataset file: a JSON array, one key a line."""
    rows = [text_row(each.description, each.sql) for each in examples]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def statistics(judged: Sequence[Judged]) -> dict[str, Any]:
    """What the examples hold, counted in PostgreSQL's catalog."""
    schemas = [each.schema for each in judged]
    tables = [table for schema in schemas for table in schema.tables]
    columns = [column for table in tables for column in table.columns]
    types = Counter(column.type.split("(")[0] for column in columns)
    common = {name: count for name, count in types.most_common() if count >= 5}
    return {
        "examples": len(judged),
        "tables": len(tables),
        "tables_per_example": round(len(tables) / max(len(judged), 1), 1),
        "columns": len(columns),
        "foreign_keys": sum(len(table.foreign_keys) for table in tables),
        "composite_keys": sum(len(table.primary_key) > 1 for table in tables),
        "uniques": sum(len(table.uniques) for table in tables),
        "checks": sum(len(table.checks) for table in tables),
        "indexes": sum(len(table.indexes) for table in tables),
        "enums": sum(len(schema.enums) for schema in schemas),
        "generated_columns": sum(column.generated is not None for column in columns),
        "words_per_description": round(
            sum(len(each.example.description.split()) for each in judged) / max(len(judged), 1)
        ),
        "types": common,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, default=DATA / "text_examples")
    parser.add_argument("--out", type=Path, default=DATA / "dataset.json")
    options = parser.parse_args()
    try:
        judged = [judge(example) for example in read_examples(options.source)]
    except (GhostError, OSError, UnicodeError) as error:
        return _refuse([str(error)])
    faults = find_faults(judged) if judged else [f"{options.source} holds no .sql files"]
    if faults:
        return _refuse(faults)
    _write(options.out, dataset_text(each.example for each in judged))
    sys.stdout.write(json.dumps(statistics(judged), indent=2) + "\n")
    return 0


def _repeats(what: str, keyed: Iterable[tuple[Judged, object]]) -> list[str]:
    first: dict[object, str] = {}
    faults = []
    for each, key in keyed:
        name = each.example.name
        if key in first:
            faults.append(f"{name}: the same {what} as {first[key]}")
        first.setdefault(key, name)
    return faults


def _words(judged: Judged) -> str:
    return " ".join(judged.example.description.casefold().split())


def _refuse(faults: Iterable[str]) -> int:
    sys.stderr.write("".join(f"{fault}\n" for fault in faults) + "Nothing was written.\n")
    return 1


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(text.encode("utf-8"))
    partial.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
