"""The words the rules know, read from `vocabulary.toml` beside this file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Lower-case words and phrases; a kind is a word of `kinds.py`.

    `label_kinds` pairs a pattern with the kind its label suggests, first match wins; `value_kinds`
    pairs a pattern with the kind of a whole value that matches it.
    """

    actions: frozenset[str]
    action_starts: tuple[str, ...]
    chrome: frozenset[str]
    plural_things: frozenset[str]
    title_noise: frozenset[str]
    title_ends: frozenset[str]
    lookups: frozenset[str]
    people: frozenset[str]
    choices: frozenset[str]
    true_values: frozenset[str]
    totals: frozenset[str]
    remarks: tuple[str, ...]
    weekdays: frozenset[str]
    calendar_views: frozenset[str]
    months: dict[str, int]  # the first letters of a month's name -> its number
    month_names: frozenset[str]
    time_words: frozenset[str]
    views: frozenset[str]
    tools: frozenset[str]
    editor_tabs: frozenset[str]
    own_pages: frozenset[str]  # titles of pages about oneself
    tells: dict[str, str]  # what a button says -> the thing its page shows
    reserved: frozenset[str]
    label_kinds: tuple[tuple[re.Pattern[str], str], ...]
    value_kinds: tuple[tuple[re.Pattern[str], str], ...]


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The vocabulary of this version."""
    folder = resources.files(__package__)
    words = tomllib.loads((folder / "vocabulary.toml").read_text("utf-8"))
    reserved = (folder / "reserved_words.txt").read_text("utf-8").split()
    return Vocabulary(
        actions=frozenset(words["actions"]),
        action_starts=tuple(words["action_starts"]),
        chrome=frozenset(words["chrome"]),
        plural_things=frozenset(words["plural_things"]),
        title_noise=frozenset(words["title_noise"]),
        title_ends=frozenset(words["title_ends"]),
        lookups=frozenset(words["lookups"]),
        people=frozenset(words["people"]),
        choices=frozenset(words["choices"]),
        true_values=frozenset(words["true_values"]),
        totals=frozenset(words["totals"]),
        remarks=tuple(words["remarks"]),
        weekdays=frozenset(words["weekdays"]),
        calendar_views=frozenset(words["calendar_views"]),
        months={start: n for n, starts in enumerate(words["months"], 1) for start in starts},
        month_names=frozenset(words["month_names"]),
        time_words=frozenset(words["time_words"]),
        views=frozenset(words["views"]),
        tools=frozenset(words["tools"]),
        editor_tabs=frozenset(words["editor_tabs"]),
        own_pages=frozenset(words["own_pages"]),
        tells={said: noun for noun, all in words["tells"] for said in all},
        reserved=frozenset(reserved),
        label_kinds=_patterns(words["label_kinds"]),
        value_kinds=_patterns(words["value_kinds"]),
    )


def kind_of_value(value: str) -> str:
    """The kind of one value as it is written; "text" for words."""
    for pattern, kind in load_vocabulary().value_kinds:
        if pattern.fullmatch(value):
            return kind
    return "text"


def is_moment(value: str) -> bool:
    """Whether a text is a date or a time, or begins with the name of a month or a weekday."""
    words = load_vocabulary()
    first = value.split()[0].lower().strip(".,") if value.split() else ""
    named = first in words.month_names or (first in words.months and " " in value)
    return named or first in words.weekdays or kind_of_value(value) in ("date", "timestamp", "time")


def _patterns(entries: list[list[str]]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), kind) for kind, pattern in entries)
