"""Screens for training the reader: every text of a generated page, with what it is.

    python scripts/reader_screens.py --out FOLDER [--count 3000] [--seed reader]
    python scripts/reader_screens.py --out FOLDER --pairs data/pairs.jsonl

Writes `images/<number>.png` and `screens.jsonl`, one screen a line: its texts as they stand in the
page (nothing is read from pixels), each with its role, region, field and kind. Only domains and
frameworks that are not held out are drawn. With `--pairs` the screens of those pairs are drawn
again, to compare with what a text reader makes of their pictures. Goes on where a run ended.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from markupsafe import Markup

from ghost_engine.collect.synth.browser import Camera
from ghost_engine.collect.synth.domain import load_domain
from ghost_engine.collect.synth.draw import draw_page
from ghost_engine.collect.synth.fields import Desk, Shown
from ghost_engine.collect.synth.generate import _to_palette
from ghost_engine.collect.synth.held_out import training_domains, training_frameworks
from ghost_engine.collect.synth.looks import choose_look
from ghost_engine.collect.synth.plan import plan_screen
from ghost_engine.collect.synth.recipe import Recipe, choose_recipe
from ghost_engine.collect.synth.rows import Data
from ghost_engine.collect.synth.screen import Screen
from ghost_engine.collect.synth.words import choose_style, choose_words
from ghost_engine.data.pairs import read_pairs

SCRIPT = (Path(__file__).parent / "reader_texts.js").read_text("utf-8")
KIND_OF_SECTIONS = {"form", "modal", "wizard", "settings", "mobile_form"}
ALL_KINDS = (  # boards and cards more often than applications show them: they are harder
    "list list filter form form detail detail master_detail cards kanban calendar settings "
    "dashboard modal wizard mobile_list mobile_form"
).split()


class MarkingDesk(Desk):
    """A desk whose marks also say which field a label or value belongs to."""

    def field(self, shown: Shown, *, form: bool = False) -> Any:
        made = super().field(shown, form=form)
        return replace(made, mark=self._more(made.mark, shown))

    def cell(self, shown: Shown, row: Any, number: int) -> Any:
        made = super().cell(shown, row, number)
        return replace(made, mark=self._more(made.mark, shown)) if made.mark else made

    def mark_all(self, shown: Any, paths: str) -> Markup:
        return self._more(super().mark_all(shown, paths), shown[0])

    def _more(self, mark: Markup, shown: Shown) -> Markup:
        column = shown.column
        kind = "count" if shown.count else "tags" if shown.chips else self.kind(column)
        target = shown.chips.references if shown.chips else column.references
        person = "person" if not shown.count and self._is_person(column) else ""
        value = "|".join((shown.name, kind, column.name, str(target or ""), person))
        return mark + Markup(' data-fd="{}"').format(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", default="reader")
    parser.add_argument("--pairs", type=Path, help="draw these pairs' screens again")
    arguments = parser.parse_args()
    recipes = (
        _of_pairs(arguments.pairs)
        if arguments.pairs
        else [_recipe(arguments.seed, number) for number in range(arguments.count)]
    )
    asyncio.run(_shoot(recipes, arguments.out))


def _recipe(seed: str, number: int) -> Recipe:
    """Recipe `number`: every kind in turn, where its domain has it."""
    wanted = ALL_KINDS[number % len(ALL_KINDS)]
    for attempt in range(40):
        made = choose_recipe(seed, number, attempt, training_domains(), training_frameworks(), 0.15)
        if made.kind == wanted:
            return made
    return made


def _of_pairs(path: Path) -> list[Recipe]:
    made = []
    for pair in read_pairs(path):
        width, height, scale = pair.viewport or (0, 0, 1)
        made.append(
            Recipe(
                str(pair.recipe),
                str(pair.domain),
                str(pair.screen_kind),
                str(pair.framework),
                str(pair.language),
                width,
                height,
                scale,
            )
        )
    return made


def draw_marked(recipe: Recipe) -> tuple[Screen, bool, str]:
    """The screen of a recipe, whether it is dark, and its page: `recipe.draw` with more marks."""
    domain = load_domain(recipe.domain)
    words = Random(f"{recipe.seed}/words")
    desk = MarkingDesk(
        domain,
        Data(domain, recipe.language, recipe.seed),
        choose_words(recipe.language, words),
        choose_style(recipe.language, words),
        Random(f"{recipe.seed}/plan"),
    )
    screen = mark_regions(plan_screen(desk, recipe.kind, recipe.width))
    look = choose_look(
        recipe.framework, Random(f"{recipe.seed}/look"), chart=recipe.kind == "dashboard"
    )
    return screen, look.dark, draw_page(screen, look, recipe.width)


def mark_regions(screen: Screen) -> Screen:
    """The screen with every mark told its region: "kind:name"."""
    form = screen.kind in KIND_OF_SECTIONS or screen.dialog
    sections = "form:main" if form else "detail:main"
    regions = {
        "table": "table:modal" if screen.kind == "modal" else "table:main",
        "filters": "table:main",
        "sections": sections,
        "head": sections,
        "cards": "cards:main",
        "lanes": "kanban:main",
        "weeks": "calendar:main",
        "legend": "calendar:main",
    }
    for name, region in regions.items():
        screen = replace(screen, **{name: _tell(getattr(screen, name), region)})
    related = tuple(_tell(t, f"table:{place}") for place, t in enumerate(screen.related))
    stats = tuple(_tell(each, f"tile:{place}") for place, each in enumerate(screen.stats))
    return replace(screen, related=related, stats=stats)


def _tell(thing: Any, region: str) -> Any:
    if isinstance(thing, tuple):
        return tuple(_tell(each, region) for each in thing)
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    told = {field.name: _tell(getattr(thing, field.name), region) for field in fields(thing)}
    if told.get("mark"):
        told["mark"] = told["mark"] + Markup(' data-rg="{}"').format(region)
    return replace(thing, **told)


def name_roles(screen: Screen, texts: list[dict[str, Any]]) -> None:
    """Gives every text its `role`; marks come first, then what the screen calls such a text."""
    lookup: dict[str, set[str]] = {}

    def say(role: str, *names: str) -> None:
        for name in names:
            lookup.setdefault(name.casefold(), set()).add(role)

    say("nav", *(item.label for item in (*screen.nav, *screen.nav_bottom)))
    active = {item.label.casefold() for item in screen.nav if item.active}
    say("crumb", *screen.breadcrumbs)
    say("button", *(action.label for action in (*screen.actions, *screen.buttons)))
    say("button", *(screen.words[key] for key in ("view_all", "add_line", "apply", "reset")))
    say("tab", *screen.tabs, *screen.steps)
    say("caption", *(section.title for section in screen.sections))
    say("caption", *(table.title for table in screen.related))
    say("title", screen.title)
    if screen.kind == "modal":
        say("modal", screen.sections[0].title)
    for text in texts:
        text["role"] = _role(text, lookup.get(text["text"].casefold(), set()), active, screen)
    _largest_title(texts)


def _role(text: dict[str, Any], roles: set[str], active: set[str], screen: Screen) -> str:
    if text["cover"]:
        return "other"
    if screen.kind == "modal" and text["modal"] and "modal" in roles and not text["button"]:
        return "title"
    blank = len(text["text"]) <= 3 and not any(c.isalnum() for c in text["text"])
    if text["cell"] and not text["gt"] and not text["gc"]:
        return "value" if text["fd"] and blank else "other"
    if text["control"].endswith("placeholder"):
        return "other"
    if text["gl"]:
        return "label"
    if text["gt"]:
        return "title" if text["heading"] else "value"
    if text["gc"]:
        return "value" if text["text"][:1].isdigit() else "label"
    if text["button"] and "button" in roles:
        return "button"
    if not text["main"] and not text["modal"]:
        if "title" in roles and screen.frame == "mobile" and "nav" not in roles:
            return "title"
        if "nav" in roles:
            return "active" if text["text"].casefold() in active else "nav"
        return "button" if "button" in roles else "other"
    if text["heading"]:
        return "title"
    for role in ("caption", "tab", "button", "title", "crumb"):
        if role in roles:
            return role
    return "other"


def _largest_title(texts: list[dict[str, Any]]) -> None:
    """Of several texts with the title's words the largest is it; the others are a path's steps."""
    titles = [text for text in texts if text["role"] == "title" and not text["gt"]]
    largest = max((text["size"] for text in titles), default=0)
    for text in titles:
        if text["size"] < 0.9 * largest:
            text["role"] = "crumb"


class TextCamera(Camera):
    """A camera that brings back the texts of a page instead of its marks."""

    async def _render(  # type: ignore[override]
        self, page: Any, session: Any, html: str, size: tuple[int, int], scale: int
    ) -> tuple[bytes, list[dict[str, Any]]]:
        assert self._server is not None
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale}
        await session.send("Emulation.setDeviceMetricsOverride", metrics | {"mobile": False})
        with self._server.page(html) as url:
            await page.goto(url, wait_until="load")
            await page.evaluate("() => document.fonts.ready.then(() => true)")
            found = await page.evaluate(SCRIPT)
            taken = await session.send(
                "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True}
            )
        return base64.b64decode(taken["data"]), found


async def _shoot(recipes: list[Recipe], folder: Path) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    path = folder / "screens.jsonl"
    done = path.read_bytes().count(b"\n") if path.exists() else 0
    with open(path, "a", encoding="utf-8") as file:
        async with TextCamera(1) as camera:
            for number, recipe in enumerate(recipes[done:], start=done):
                screen, dark, html = draw_marked(recipe)
                png, texts = await camera.shoot(html, recipe.width, recipe.height, recipe.scale)  # type: ignore[misc]
                name_roles(screen, texts)
                small, _ = _to_palette(png)
                (folder / "images" / f"{number:05}.png").write_bytes(small)
                file.write(_line(number, recipe, dark, texts) + "\n")
                file.flush()


def _line(number: int, recipe: Recipe, dark: bool, texts: list[dict[str, Any]]) -> str:
    kept = []
    for text in texts:
        shown = text["text"]
        if text["share"] < 0.9:
            shown = shown[: max(1, int(len(shown) * text["share"]) - 1)] + "..."
        data = text["role"] in ("label", "value", "title")
        kept.append(
            {
                "text": shown,
                "box": [round(edge * recipe.scale) for edge in text["box"]],
                "role": text["role"],
                "region": text["rg"] if data else "",
                "field": text["fd"] if data else "",
            }
        )
    head = {
        "id": f"{recipe.domain}-{recipe.kind}-{number:05}",
        "image": f"images/{number:05}.png",
        "size": [recipe.width * recipe.scale, recipe.height * recipe.scale],
        "kind": recipe.kind,
        "framework": recipe.framework,
        "domain": recipe.domain,
        "dark": dark,
    }
    return json.dumps(head | {"texts": kept}, ensure_ascii=False)


if __name__ == "__main__":
    main()
