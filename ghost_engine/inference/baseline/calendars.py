"""Calendars: a row of weekdays, numbers of days below it, and what happens on those days.

What happens becomes one region: a name, when it is, what stands small behind the name, and the
words of a legend as its states. Days are numbers and no data.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.labels import is_label
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.people import is_person
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.slots import Part
from ghost_engine.inference.baseline.texts import Text, group_rows, median_height, union_box
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary

MIN_WEEKDAYS = 5
MIN_EVENTS = 2
MAX_LEGEND = 8
BAND = 6  # text heights above the weekdays that hold month, legend and views

_DAY = re.compile(r"[1-9]|[12]\d|3[01]")
_MONTH = re.compile(r"[^\W\d_]{3,10}\.? (?:de )?\d{4}")
_TIME = re.compile(r"(\d{1,2}(?::|\.)\d\d ?(?:[ap]\.?m\.?)?)\W*(?:\d{1,2}:\d\d\W*)?(.*)", re.I)


@dataclass(frozen=True, slots=True)
class Event:
    """What stands on a day: its time of day, if shown, and its words."""

    day: str
    time: str
    text: Text


def find_calendars(page: Page) -> tuple[Region, ...]:
    """The calendar of the body, or nothing."""
    texts = (*page.body, *page.navigation)
    heads = _weekdays(texts)
    if not heads:
        return ()
    events = _events(heads, texts)
    if len(events) < MIN_EVENTS:
        return ()
    bar = _bar(heads, texts)
    month = next((text for text in bar if _MONTH.fullmatch(text.text)), None)
    legend = _legend(bar, month, heads)
    fields = [
        *name_fields([_parts(event, events) for event in events]),
        _when(events, month.text if month else ""),
    ]
    if len(legend) >= 2:
        box = union_box([text.box for text in legend])
        fields.append(Field("Status", tuple(text.text for text in legend), box, read=False))
    around = [*heads, *legend, *(event.text for event in events), *([month] if month else ())]
    box = union_box([text.box for text in around])
    confidence = round(min(0.95, 0.7 + 0.02 * len(events)), 2)
    return (Region("calendar", tuple(fields), box, confidence),)


def _weekdays(texts: Sequence[Text]) -> tuple[Text, ...]:
    """The heads of the days, left to right."""
    names = load_vocabulary().weekdays
    for row in group_rows(texts):
        heads = tuple(text for text in row if text.text.lower().strip(".,: 0123456789") in names)
        if len(heads) >= MIN_WEEKDAYS:
            return heads
    return ()


def _events(heads: Sequence[Text], texts: Sequence[Text]) -> list[Event]:
    """The texts on the days, pieces of one line joined."""
    starts = [head.center_x for head in heads]
    pitch = statistics.median(b - a for a, b in zip(starts, starts[1:], strict=False))
    left, bottom = starts[0] - 0.55 * pitch, heads[0].box[3]
    below = [
        text
        for text in texts
        if text.box[1] > bottom - 2 and left < text.box[0] < starts[-1] + 0.55 * pitch
    ]
    days = [text for text in below if _DAY.fullmatch(text.text)]
    if len(days) < MIN_WEEKDAYS:
        return []
    lines: list[Text] = []
    for row in group_rows(text for text in below if text not in days):
        for text in row:
            if lines and _continues(lines[-1], text):
                joined = f"{lines[-1].text} {text.text}"
                lines[-1] = replace(
                    lines[-1], text=joined, box=union_box([lines[-1].box, text.box])
                )
            else:
                lines.append(text)
    events = (_event(line, days, pitch) for line in lines)
    return [event for event in events if event is not None]


def _continues(line: Text, text: Text) -> bool:
    gap = text.box[0] - line.box[2]
    return -4 <= gap < 0.6 * line.height and abs(text.center_y - line.center_y) < 0.5 * line.height


def _event(line: Text, days: Sequence[Text], pitch: float) -> Event | None:
    """What a line says, with the number of its day: the last above it in its column."""
    above = [
        day
        for day in days
        if day.center_y < line.center_y
        and abs(day.center_x - line.center_x) < pitch
        and day.box[0] - line.box[0] < pitch
    ]
    if not above or not re.search(r"[^\W\d_]{2}", line.text):
        return None
    day = max(above, key=lambda day: (day.center_y, -abs(day.center_x - line.box[0])))
    timed = _TIME.fullmatch(line.text)
    if timed:
        return Event(day.text, timed[1].strip(), replace(line, text=timed[2].strip()))
    return Event(day.text, "", line)


def _when(events: Sequence[Event], month: str) -> Field:
    """The moment, or only the date, of each event, with the month of the page."""
    timed = sum(bool(event.time) for event in events) >= 0.5 * len(events)
    values = tuple(
        f"{_date(month, event.day)} {event.time}".strip()
        for event in events
        if event.time or not timed
    )
    values = tuple(value for value in values if value)
    box = union_box([event.text.box for event in events])
    return Field("Starts at" if timed else "Starts on", values, box, read=False)


def _date(month: str, day: str) -> str:
    """The ISO date of a day in a month as its heading names it; "" where that is not understood."""
    name, _, year = month.rpartition(" ")
    months = load_vocabulary().months
    number = months.get(name.lower()[:4]) or months.get(name.lower()[:3])
    return f"{year}-{number:02}-{int(day):02}" if number else ""


def _parts(event: Event, events: Sequence[Event]) -> tuple[Part, ...]:
    """The name of an event and what stands behind it."""
    words = event.text.text.split()
    cut = _cut(words, events)
    title = replace(event.text, text=" ".join(words[:cut]))
    if cut == len(words):
        return (Part("title", title),)
    return Part("title", title), Part("below", replace(event.text, text=" ".join(words[cut:])))


def _cut(words: Sequence[str], events: Sequence[Event]) -> int:
    """How many words are the name: a number alone, all before a number or a person, or what others
    begin with while others end as this does."""
    if len(words) < 2:
        return len(words)
    if kind_of_value(words[0]) == "code":
        return 1
    if kind_of_value(words[-1]) in ("code", "integer"):
        return len(words) - 1
    texts = {event.text.text for event in events}
    for cut in range(len(words) - 1, 0, -1):
        start, end = " ".join(words[:cut]), " ".join(words[cut:])
        ends = {text for text in texts if text.startswith(f"{start} ") or text == start}
        starts = {text for text in texts if text.endswith(f" {end}")}
        if is_person(end) or (len(ends) >= 2 and len(starts) >= 2):
            return cut
    return len(words)


def _bar(heads: Sequence[Text], texts: Sequence[Text]) -> list[Text]:
    """The texts right above the weekdays, left to right."""
    top, height = heads[0].box[1], median_height(heads)
    near = [text for text in texts if 0 <= top - text.box[3] < BAND * height]
    return sorted(near, key=lambda text: text.box[0])


def _legend(bar: Sequence[Text], month: Text | None, heads: Sequence[Text]) -> list[Text]:
    """The words that are level with the month and over the calendar, but for its controls."""
    if month is None:
        return []
    left = heads[0].box[0] - 2 * month.height
    return [
        text
        for text in bar
        if _is_state(text)
        and text.box[0] > left
        and abs(text.center_y - month.center_y) < 0.6 * month.height
    ][:MAX_LEGEND]


def _is_state(text: Text) -> bool:
    plain = text.text.lower()
    views = load_vocabulary().calendar_views
    return (
        is_label(text.text)
        and not _MONTH.fullmatch(text.text)
        and plain not in views
        and len(plain) > 2
    )
