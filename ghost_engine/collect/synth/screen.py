"""What one screen shows, free of any look: the typed thing between planning and drawing.

Every piece of data carries a *mark*, HTML attributes that say which columns it shows; after
rendering, the marks that can be seen become the truth. Layouts and skins only place these pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a screen presents it: its label, and the kind of thing it holds.

    `kind`: text, long, number, year, money, percent, date, datetime, time, duration, bool, enum,
    ref (another row), email, phone, url, tags, color, count (rows of another table).
    """

    name: str
    label: str
    kind: str
    mark: Markup = field(default_factory=Markup)
    required: bool = False
    options: tuple[str, ...] = ()
    unit: str = ""
    help: str = ""
    person: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "money", "percent", "count")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as shown. `tone` colours enum badges; `items` are the parts of tags."""

    text: str
    kind: str = "text"
    mark: Markup = field(default_factory=Markup)
    tone: str = "neutral"
    items: tuple[str, ...] = ()
    checked: bool = False
    percent: int | None = None
    initials: str = ""
    hue: int = 0

    @property
    def empty(self) -> bool:
        return not self.text and self.kind != "bool"


@dataclass(frozen=True, slots=True)
class Entry:
    """A field with its value, in a form or a detail list."""

    field: Field
    cell: Cell
    error: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `style` is primary, secondary, danger or ghost."""

    label: str
    icon: str = ""
    style: str = "secondary"


@dataclass(frozen=True, slots=True)
class Table:
    """A data table. `footer` holds a cell or None under each field."""

    title: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    page: int = 1
    pages: int = 1
    showing: str = ""
    sorted_by: int | None = None
    selectable: bool = False
    row_actions: tuple[str, ...] = ()
    avatars: bool = False
    numbered: bool = False
    footer: tuple[Cell | None, ...] = ()
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form or a settings page."""

    title: str
    entries: tuple[Entry, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A row as a card; `hue` and `icon` stand for its picture."""

    title: Cell
    subtitle: Cell | None = None
    badge: Cell | None = None
    entries: tuple[Entry, ...] = ()
    tags: Cell | None = None
    icon: str = ""
    hue: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of a board."""

    title: Cell
    count: int
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a calendar; `more` is a second thing said of it."""

    time: Cell
    title: Cell
    tone: str = "neutral"
    more: Cell | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a month's page."""

    number: int
    outside: bool = False
    today: bool = False
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Stat:
    """A tile with one number."""

    label: str
    text: str
    icon: str = ""
    delta: str = ""
    up: bool = True
    mark: Markup = field(default_factory=Markup)


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation."""

    label: str
    icon: str
    active: bool = False
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A control above a list: a select with its chosen value, or a search box."""

    label: str
    value: str
    mark: Markup = field(default_factory=Markup)


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen. Layouts read the parts that their kind fills; the rest stays empty."""

    kind: str
    language: str
    title: str
    brand: str
    brand_icon: str
    one: str
    many: str
    subtitle: str = ""
    frame: str = "sidebar"  # sidebar, topbar, rail, plain or mobile
    nav: tuple[NavItem, ...] = ()
    nav_bottom: tuple[NavItem, ...] = ()
    user: str = ""
    user_role: str = ""
    user_initials: str = ""
    breadcrumbs: tuple[str, ...] = ()
    search: str = ""
    actions: tuple[Action, ...] = ()
    tabs: tuple[str, ...] = ()
    active_tab: int = 0
    filters: tuple[Filter, ...] = ()
    table: Table | None = None
    related: tuple[Table, ...] = ()
    head: tuple[Entry, ...] = ()  # what stands for the row in a detail's heading
    sections: tuple[Section, ...] = ()
    columns: int = 1
    buttons: tuple[Action, ...] = ()
    cards: tuple[Card, ...] = ()
    lanes: tuple[Lane, ...] = ()
    weeks: tuple[tuple[Day, ...], ...] = ()
    weekdays: tuple[str, ...] = ()
    period: str = ""
    legend: tuple[Cell, ...] = ()
    stats: tuple[Stat, ...] = ()
    steps: tuple[str, ...] = ()
    active_step: int = 0
    step_note: str = ""
    totals: tuple[Entry, ...] = ()
    toast: str = ""
    notice: str = ""
    dialog: bool = False
    badge_count: int = 0
    words: dict[str, str] = field(default_factory=dict)
