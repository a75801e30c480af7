"""From a domain and a kind to a `Screen`: who plans what, and about which tables."""

from __future__ import annotations

from collections.abc import Callable

from ghost_engine.collect.synth.choose import related_keys
from ghost_engine.collect.synth.domain import Domain, Table
from ghost_engine.collect.synth.fields import Desk
from ghost_engine.collect.synth.frame import frame_screen
from ghost_engine.collect.synth.plan_boards import (
    plan_calendar,
    plan_cards,
    plan_dashboard,
    plan_kanban,
    plan_mobile_list,
)
from ghost_engine.collect.synth.plan_forms import (
    plan_form,
    plan_mobile_form,
    plan_modal,
    plan_settings,
    plan_wizard,
)
from ghost_engine.collect.synth.plan_records import (
    plan_detail,
    plan_filter,
    plan_list,
    plan_master_detail,
)
from ghost_engine.collect.synth.screen import Screen

_PLANNERS: dict[str, Callable[[Desk, Table, int], Screen]] = {
    "list": plan_list,
    "filter": plan_filter,
    "form": plan_form,
    "detail": plan_detail,
    "master_detail": plan_master_detail,
    "cards": plan_cards,
    "kanban": plan_kanban,
    "calendar": plan_calendar,
    "settings": plan_settings,
    "dashboard": plan_dashboard,
    "modal": plan_modal,
    "wizard": plan_wizard,
    "mobile_list": plan_mobile_list,
    "mobile_form": plan_mobile_form,
}
KINDS = tuple(_PLANNERS)


def kinds_of(domain: Domain) -> tuple[str, ...]:
    """The kinds of screen that a domain has tables for."""
    return tuple(kind for kind in KINDS if subjects(domain, kind))


def subjects(domain: Domain, kind: str) -> list[Table]:
    """The tables that a screen of that kind can be about."""
    tables = list(domain.tables.values())
    main = [table for table in tables if table.main]
    if kind == "kanban":
        return [table for table in main if table.board]
    if kind == "calendar":
        return [table for table in main if table.calendar]
    if kind == "settings":
        return [table for table in tables if table.settings]
    if kind == "cards":
        return [table for table in tables if table.gallery]
    if kind == "master_detail":
        owners = [table.column(table.lines_of).references for table in tables if table.lines_of]
        return [domain.tables[str(owner)] for owner in dict.fromkeys(owners)]
    if kind == "detail":
        return [table for table in main if related_keys(domain, table)]
    return main


def plan_screen(desk: Desk, kind: str, width: int) -> Screen:
    """One screen of that kind, for a viewport of `width` CSS pixels."""
    subject = desk.random.choice(subjects(desk.domain, kind))
    return frame_screen(desk, _PLANNERS[kind](desk, subject, width), subject, width)
