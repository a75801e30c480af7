"""What applications say around their data, in every language, and how they write values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime as DateTime
from datetime import time as Time
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

_FILE = Path(__file__).parent / "words.toml"
_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
}
_LONG_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre",
}
_WEEKDAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "de": "Mo Di Mi Do Fr Sa So",
    "fr": "lun. mar. mer. jeu. ven. sam. dim.",
    "es": "lun mar mié jue vie sáb dom",
}
_DATES = {
    "en": ("%Y-%m-%d", "{b} {d}, {Y}", "%d/%m/%Y", "%m/%d/%Y", "{d} {b} {Y}"),
    "de": ("%d.%m.%Y", "%d.%m.%Y", "{d}. {b} {Y}", "%Y-%m-%d"),
    "fr": ("%d/%m/%Y", "{d} {b} {Y}", "%d/%m/%Y"),
    "es": ("%d/%m/%Y", "{d} {b} {Y}", "%d-%m-%Y"),
}
_MONEY = {
    "en": ("${}", "${}", "£{}", "€{}", "{} USD"),
    "de": ("{} €", "{} €", "{} EUR", "CHF {}"),
    "fr": ("{} €", "{} €", "{} CHF"),
    "es": ("{} €", "{} €", "{} EUR"),
}


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def word_list(name: str, language: str) -> tuple[str, ...]:
    """A list that every domain shares: `cities`, `countries`, `companies`, `prose`."""
    return tuple(_texts()[name][language])


def company_heads() -> tuple[str, ...]:
    """First halves of company names, in any language."""
    return tuple(_texts()["companies"]["heads"])


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one screen: one choice among the alternatives of each, made once."""

    language: str
    chosen: Mapping[str, str]

    def __call__(self, key: str, **holes: Any) -> str:
        text = self.chosen[key]
        for name, value in holes.items():
            text = text.replace("{" + name + "}", str(value))
        return text[:1].upper() + text[1:]


def choose_words(language: str, random: Random) -> Words:
    """The words of an application: for each key, one of its alternatives."""
    texts = _texts()[language]
    return Words(language, {key: random.choice(text.split("|")) for key, text in texts.items()})


@dataclass(frozen=True, slots=True)
class Style:
    """How one application writes dates, times, numbers and money."""

    language: str
    date_format: str
    money_format: str
    half_day_clock: bool
    seconds_apart: str  # what stands between a date and a time

    def date(self, value: Date) -> str:
        if "{" not in self.date_format:
            return value.strftime(self.date_format)
        month = _MONTHS[self.language].split()[value.month - 1]
        return self.date_format.format(d=value.day, b=month, Y=value.year)

    def time(self, value: Time | DateTime) -> str:
        if self.half_day_clock:
            return f"{value.hour % 12 or 12}:{value.minute:02} {'AM' if value.hour < 12 else 'PM'}"
        return f"{value.hour:02}:{value.minute:02}"

    def datetime(self, value: DateTime) -> str:
        return f"{self.date(value)}{self.seconds_apart}{self.time(value)}"

    def month(self, value: Date) -> str:
        name = _LONG_MONTHS[self.language].split()[value.month - 1]
        return f"{name[:1].upper()}{name[1:]} {value.year}"

    def weekdays(self) -> tuple[str, ...]:
        return tuple(_WEEKDAYS[self.language].split())

    def number(self, value: int | float | Decimal) -> str:
        text = f"{value:,}"
        if self.language == "en":
            return text
        blank = "\u00a0" if self.language == "fr" else "."
        return text.replace(",", "\0").replace(".", ",").replace("\0", blank)

    def money(self, value: int | float | Decimal) -> str:
        return self.money_format.format(self.number(Decimal(str(value)).quantize(Decimal("0.01"))))

    def duration(self, value: timedelta) -> str:
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def choose_style(language: str, random: Random) -> Style:
    """One application's habits of writing values."""
    return Style(
        language=language,
        date_format=random.choice(_DATES[language]),
        money_format=random.choice(_MONEY[language]),
        half_day_clock=language == "en" and random.random() < 0.5,
        seconds_apart=random.choice((" ", ", ", " · ") if language == "en" else (" ", ", ")),
    )
