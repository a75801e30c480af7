"""Calendars: a row of weekdays, numbers of days below it, and what happens on those days.

What happens becomes one region: a name, when it is, what stands small behind or below the name, and
the words of a legend as its states. The lines in one frame are one event. Days are no data.
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
from ghost_engine.inference.protocol import Box

MIN_WEEKDAYS = 5
MIN_EVENTS = 2
MAX_LEGEND = 8
LINE_STEP = 1.6  # font sizes from one line of a paragraph to the next
BAND = 6  # text heights above the weekdays that hold month, legend and views

_DAY = re.compile(r"[1-9]|[12]\d|3[01]")
_MONTH = re.compile(r"[^\W\d_]{3,10}\.? (?:de )?\d{4}")
_CLOCK = r"\d{1,2}(?:[:.h]\d\d ?(?:[ap]\.?m?\.?(?!\w))?| ?[ap]\.?m?\.?(?!\w))"
_TO = r"\s*[-–—]\s*"
_TIME = re.compile(
    rf"({_CLOCK})(?:{_TO}({_CLOCK}))?\W*(.*)|(\d{{1,2}}){_TO}({_CLOCK})()", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Event:
    """What stands on a day: its times of day, if shown, its words, and the lines below them."""

    day: str
    time: str
    text: Text
    end: str = ""
    more: tuple[Text, ...] = ()


def find_calendars(page: Page, panels: Sequence[Box] = ()) -> tuple[Region, ...]:
    """The calendar of the body, or nothing."""
    texts = (*page.body, *page.navigation)
    heads = _weekdays(texts)
    if not heads:
        return ()
    events = _events(heads, texts, panels)
    if len(events) < MIN_EVENTS:
        return ()
    bar = _bar(heads, texts)
    month = next((text for text in bar if _MONTH.fullmatch(text.text)), None)
    legend = _legend(bar, month, heads)
    fields = [
        *name_fields([_parts(event, events) for event in events]),
        *_when(events, month.text if month else ""),
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


def _events(heads: Sequence[Text], texts: Sequence[Text], panels: Sequence[Box]) -> list[Event]:
    """The texts on the days, pieces of one line and lines of one frame joined."""
    starts = [head.center_x for head in heads]
    pitch = statistics.median(b - a for a, b in zip(starts, starts[1:], strict=False))
    left, bottom = starts[0] - 0.55 * pitch, heads[0].box[3]
    below = [
        text
        for text in texts
        if text.center_y > bottom and left < text.box[0] < starts[-1] + 0.55 * pitch
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
    frames = [box for box in panels if _is_frame(box, pitch, days)]
    events = (_event(entry, days, pitch) for entry in _entries(lines, frames))
    return [event for event in events if event is not None]


def _is_frame(box: Box, pitch: float, days: Sequence[Text]) -> bool:
    """Whether a panel may hold one event: no wider than a day, and no day itself."""
    return box[2] - box[0] < 1.1 * pitch and not any(_holds(box, day) for day in days)


def _entries(lines: Sequence[Text], frames: Sequence[Box]) -> list[list[Text]]:
    """The lines of each event: those in one frame, the smallest around them, or set as one
    paragraph; else one alone."""
    entries: list[tuple[Box, list[Text]]] = []
    for line in sorted(lines, key=lambda line: line.center_y):
        around = [box for box in frames if _holds(box, line)]
        frame = min(around, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=line.box)
        own = next((own for box, own in entries if box == frame or _goes_on(own[-1], line)), None)
        if own is None:
            entries.append((frame, [line]))
        elif line.text[:1].islower():  # goes on from the line above
            words = f"{own[-1].text} {line.text}"
            own[-1] = replace(own[-1], text=words, box=union_box([own[-1].box, line.box]))
        else:
            own.append(line)
    return [own for _, own in entries]


def _goes_on(above: Text, line: Text) -> bool:
    """Whether a line stands below another as in one paragraph, on the same ground."""
    step = line.center_y - above.center_y
    ground = max(abs(a - b) for a, b in zip(line.look.ground, above.look.ground, strict=True))
    flush = abs(line.box[0] - above.box[0]) < 0.5 * line.size
    close = 0 < step < LINE_STEP * min(line.size, above.size)
    return flush and close and ground < 8 and not _TIME.fullmatch(line.text)


def _holds(box: Box, text: Text) -> bool:
    return box[0] <= text.center_x <= box[2] and box[1] <= text.center_y <= box[3]


def _continues(line: Text, text: Text) -> bool:
    gap = text.box[0] - line.box[2]
    return -4 <= gap < 0.6 * line.height and abs(text.center_y - line.center_y) < 0.5 * line.height


def _event(lines: Sequence[Text], days: Sequence[Text], pitch: float) -> Event | None:
    """What lines say, with the number of their day: the last above them in their column."""
    line = lines[0]
    above = [
        day
        for day in days
        if day.center_y < line.center_y
        and abs(day.center_x - line.center_x) < pitch
        and day.box[0] - line.box[0] < pitch
    ]
    times, words = _parted(lines)
    if not above or not words or not re.search(r"[^\W\d_]{2}", words[0].text):
        return None
    day = max(above, key=lambda day: (day.center_y, -abs(day.center_x - line.box[0])))
    time, end = times or ("", "")
    return Event(day.text, time, words[0], end, tuple(words[1:]))


def _parted(lines: Sequence[Text]) -> tuple[tuple[str, str] | None, list[Text]]:
    """The first time of day the lines tell, with its end, and their words without it."""
    times: tuple[str, str] | None = None
    words: list[Text] = []
    for line in lines:
        timed = None if times else _TIME.fullmatch(line.text)
        if timed:
            start, end, rest = timed.group(1, 2, 3) if timed[1] else timed.group(4, 5, 6)
            times = (start.strip(), (end or "").strip())
            line = replace(line, text=rest.strip())
        if line.text:
            words.append(line)
    return times, words


def _when(events: Sequence[Event], month: str) -> tuple[Field, ...]:
    """The moment, or only the date, of each event, with the month of the page; its end if told."""
    timed = 2 * sum(bool(event.time) for event in events) >= len(events)
    ended = 2 * sum(bool(event.end) for event in events) >= len(events)
    starts = [(event.day, event.time) for event in events if event.time or not timed]
    fields = [_moments("Starts at" if timed else "Starts on", starts, month, events)]
    if ended:
        ends = [(event.day, event.end) for event in events if event.end]
        fields.append(_moments("Ends at", ends, month, events))
    return tuple(fields)


def _moments(
    label: str, moments: Sequence[tuple[str, str]], month: str, events: Sequence[Event]
) -> Field:
    values = (f"{_date(month, day)} {_clock(time)}".strip() for day, time in moments)
    box = union_box([event.text.box for event in events])
    return Field(label, tuple(value for value in values if value), box, read=False)


def _clock(time: str) -> str:
    """A time of day with its minutes: "10am" -> "10:00"."""
    return f"{digits[0]}:00" if (digits := re.findall(r"\d+", time)) and len(digits) == 1 else time


def _date(month: str, day: str) -> str:
    """The ISO date of a day in a month as its heading names it; "" where that is not understood."""
    name, _, year = month.rpartition(" ")
    months = load_vocabulary().months
    number = months.get(name.lower()[:4]) or months.get(name.lower()[:3])
    return f"{year}-{number:02}-{int(day):02}" if number else ""


def _parts(event: Event, events: Sequence[Event]) -> tuple[Part, ...]:
    """The name of an event, what stands behind it and what below."""
    words = event.text.text.split()
    cut = _cut(words, events)
    title = replace(event.text, text=" ".join(words[:cut]))
    below = tuple(Part("below", line) for line in event.more)
    if cut == len(words):
        return (Part("title", title), *below)
    return (
        Part("title", title),
        Part("below", replace(event.text, text=" ".join(words[cut:]))),
        *below,
    )


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
