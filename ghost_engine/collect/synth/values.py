"""Values for columns: the generator calls of a domain's TOML, made into Python values.

A call such as `date(-2y,+30d)` becomes a function of the row being filled. All chance comes from
the Faker instance it is given, seeded by the caller; no clock is read: "now" is `EPOCH`.
"""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from random import Random
from typing import Any

from faker import Faker

from ghost_engine.collect.synth.words import company_heads, word_list
from ghost_engine.errors import FileError

EPOCH = datetime(2026, 6, 17, 10, 24)
LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES"}
_CALL = re.compile(r"\s*([a-z_0-9]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_SPAN = re.compile(r"([+-]?\d+)\s*(y|mo|d|h|min)")
_DAYS = {"y": 365.25, "mo": 30.44, "d": 1.0, "h": 1 / 24, "min": 1 / 1440}
_HOLE = re.compile(r"\{(\w+)\}")
_SIGNS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(slots=True)
class Filling:
    """What a generator may look at: chance, language, the row so far and its number from 0."""

    faker: Faker
    language: str
    words: Callable[[str], Sequence[str]]
    number: int = 0
    row: dict[str, Any] = field(default_factory=dict)

    @property
    def random(self) -> Random:
        random: Random = self.faker.random
        return random


Make = Callable[[Filling], Any]


@lru_cache(maxsize=8)
def faker_of(language: str) -> Faker:
    """The one Faker of a language; seed it before every use."""
    return Faker(LOCALES[language], use_weighting=False)


@lru_cache(maxsize=4096)
def compile_call(call: str) -> Make:
    """The generator that a call names.

    Raises:
        FileError: there is no such generator, or its arguments do not fit.
    """
    match = _CALL.fullmatch(call)
    maker = _GENERATORS.get(match[1]) if match else None
    if match is None or maker is None:
        raise FileError(f"There is no generator {call!r}.", "See docs/synthetic.md for the list.")
    try:
        return maker(match[2] or "")
    except (ValueError, TypeError, IndexError, SyntaxError, KeyError) as error:
        raise FileError(f"{call!r} does not fit its generator: {error}.") from error


def name_of_call(call: str) -> str:
    """`date` of `date(-2y,0d)`; the name alone says much about how a value is shown."""
    return call.partition("(")[0].strip()


def ascii_word(text: str) -> str:
    """Lower-case letters and digits only, as in an e-mail address."""
    plain = text.replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", folded.lower())


def _plain(method: str) -> Callable[[str], Make]:
    return lambda _: lambda f: getattr(f.faker, method)()


def _name(_: str) -> Make:
    return lambda f: f"{f.faker.first_name()} {f.faker.last_name()}"


def _email(_: str) -> Make:
    def make(f: Filling) -> str:
        first = f.row.get("first_name") or f.faker.first_name()
        last = f.row.get("last_name") or f.faker.last_name()
        host = f.random.choice(("mail", "post", "inbox", "webmail"))
        return f"{ascii_word(str(first))}.{ascii_word(str(last))}@{host}.example"

    return make


def _phone(_: str) -> Make:
    shapes = {
        "en": ("(2##) 555-01##", "+1 3## 555 01##"),
        "de": ("030 ########", "+49 89 #######", "0711 ######"),
        "fr": ("01 ## ## ## ##", "+33 6 ## ## ## ##"),
        "es": ("91# ### ###", "+34 6## ### ###"),
    }
    return lambda f: _fill(f, f.random.choice(shapes[f.language]))


def _url(_: str) -> Make:
    def make(f: Filling) -> str:
        name = f.row.get("name") or f.row.get("title") or f.faker.word()
        return f"https://{ascii_word(str(name))[:18] or 'site'}.example"

    return make


def _job(_: str) -> Make:
    return lambda f: f.faker.job().split(",")[0].split("(")[0].split("/")[0].strip()


def _username(_: str) -> Make:
    def make(f: Filling) -> str:
        first = ascii_word(str(f.row.get("first_name") or f.faker.first_name()))
        return first[:1] + ascii_word(str(f.row.get("last_name") or f.faker.last_name()))

    return make


def _word(_: str) -> Make:
    return lambda f: f.faker.word()


def _sentence(args: str) -> Make:
    """A sentence a person could have written; two where a long one is asked for."""
    longest = _ints(args or "4,9")[1]

    def make(f: Filling) -> str:
        count = 2 if longest > 10 and f.random.random() < 0.5 else 1
        return " ".join(f.random.sample(word_list("prose", f.language), count))

    return make


def _paragraph(_: str) -> Make:
    return lambda f: " ".join(f.random.sample(word_list("prose", f.language), 4))


def _company(_: str) -> Make:
    def make(f: Filling) -> str:
        tail = f.random.choice(word_list("companies", f.language))
        return f"{f.random.choice(company_heads())} {tail}"

    return make


def _from_list(name: str) -> Callable[[str], Make]:
    return lambda _: lambda f: f.random.choice(word_list(name, f.language))


def _street(_: str) -> Make:
    shapes = {
        "en": "{n} {name} {kind}",
        "de": "{name}{kind} {n}",
        "fr": "{n} {kind} {name}",
        "es": "{kind} {name} {n}",
    }
    kinds = {
        "en": ("Street", "Road", "Avenue", "Lane", "Drive"),
        "de": ("straße", "weg", "allee", "platz"),
        "fr": ("rue", "avenue", "boulevard", "allée"),
        "es": ("Calle", "Avenida", "Paseo"),
    }

    def make(f: Filling) -> str:
        name, kind = f.faker.last_name(), f.random.choice(kinds[f.language])
        return shapes[f.language].format(n=f.random.randint(1, 240), name=name, kind=kind)

    return make


def _uuid(_: str) -> Make:
    return lambda f: str(uuid.UUID(int=f.random.getrandbits(128), version=4))


def _span(text: str) -> timedelta:
    """`-2y`, `+30d`, `90min` or `0`; also several together."""
    if text.strip() in ("0", "+0", "-0"):
        return timedelta()
    parts = _SPAN.findall(text)
    if not parts:
        raise ValueError(f"{text!r} is no span of time")
    return timedelta(days=sum(int(count) * _DAYS[unit] for count, unit in parts))


def _date(args: str) -> Make:
    first, last = (EPOCH.date() + _span(each) for each in args.split(","))
    days = (last - first).days
    return lambda f: first + timedelta(days=f.random.randint(0, max(days, 0)))


def _datetime(args: str) -> Make:
    parts = [each.strip() for each in args.split(",")]
    first, last = (EPOCH + _span(each) for each in parts[:2])
    early, late = (_clock(each) for each in (parts[2:4] or ("7:00", "21:59")))
    step = int(parts[4]) if len(parts) > 4 else 1
    days = max((last.date() - first.date()).days, 0)

    def make(f: Filling) -> datetime:
        day = first.date() + timedelta(days=f.random.randint(0, days))
        minute = f.random.randrange(early, late + 1, step)
        return datetime.combine(day, time(minute // 60, minute % 60))

    return make


def _clock(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    return int(hour) * 60 + int(minute or 0)


def _time(args: str) -> Make:
    parts = args.split(",")
    early, late = _clock(parts[0]), _clock(parts[1])
    step = int(parts[2]) if len(parts) > 2 else 15

    def make(f: Filling) -> time:
        minute = f.random.randrange(early, late + 1, step)
        return time(minute // 60 % 24, minute % 60)

    return make


def _after(args: str) -> Make:
    column, low, high = (each.strip() for each in args.split(","))
    shortest, longest = _span(low), _span(high)

    def make(f: Filling) -> date | datetime | time | None:
        start = f.row.get(column)
        if start is None:
            return None
        more = shortest + f.random.random() * (longest - shortest)
        if isinstance(start, datetime):
            minutes = round(more.total_seconds() / 300) * 5 or 5
            return start + timedelta(minutes=minutes)
        if isinstance(start, time):
            minutes = start.hour * 60 + start.minute + max(5, round(more.total_seconds() / 300) * 5)
            return time(min(minutes // 60, 23), minutes % 60 if minutes < 1440 else 59)
        return date.fromordinal(start.toordinal() + round(more.total_seconds() / 86400))

    return make


def _ints(args: str) -> tuple[int, int]:
    low, high = (int(each) for each in args.split(","))
    return low, high


def _int(args: str) -> Make:
    low, high = _ints(args)
    return lambda f: f.random.randint(low, high)


def _money(args: str) -> Make:
    low, high = (float(each) for each in args.split(","))

    def make(f: Filling) -> Decimal:
        value = low + (high - low) * f.random.random() ** 1.6
        cents = f.random.choice((None, "0.00", "0.99", "0.50", "0.95"))
        whole = Decimal(int(value)) + Decimal(cents) if cents else Decimal(str(value))
        return min(max(_cents(whole), _cents(low)), _cents(high))

    return make


def _cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _decimal(args: str) -> Make:
    low, high, digits = args.split(",")
    unit = Decimal(1).scaleb(-int(digits))

    def make(f: Filling) -> Decimal:
        return Decimal(str(f.random.uniform(float(low), float(high)))).quantize(unit)

    return make


def _bool(args: str) -> Make:
    share = float(args or 0.5)
    return lambda f: f.random.random() < share


def _choice(args: str) -> Make:
    options, weights = [], []
    for part in args.split("|"):
        word, star, weight = part.rpartition("*")
        exact = star and weight.strip().replace(".", "").isdigit()
        options.append((word if exact else part).strip())
        weights.append(float(weight) if exact else 1.0)
    numeric = all(re.fullmatch(r"-?\d+", option) for option in options)
    values: list[Any] = [int(option) for option in options] if numeric else list(options)
    return lambda f: f.random.choices(values, weights)[0]


def _list(args: str) -> Make:
    return lambda f: f.random.choice(f.words(args.strip()))


def _unique(args: str) -> Make:
    def make(f: Filling) -> str:
        words = list(f.words(args.strip()))
        shift = f.number // len(words)
        word = words[(f.number * _stride(len(words))) % len(words)]
        return f"{word} {shift + 1}" if shift else word

    return make


def _stride(size: int) -> int:
    """A step that visits every place once, and not in order."""
    return next(step for step in (7, 11, 13, 17, 1) if size % step or step == 1)


def _fill(f: Filling, shape: str) -> str:
    digits = re.sub("#", lambda _: str(f.random.randint(0, 9)), shape)
    return re.sub(r"\?", lambda _: f.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ"), digits)


def _pattern(args: str) -> Make:
    def make(f: Filling) -> str:
        numbered = re.sub(
            r"\{n(?::(\d+))?\}",
            lambda hole: str(f.number + 1).zfill(int(hole[1] or 1)),
            args,
        )
        return _fill(f, numbered)

    return make


def _template(args: str) -> Make:
    return lambda f: _HOLE.sub(lambda hole: ascii_word(str(f.row.get(hole[1]) or "")), args)


def _text(args: str) -> Make:
    return lambda f: _HOLE.sub(lambda hole: str(f.row.get(hole[1]) or ""), args)


def _expr(args: str) -> Make:
    tree = ast.parse(args.strip(), mode="eval").body
    return lambda f: _evaluate(tree, f.row)


def _evaluate(node: ast.expr, row: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, row), _evaluate(node.right, row)
        if left is None or right is None:
            return None
        value = _SIGNS[type(node.op)](Decimal(str(left)), Decimal(str(right)))
        return _cents(value)
    if isinstance(node, ast.Name):
        return row[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    raise ValueError(f"{ast.unparse(node)} is not arithmetic")


def _tags(args: str) -> Make:
    name, low, high = (each.strip() for each in args.split(","))

    def make(f: Filling) -> list[str]:
        words = list(f.words(name))
        count = min(f.random.randint(int(low), int(high)), len(words))
        return f.random.sample(words, count)

    return make


def _duration(args: str) -> Make:
    low, high = _ints(args)
    return lambda f: timedelta(minutes=round(f.random.randint(low, high) / 5) * 5 or 5)


def _colour(_: str) -> Make:
    shades = (
        "#2563eb",
        "#16a34a",
        "#dc2626",
        "#d97706",
        "#7c3aed",
        "#0891b2",
        "#db2777",
        "#475569",
    )
    return lambda f: f.random.choice(shades)


def _json(_: str) -> Make:
    return lambda f: '{"beta": false, "theme": "light"}'


_GENERATORS: dict[str, Callable[[str], Make]] = {
    "first_name": _plain("first_name"),
    "last_name": _plain("last_name"),
    "full_name": _name,
    "company": _company,
    "email": _email,
    "phone": _phone,
    "street": _street,
    "city": _from_list("cities"),
    "postcode": _plain("postcode"),
    "country": _from_list("countries"),
    "url": _url,
    "iban": _plain("iban"),
    "username": _username,
    "ipv4": _plain("ipv4_private"),
    "mac": _plain("mac_address"),
    "color": _colour,
    "job": _job,
    "word": _word,
    "sentence": _sentence,
    "paragraph": _paragraph,
    "uuid": _uuid,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "after": _after,
    "int": _int,
    "year": _int,
    "money": _money,
    "decimal": _decimal,
    "percent": _int,
    "bool": _bool,
    "choice": _choice,
    "list": _list,
    "unique": _unique,
    "pattern": _pattern,
    "template": _template,
    "text": _text,
    "expr": _expr,
    "tags": _tags,
    "duration": _duration,
    "json": _json,
}
