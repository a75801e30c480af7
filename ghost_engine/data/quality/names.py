"""Names that say nothing, by the vocabulary of `names.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Patterns for whole names in lower case."""

    table: re.Pattern[str]
    column: re.Pattern[str]


def is_generic_table(name: str) -> bool:
    """True for names such as data, items or table_1."""
    return bool(_vocabulary().table.fullmatch(name.lower()))


def is_generic_column(name: str) -> bool:
    """True for names such as value, field1 or col_a."""
    return bool(_vocabulary().column.fullmatch(name.lower()))


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    words = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    tables, columns = "|".join(words["tables"]), "|".join(words["columns"])
    numbered = "|".join(words["numbered_columns"])
    return Vocabulary(
        re.compile(rf"(?:{tables})_?\d*"),
        re.compile(rf"(?:{columns})_?\d*|(?:{numbered})(?:_?\d+|_[a-z])"),
    )
