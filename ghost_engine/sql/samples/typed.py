"""Made-up numbers, dates and other values that are no words.

`typed_value(spot)` gives PostgreSQL's text form, or None for a type it knows nothing of.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ghost_engine.sql.samples.kinds import Kind
from ghost_engine.sql.samples.plan import MAX_ROWS
from ghost_engine.sql.samples.readings import EPOCH

_INTEGERS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**53}
_AMOUNTS = (  # pattern, low, high
    (re.compile(r"price|cost|amount|total|balance|fee|paid|value|spend"), 5, 900),
    (re.compile(r"salary|revenue|income|budget|turnover"), 20_000, 120_000),
    (re.compile(r"rating|score|stars|grade|level|priority"), 1, 5),
    (re.compile(r"percent|rate|discount|progress|share|tax|completion"), 0, 100),
    (re.compile(r"^lat|latitude"), -60, 60),
    (re.compile(r"^lon|^lng|longitude"), -180, 180),
    (re.compile(r"year"), 2015, 2025),
    (re.compile(r"(?:^|_)age$"), 18, 75),
    (re.compile(r"quantity|qty|count|stock|units|number_of|seats|capacity"), 1, 120),
    (re.compile(r"duration|minutes|seconds|hours"), 5, 180),
    (re.compile(r"size|bytes"), 1_000, 900_000),
)
GONE = re.compile(r"deleted|archived|cancell?ed|removed|revoked|blocked")
_FUTURE = re.compile(r"due|expir|deadline|ends?(?:_|$)|until|next|renew|scheduled|finish|close")
_BIRTH = re.compile(r"birth|dob")


@dataclass(frozen=True, slots=True)
class Spot:
    """The cell to fill. `table` and `name` are in snake_case, `rng` is the cell's own."""

    table: str
    name: str
    kind: Kind
    row: int
    attempt: int
    rng: random.Random

    @property
    def turn(self) -> int:
        """A number that differs from row to row and from attempt to attempt."""
        return self.row + MAX_ROWS * self.attempt


def typed_value(spot: Spot) -> str | None:
    """A value for a column that holds no free text."""
    family = spot.kind.family
    if family in _INTEGERS:
        return str(round(_amount(spot, _INTEGERS[family])))
    if family in ("numeric", "real", "double precision", "money"):
        return _decimal(spot)
    if family == "boolean":
        return "true" if spot.rng.random() < (0.2 if GONE.search(spot.name) else 0.7) else "false"
    if re.match(r"timestamp|time|date$", family):
        return _dated(spot.name, family, spot.rng)
    return _special(family, spot.kind, spot.rng)


def _amount(spot: Spot, most: float) -> float:
    name, kind = spot.name, spot.kind
    if re.search(r"(?:^|_)id$", name):
        low = high = float(spot.turn + 1)
    elif re.search(r"position|sort|sequence|rank|ordinal|(?:^|_)order$|line_no", name):
        low = high = float(spot.row + 1)
    else:
        found = ((low, high) for pattern, low, high in _AMOUNTS if pattern.search(name))
        low, high = next(found, (1, 100))
    if kind.low is not None and (low < kind.low or high < kind.low):
        low, high = kind.low, max(high, kind.low + 100)
    if kind.high is not None and high > kind.high:
        low, high = min(low, kind.high) if kind.low is None else kind.low, kind.high
    return min(spot.rng.uniform(low, high), most)


def _decimal(spot: Spot) -> str:
    precision, scale = (*spot.kind.modifiers, 0)[:2] if spot.kind.modifiers else (12, 2)
    whole = min(precision - max(scale, 0), 15)
    value = _amount(spot, 10.0**whole - 1 if whole > 0 else 0.9)
    return f"{value:.{max(0, min(scale, 6))}f}"


def _dated(name: str, family: str, rng: random.Random) -> str:
    moment = _moment(name, rng)
    if family == "date":
        return moment.date().isoformat()
    if family.startswith("time with"):
        return moment.time().replace(hour=8 + moment.hour % 10).isoformat("minutes")
    return moment.isoformat(sep=" ")


def _moment(name: str, rng: random.Random) -> datetime:
    minutes = 5 * rng.randrange(12 * 24)
    if _BIRTH.search(name):
        days = -rng.randint(20 * 365, 60 * 365)
    elif _FUTURE.search(name):
        days = rng.randint(2, 60)
    elif re.search(r"updated|modified|last", name):
        days = -rng.randint(0, 20)
    else:
        days = -rng.randint(21, 400)
    return EPOCH.replace(hour=0) + timedelta(days=days, minutes=minutes)


def _special(family: str, kind: Kind, rng: random.Random) -> str | None:
    start = EPOCH.date() + timedelta(days=rng.randint(-60, 60))
    number = rng.randint(1, 200)
    bits = kind.modifiers[0] if kind.modifiers else 1
    if family == "vector":
        return "[" + ",".join(f"{rng.uniform(-1, 1):.3f}" for _ in range(bits)) + "]"
    if family in ("bit", "bit varying"):
        if bits > 10_000:
            return None
        return "".join(rng.choice("01") for _ in range(bits))
    forms = {
        "uuid": "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}".format(
            *(rng.getrandbits(size) for size in (32, 16, 12, 12, 48))
        ),
        "interval": f"{rng.randint(1, 12) * 15} minutes",
        "inet": f"192.0.2.{number}",
        "cidr": f"198.51.{number}.0/24",
        "macaddr": f"02:00:5e:10:00:{number:02x}",
        "macaddr8": f"02:00:5e:10:00:00:00:{number:02x}",
        "json": f'{{"note": "sample {number}"}}',
        "jsonb": f'{{"note": "sample {number}"}}',
        "hstore": f"note=>{number}",
        "ltree": f"top.branch{number}",
        "bytea": f"\\x{rng.getrandbits(32):08x}",
        "tsvector": "sample text",
        "point": f"({number},{rng.randint(1, 200)})",
        "daterange": f"[{start},{start + timedelta(days=7)})",
        "tsrange": f"[{start} 08:00,{start} 10:00)",
        "tstzrange": f"[{start} 08:00+00,{start} 10:00+00)",
        **dict.fromkeys(("int4range", "int8range", "numrange"), f"[{number},{number + 10})"),
    }
    return forms.get(family)
