"""What stands round the data: navigation, user, breadcrumbs. Noise, and never marked."""

from __future__ import annotations

from dataclasses import replace

from ghost_engine.collect.synth.domain import Table
from ghost_engine.collect.synth.fields import Desk, initials
from ghost_engine.collect.synth.screen import NavItem, Screen

FRAMES = ("sidebar", "sidebar", "sidebar", "topbar", "topbar", "rail", "plain")
# What skins and layouts say by themselves, whatever the screen is about.
_SAID = (
    "actions add_line all back cancel clear filter apply reset items language next none on off "
    "optional previous select this_month today total upgrade version view_all"
).split()


def frame_screen(desk: Desk, screen: Screen, subject: Table, width: int) -> Screen:
    """The same screen inside an application's frame."""
    words = desk.words
    user = desk.data_name()
    mobile = screen.kind.startswith("mobile") or width < 600
    crumbs = _breadcrumbs(desk, screen)
    return replace(
        screen,
        frame="mobile" if mobile else desk.random.choice(FRAMES),
        nav=_navigation(desk, screen, subject),
        nav_bottom=(
            NavItem(words("settings"), "settings", screen.kind == "settings"),
            NavItem(words("help"), "help"),
        )[: desk.random.choice((0, 1, 2))],
        user=user,
        user_role=words("admin"),
        user_initials=initials(user),
        breadcrumbs=crumbs,
        badge_count=desk.random.choice((0, 0, 2, 5, 12)),
        words=_words(desk, screen),
    )


def _breadcrumbs(desk: Desk, screen: Screen) -> tuple[str, ...]:
    """Some screens have none, some begin at home, and some lists have them too."""
    chance, home, crumbs = desk.random.random, desk.words("home"), screen.breadcrumbs
    if crumbs and chance() < 0.4:
        return ()
    if crumbs and chance() < 0.3:
        return (home, *crumbs)
    if not crumbs and screen.kind in ("list", "filter", "kanban") and chance() < 0.25:
        return (home, screen.many)
    return crumbs


def _words(desk: Desk, screen: Screen) -> dict[str, str]:
    words = desk.words
    return {key: words(key) for key in _SAID} | {
        "per_page": words("per_page", n=desk.random.choice((10, 20, 25, 50))),
        "updated": words("updated", when=desk.style.date(desk.now())),
        "search": words("search", many=screen.many),
    }


def _navigation(desk: Desk, screen: Screen, subject: Table) -> tuple[NavItem, ...]:
    items = [NavItem(desk.words("dashboard"), "dashboard", screen.kind == "dashboard")]
    for table in desk.domain.tables.values():
        if table.main or table.gallery:
            active = table.name == subject.name and screen.kind != "dashboard"
            badge = str(desk.random.randint(2, 30)) if desk.random.random() < 0.12 else ""
            items.append(NavItem(desk.many(table.name), table.icon, active, badge))
    if len(items) < 6 and desk.random.random() < 0.6:
        items.append(NavItem(desk.words("reports"), "chart-bar"))
    return tuple(items[:9])
