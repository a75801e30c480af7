"""Planning forms: pages, dialogs, steps of a wizard, settings, and their small versions."""

from __future__ import annotations

from dataclasses import replace

from ghost_engine.collect.synth.choose import blank, choices, entries
from ghost_engine.collect.synth.domain import Table
from ghost_engine.collect.synth.fields import Desk, Shown, own_columns
from ghost_engine.collect.synth.plan_records import plan_list
from ghost_engine.collect.synth.screen import Action, Cell, Entry, Screen, Section

_CONTACT = {"email", "phone", "url"}
_DATES = {"date", "datetime", "time", "duration"}
_MORE = {"bool", "money", "number", "percent", "tags"}


def plan_form(desk: Desk, table: Table, width: int) -> Screen:
    """Creating or editing one row."""
    words, one, chance = desk.words, desk.one(table.name), desk.random.random
    editing = chance() < 0.65
    sections = _sections(desk, table, desk.random.randint(6, 12), filled=editing)
    if not editing and chance() < 0.2:
        sections = _with_errors(desk, sections)
    tabbed = editing and chance() < 0.25
    title = words("edit" if editing else "create", one=one)
    return replace(
        blank("form", desk, table),
        title=title,
        sections=sections,
        columns=desk.random.choice((1, 2, 2)) if width >= 760 else 1,
        buttons=_buttons(desk, one, editing),
        tabs=(words("general"), words("history"), words("files")) if tabbed else (),
        breadcrumbs=(desk.many(table.name), title),
        notice=words("unsaved") if editing and chance() < 0.12 else "",
        toast=words("saved", one=one) if editing and chance() < 0.12 else "",
    )


def plan_modal(desk: Desk, table: Table, width: int) -> Screen:
    """A small form in a dialog over the list it belongs to."""
    one, words = desk.one(table.name), desk.words
    sections = _sections(desk, table, desk.random.randint(4, 7), filled=desk.random.random() < 0.6)
    merged = tuple(entry for section in sections for entry in section.entries)
    return replace(
        plan_list(desk, table, width),
        kind="modal",
        dialog=True,
        subtitle=words("create", one=one),
        sections=(Section(words("create", one=one), merged[:8]),),
        columns=desk.random.choice((1, 1, 2)),
        buttons=_buttons(desk, one, editing=False),
        toast="",
    )


def plan_wizard(desk: Desk, table: Table, width: int) -> Screen:
    """One step of several."""
    words, one = desk.words, desk.one(table.name)
    steps: tuple[str, ...] = (words("general"), words("contact"), words("dates"), words("overview"))
    steps = steps[: desk.random.choice((3, 4))]
    active = desk.random.randrange(len(steps))
    sections = _sections(desk, table, desk.random.randint(5, 8), filled=desk.random.random() < 0.7)
    merged = tuple(entry for section in sections for entry in section.entries)
    return replace(
        blank("wizard", desk, table),
        title=words("create", one=one),
        steps=steps,
        active_step=active,
        step_note=words("step", a=active + 1, n=len(steps)),
        sections=(Section(steps[active], merged),),
        columns=desk.random.choice((1, 2)) if width >= 760 else 1,
        buttons=(Action(words("next"), "arrow-right", "primary"), Action(words("previous"), "")),
        breadcrumbs=(desk.many(table.name), words("create", one=one)),
    )


def plan_settings(desk: Desk, table: Table, width: int) -> Screen:
    """The one row of a settings table, switches and choices mostly."""
    shown = [Shown(column) for column in own_columns(table)]
    if len(shown) > 7:
        shown = [each for each in shown if desk.random.random() < 0.8] or shown
    made = entries(desk, shown, 0, form=True)
    switches = tuple(entry for entry in made if entry.field.kind == "bool")
    rest = tuple(entry for entry in made if entry.field.kind != "bool")
    sections = [Section(desk.words("general"), rest), Section(desk.words("preferences"), switches)]
    return replace(
        blank("settings", desk, table),
        title=desk.one(table.name),
        subtitle=desk.words("settings"),
        sections=tuple(section for section in sections if section.entries),
        columns=desk.random.choice((1, 1, 2)) if width >= 900 else 1,
        buttons=_buttons(desk, desk.one(table.name), editing=True)[:2],
        tabs=(desk.words("general"), desk.words("team"), desk.words("notes"))
        if desk.random.random() < 0.3
        else (),
        toast=desk.words("saved", one=desk.one(table.name)) if desk.random.random() < 0.2 else "",
    )


def plan_mobile_form(desk: Desk, table: Table, width: int) -> Screen:
    """A form on a telephone."""
    screen = plan_form(desk, table, width)
    return replace(
        screen, kind="mobile_form", columns=1, tabs=(), buttons=screen.buttons[:2], breadcrumbs=()
    )


def _buttons(desk: Desk, one: str, editing: bool) -> tuple[Action, ...]:
    words, chance = desk.words, desk.random.random
    buttons = [Action(words("save" if editing else "submit", one=one), "check", "primary")]
    if not editing and chance() < 0.2:
        buttons.append(Action(words("save_new"), ""))
    buttons.append(Action(words("cancel"), "x"))
    if editing and chance() < 0.3:
        buttons.append(Action(words("delete"), "trash", "danger"))
    return tuple(buttons)


def _sections(desk: Desk, table: Table, count: int, *, filled: bool) -> tuple[Section, ...]:
    shown = [
        each
        for each in choices(desk, table, count)
        if each.chips
        or not (each.count or each.path or each.column.gen.startswith(("sum", "expr")))
    ]
    number = desk.random.randrange(max(1, len(desk.data.rows(table.name)) // 2))
    made = list(entries(desk, shown, number, form=True))
    if not filled:
        made = [_emptied(desk, entry) for entry in made]
    if len(made) < 6 or desk.random.random() < 0.4:
        return (Section("", tuple(made)),)
    return _grouped(desk, made)


def _grouped(desk: Desk, made: list[Entry]) -> tuple[Section, ...]:
    groups: dict[str, list[Entry]] = {}
    for entry in made:
        groups.setdefault(_group(entry.field.kind), []).append(entry)
    for key in [key for key, group in groups.items() if len(group) < 2 and key != "general"]:
        groups.setdefault("general", []).extend(groups.pop(key))
    order = [key for key in ("general", "contact", "dates", "more", "notes") if key in groups]
    return tuple(Section(desk.words(key), tuple(groups[key])) for key in order)


def _group(kind: str) -> str:
    if kind in _CONTACT:
        return "contact"
    if kind in _DATES:
        return "dates"
    if kind in _MORE:
        return "more"
    return "notes" if kind == "long" else "general"


def _emptied(desk: Desk, entry: Entry) -> Entry:
    """A form nobody has filled in: selects ask to choose, most texts are blank."""
    if entry.field.kind == "bool" or desk.random.random() < 0.25:
        return entry
    text = desk.words("select") if entry.field.options else ""
    return replace(entry, cell=Cell(text, "placeholder" if text else "text"))


def _with_errors(desk: Desk, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    def judge(entry: Entry) -> Entry:
        missing = entry.cell.empty or entry.cell.kind == "placeholder"
        wrong = entry.field.required and missing
        return replace(entry, error=desk.words("required")) if wrong else entry

    return tuple(replace(s, entries=tuple(judge(e) for e in s.entries)) for s in sections)
