"""Made-up values that look right for their column: chosen by its name, typed by its kind.

The same seed gives the same values; a value depends on its own table, column and row only. Every
value is PostgreSQL's text form, or None where nothing sensible can be made up.
"""

from __future__ import annotations

import random
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghost_engine.sql.samples.kinds import Kind
from ghost_engine.sql.samples.readings import array_literal
from ghost_engine.sql.samples.typed import GONE, Spot, typed_value

if TYPE_CHECKING:
    from faker import Faker

# For a text that failed a check nobody understood: the usual suspects, one an attempt.
_SHAPES = ("?##", "##########", "ascii_safe_email", "+############", "url", "hex_color")
_PERSON = re.compile(r"full_name|(?:person|contact|customer|author|manager)_?(?:name)?$")


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
        rng = self.draws(table, column, row, attempt)
        spot = Spot(_snake(table), _snake(column), kind, row, attempt, rng)
        if null and GONE.search(spot.name) and rng.random() < 0.8:
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
        return self._text(spot) if kind.is_text else typed_value(spot)

    def _text(self, spot: Spot) -> str:
        # Names and addresses of one row belong to one person.
        personal = re.search(r"first|last|full|mail|user_?name|^name$", spot.name)
        person = f"{self._seed}|{spot.table}|{spot.row}|{spot.attempt}"
        self._faker.seed_instance(person if personal else spot.rng.random())
        if spot.kind.checked and spot.attempt > 1:
            text = _drawn(self._faker, _SHAPES[(spot.attempt - 2) % len(_SHAPES)])
        else:
            text = self._personal(spot) or self._thing(spot)
        return _fitted(text, spot.kind, spot.rng)

    def _personal(self, spot: Spot) -> str:
        """What a person has, or ""."""
        name, fake = spot.name, self._faker
        people = any(word in spot.table for word in _suggestions()["people"])
        first, last = fake.first_name(), fake.last_name()
        if re.search(r"mail(?!ing)", name):
            return f"{first}.{last}@example.com".lower()
        if re.search(r"user_?name|login|handle|nick", name):
            return f"{first}{last[:1]}".lower()
        if re.search(r"first_name|given", name):
            return str(first)
        if re.search(r"last_name|surname|family", name):
            return str(last)
        owner = people and name in ("name", "full_name", "display_name", "title")
        return f"{first} {last}" if owner or _PERSON.search(name) else ""

    def _thing(self, spot: Spot) -> str:
        for thing in _suggestions()["things"]:
            if re.search(thing["match"], spot.name):
                return _drawn(self._faker, thing["faker"])
        plain = re.search(r"^title$|^label$|(?:^|_)name$", spot.name)
        for group in _suggestions()["words"]:
            if re.search(group["match"], f"{spot.table} {spot.name}" if plain else spot.name):
                return (
                    self._name(spot, group["words"]) if plain else spot.rng.choice(group["words"])
                )
        return _drawn(self._faker, "catch_phrase" if plain else "words")

    def _name(self, spot: Spot, words: list[str]) -> str:
        """A word a row, by turns; with a number once they are used up and must differ."""
        place = self.draws(spot.table).randrange(len(words)) + spot.row
        round_ = f" {spot.row // len(words) + spot.attempt}" if spot.attempt else ""
        return words[place % len(words)] + round_


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


def _snake(name: str) -> str:
    """`customerName` -> `customer_name`."""
    name = name.rsplit(".", 1)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace(" ", "_").lower()
