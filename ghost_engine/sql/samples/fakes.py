"""Made-up values that look right for their column: chosen by its name, typed by its kind.

The same seed gives the same values; a value depends on its own table, column and row only. Every
value is PostgreSQL's text form, or None where nothing sensible can be made up.
"""

from __future__ import annotations

import random
import re
import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghost_engine.sql.samples.kinds import Kind
from ghost_engine.sql.samples.plan import MAX_ROWS
from ghost_engine.sql.samples.readings import EPOCH, array_literal

if TYPE_CHECKING:
    from faker import Faker

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
# For a text that failed a check nobody understood: the usual suspects, one an attempt.
_SHAPES = ("?##", "##########", "ascii_safe_email", "+############", "url", "hex_color")
_GONE = re.compile(r"deleted|archived|cancell?ed|removed|revoked|blocked")
_FUTURE = re.compile(r"due|expir|deadline|ends?(?:_|$)|until|next|renew|scheduled|finish|close")
_BIRTH = re.compile(r"birth|dob")


class Fakes:
    """A source of made-up values.

    Args:
        seed: the same seed, the same values.
    """

    def __init__(self, seed: int) -> None:
        from faker import Faker  # 0.3 s to import

        self._seed = seed
        self._faker: Faker = Faker("en_US")

    def draws(self, *parts: object) -> random.Random:
        """A generator that depends on the seed and `parts` alone."""
        return random.Random("|".join(map(str, (self._seed, *parts))))

    def value(
        self, table: str, column: str, kind: Kind, row: int, attempt: int = 0, null: bool = False
    ) -> str | None:
        """A value for the cell; another `attempt` gives another one.

        `null` says that the cell may stay empty, which suits columns such as `deleted_at`.
        """
        name, rng = _snake(column), self.draws(table, column, row, attempt)
        if null and _GONE.search(name) and rng.random() < 0.8:
            return None
        if kind.array:
            element = Kind(kind.base, False, kind.choices, kind.low, kind.high)
            made = [
                self.value(table, column, element, row, 10 * attempt + n)
                for n in range(rng.randint(1, 3))
            ]
            return array_literal([text for text in dict.fromkeys(made) if text is not None])
        if kind.choices:
            return rng.choice(kind.choices)
        if kind.is_text:
            return self._text(table, name, kind, row, attempt, rng)
        return _typed(name, kind, row, attempt, rng)

    def _text(
        self, table: str, name: str, kind: Kind, row: int, attempt: int, rng: random.Random
    ) -> str:
        people = any(word in _snake(table) for word in _suggestions()["people"])
        # Names and addresses of one row belong to one person.
        personal = re.search(r"first|last|full|mail|user_?name|^name$", name)
        self._faker.seed_instance(
            f"{self._seed}|{table}|{row}|{attempt}" if personal else rng.random()
        )
        text = (
            _drawn(self._faker, _SHAPES[(attempt - 2) % len(_SHAPES)])
            if kind.checked and attempt > 1
            else self._worded(_snake(table), name, people, rng)
        )
        return _fitted(text, kind, rng)

    def _worded(self, table: str, name: str, people: bool, rng: random.Random) -> str:
        fake = self._faker
        first, last = fake.first_name(), fake.last_name()
        if re.search(r"mail(?!ing)", name):
            return f"{first}.{last}@example.com".lower()
        if re.search(r"user_?name|login|handle|nick", name):
            return f"{first}{last[:1]}".lower()
        if re.search(r"first_name|given", name):
            return first
        if re.search(r"last_name|surname|family", name):
            return last
        owner = people and name in ("name", "full_name", "display_name", "title")
        if owner or re.search(
            r"full_name|(?:person|contact|customer|author|manager)_?(?:name)?$", name
        ):
            return f"{first} {last}"
        return self._thing(table, name, rng)

    def _thing(self, table: str, name: str, rng: random.Random) -> str:
        for thing in _suggestions()["things"]:
            if re.search(thing["match"], name):
                return _drawn(self._faker, thing["faker"])
        plain = name in ("name", "title", "label", "display_name")
        for group in _suggestions()["words"]:
            if re.search(group["match"], table if plain else name):
                return str(rng.choice(group["words"]))
        return _drawn(self._faker, "catch_phrase" if plain else "words")


@lru_cache(maxsize=1)
def _suggestions() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text())


def _drawn(fake: Faker, method: str) -> str:
    """One value of a Faker method, or of a pattern such as `??-####`."""
    if "#" in method or "?" in method:
        return str(fake.bothify(method, letters="ABCDEFGHJKLMNPRSTUVWXYZ"))
    if method == "words":
        return " ".join(fake.words(2)).capitalize()
    if method == "sentence":
        return str(fake.sentence(nb_words=6))
    return str(getattr(fake, method)()).replace("\n", ", ")


def _fitted(text: str, kind: Kind, rng: random.Random) -> str:
    """`text` cut or filled to the lengths that the column allows."""
    while len(text) < min(kind.min_length, 500):
        text += rng.choice("abcdefghijkmnpqrstuvwxyz23456789")
    if kind.max_length is None or len(text) <= kind.max_length:
        return text
    cut = text[: kind.max_length].rstrip(" .,@")
    return cut.upper() if kind.max_length <= 3 else cut


def _typed(name: str, kind: Kind, row: int, attempt: int, rng: random.Random) -> str | None:
    family = kind.family
    if family in _INTEGERS:
        return str(round(_amount(name, kind, row, attempt, rng, _INTEGERS[family])))
    if family in ("numeric", "real", "double precision", "money"):
        return _decimal(name, kind, row, attempt, rng)
    if family == "boolean":
        return "true" if rng.random() < (0.2 if _GONE.search(name) else 0.7) else "false"
    if re.match(r"timestamp|time|date$", family):
        return _dated(name, family, rng)
    return _special(family, kind, rng)


def _amount(
    name: str, kind: Kind, row: int, attempt: int, rng: random.Random, most: float
) -> float:
    if re.search(r"(?:^|_)id$", name):
        low = high = float(row + 1 + MAX_ROWS * attempt)
    elif re.search(r"position|sort|sequence|rank|ordinal|(?:^|_)order$|line_no", name):
        low = high = float(row + 1)
    else:
        found = ((low, high) for pattern, low, high in _AMOUNTS if pattern.search(name))
        low, high = next(found, (1, 100))
    if kind.low is not None and (low < kind.low or high < kind.low):
        low, high = kind.low, max(high, kind.low + 100)
    if kind.high is not None and high > kind.high:
        low, high = min(low, kind.high) if kind.low is None else kind.low, kind.high
    return min(rng.uniform(low, high), most)


def _decimal(name: str, kind: Kind, row: int, attempt: int, rng: random.Random) -> str:
    precision, scale = (*kind.modifiers, 0)[:2] if kind.modifiers else (12, 2)
    whole = precision - max(scale, 0)
    value = _amount(name, kind, row, attempt, rng, 10.0**whole - 1 if whole > 0 else 0.9)
    digits = max(0, min(scale, 6))
    return f"{value:.{digits}f}"


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


def _snake(name: str) -> str:
    """`customerName` -> `customer_name`."""
    name = name.rsplit(".", 1)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace(" ", "_").lower()
