"""Texts read off a screen, as PostgreSQL would take them: `$1,234.50` -> `1234.50`.

`read_as(text, kind)` gives the literal or None when the text does not fit the type. What counts as
"now" on the screen (`2 hours ago`) is `EPOCH`, so that the same screen gives the same rows.
"""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from ghost_engine.sql.samples.kinds import Kind

EPOCH = datetime(2025, 6, 30, 12, 0, tzinfo=UTC)

_TRUE = frozenset("yes true on y t 1 active enabled checked ✓ ✔ ☑ done open".split())
_FALSE = frozenset("no false off n f 0 inactive disabled unchecked ✗ ✘ ☐ x closed".split())
_NOTHING = frozenset(("", "-", "–", "—", "--", "n/a", "na", "null", "none", "nil", "…", "..."))
_AMOUNT = re.compile(
    r"""
    (?P<open>\()? (?P<sign>[-+−–])? \s*
    (?: [\#№] | (?:USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|BRL|SEK|NOK|DKK|PLN|CZK|ZAR|Rs\.?)\s?
      | (?:US|R)?[$] | [€£¥₹₽₺₩] | kr\.?\s )? \s* (?P<minus>[-−])?
    (?P<digits>\d[\d.,'’\u00a0\u202f\ ]*) (?P<scale>[kKMB](?![A-Za-z]))? \s*
    (?: % | °[CF]? | [$€£¥₹₽₺₩] | [A-Za-z]{1,8}\.? )? (?P<close>\))?
    """,
    re.VERBOSE,
)
_SCALES = {"k": 1_000, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y",
    "%d-%B-%Y", "%b-%d-%Y", "%b %Y", "%B %Y", "%b %d", "%B %d", "%d %b", "%d %B",
)  # fmt: skip
_TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%I %p", "%I%p")
_CLOCK = re.compile(
    r"\b\d{1,2}(?::\d{2}){1,2}(?:\.\d+)?(?:\s*[AaPp]\.?[Mm]\.?)?|\b\d{1,2}\s*[AaPp][Mm]\b"
)
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})\b(?![./-]\d)")
_ZONE = re.compile(r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
_AGO = re.compile(
    r"(?:(?P<in>in) )?(?P<count>\d{1,6}|an?|one)\s*"
    r"(?P<unit>sec|s|min|mo|m|hour|hr|h|day|d|week|w|month|year|y)[a-z]*(?P<ago> ago)?"
)
_HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1, "d": 24, "w": 168, "mo": 730, "y": 8766}
_INTERVAL = re.compile(r"(?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*)+|\d+:\d{2}(?::\d{2})?", re.IGNORECASE)


def read_as(text: str, kind: Kind) -> str | None:
    """The literal of `text` for a column of that kind, or None when it does not fit."""
    text = " ".join(text.replace("\0", "").split())
    if is_nothing(text):
        return None
    if kind.array:
        return _array(text, kind)
    if kind.choices:
        return _choice(text, kind.choices)
    if kind.is_text:
        fits = kind.max_length is None or len(text) <= kind.max_length
        return text if fits and len(text) >= kind.min_length else None
    reader = _READERS.get(kind.family)
    return reader(text) if reader else None


def iso_dates(texts: Sequence[str]) -> list[str]:
    """The texts with `03/12/2024` as `2024-03-12`.

    Whether the day or the month comes first is judged by all texts together; where none tells,
    strokes mean the month, dots and dashes the day.
    """
    dates = [date for text in texts for date in _NUMERIC_DATE.findall(text)]
    if any(int(first) > 12 for first, *_ in dates):
        day_first = True
    elif any(int(second) > 12 for _, _, second, _ in dates):
        day_first = False
    else:
        day_first = bool(dates) and dates[0][1] != "/"

    def iso(found: re.Match[str]) -> str:
        day, month = (found[1], found[3]) if day_first else (found[3], found[1])
        return f"{found[4] if len(found[4]) == 4 else '20' + found[4]}-{month:0>2}-{day:0>2}"

    return [_NUMERIC_DATE.sub(iso, text) for text in texts]


def is_nothing(text: str) -> bool:
    """True for the dashes and words with which screens show that there is no value."""
    return text.strip().casefold() in _NOTHING


def _choice(text: str, choices: tuple[str, ...]) -> str | None:
    plain = {_letters(choice): choice for choice in choices}
    return plain.get(_letters(text))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _array(text: str, kind: Kind) -> str | None:
    element = Kind(kind.base, False, kind.choices, kind.low, kind.high)
    read = [read_as(part, element) for part in re.split(r"[,;|·•]", text) if part.strip()]
    if not read or None in read:
        return None
    return array_literal([value for value in read if value is not None])


def array_literal(values: list[str]) -> str:
    """PostgreSQL's text for a one-dimensional array."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _number(text: str) -> str | None:
    found = _AMOUNT.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    digits = _decimal_point(re.sub(r"['’\s]", "", found["digits"]))
    if digits is None:
        return None
    negative = found["open"] or found["minus"] or found["sign"] not in (None, "+")
    if found["scale"]:
        digits = f"{float(digits) * _SCALES[found['scale']]:.2f}"
    return f"-{digits}" if negative else digits


def _decimal_point(digits: str) -> str | None:
    """`1.234,50` and `1,234.50` -> `1234.50`; None when the marks make no number."""
    digits = digits.rstrip(".,")
    if "," in digits and "." in digits:
        point = max(digits.rfind(","), digits.rfind("."))
        thousands = re.sub(r"[.,]", "", digits[:point])
        return f"{thousands}.{digits[point + 1 :]}"
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})+", digits) and not re.fullmatch(r"\d+,\d{2}", digits):
        return digits.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", digits):
        return digits.replace(".", "")
    digits = digits.replace(",", ".")
    return digits if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None


def _integer(text: str) -> str | None:
    number = _number(text)
    if number is None:
        return None
    whole, _, fraction = number.partition(".")
    return whole if not fraction.strip("0") else None


def _boolean(text: str) -> str | None:
    word = text.casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def _date(text: str) -> str | None:
    found = _moment(text)
    return found.date().isoformat() if found else None


def _timestamp(text: str) -> str | None:
    found = _moment(text)
    return found.isoformat(sep=" ") if found else None


def _moment(text: str) -> datetime | None:
    relative = _relative(text.casefold())
    if relative:
        return relative
    text = re.sub(r"(?<=\d)T(?=\d)", " ", _ZONE.sub("", iso_dates([text])[0]))
    clock = _CLOCK.search(text)
    at = _clock(clock[0]) if clock else time()
    rest = text.replace(clock[0], " ") if clock else text
    day = _day(rest)
    return datetime.combine(day, at, tzinfo=UTC) if day and at is not None else None


def _relative(text: str) -> datetime | None:
    """`2 hours ago`, `in 3 days`, `yesterday`."""
    days = {"today": 0, "now": 0, "just now": 0, "yesterday": -1, "tomorrow": 1}
    if text in days:
        return EPOCH + timedelta(days=days[text])
    found = _AGO.fullmatch(text)
    if not found or bool(found["in"]) == bool(found["ago"]):
        return None
    unit = "mo" if found["unit"].startswith("mo") else found["unit"][0]
    count = int(found["count"]) if found["count"].isdigit() else 1
    hours = min(count, 10_000) * _HOURS[unit]
    return EPOCH + timedelta(hours=hours if found["in"] else -hours)


def _day(text: str) -> date | None:
    text = re.sub(
        r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?",
        " ",
        text,
        flags=re.I,
    )
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)
    text = re.sub(r"\bat\b|[,•·]", " ", text)
    text = " ".join(text.replace("Sept ", "Sep ").split())
    for form in _DATES:
        has_year = "y" in form.lower()
        try:
            return datetime.strptime(
                text if has_year else f"{text} {EPOCH.year}", form if has_year else f"{form} %Y"
            ).date()
        except ValueError:
            continue
    return None


def _clock(text: str) -> time | None:
    text = re.sub(r"(?<=[AaPp])\.|(?<=[Mm])\.", "", text)
    for form in _TIMES:
        try:
            return datetime.strptime(text.strip().upper(), form).time()
        except ValueError:
            continue
    return None


def _time(text: str) -> str | None:
    found = _clock(text)
    return found.isoformat() if found else None


def _interval(text: str) -> str | None:
    return text if len(text) < 60 and _INTERVAL.fullmatch(text) else None


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_interface(text)).removesuffix("/32").removesuffix("/128")
    except ValueError:
        return None


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return None


def _json(text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text


_READERS: dict[str, Callable[[str], str | None]] = {
    **dict.fromkeys(("smallint", "integer", "bigint"), _integer),
    **dict.fromkeys(("numeric", "real", "double precision", "money"), _number),
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone"), _timestamp),
    **dict.fromkeys(("time with time zone", "time without time zone"), _time),
    **dict.fromkeys(("json", "jsonb"), _json),
    "boolean": _boolean,
    "date": _date,
    "interval": _interval,
    "uuid": _uuid,
    "inet": _address,
    "cidr": _network,
}
