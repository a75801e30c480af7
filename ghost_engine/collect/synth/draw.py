"""From a `Screen` and a `Look` to HTML: layouts place, skins shape, `base.html` fills the gaps."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ghost_engine.collect.synth.looks import FOLDER, Look
from ghost_engine.collect.synth.screen import Action, Screen

_PAGE = """<!doctype html>
<html lang="{language}" class="{classes}" {attributes}>
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/vendor/fonts/fonts.css">{links}
<style>{base}{look}{skin}</style></head>
<body class="{body}">{content}</body></html>
"""


class _Skin:
    """The macros of a skin, and the base's where it has none of its own."""

    def __init__(self, *templates: Template) -> None:
        self._templates = templates
        self._modules: list[Any] = []

    def open(self, context: dict[str, Any]) -> None:
        self._modules = [template.make_module(context) for template in self._templates]

    def __getattr__(self, name: str) -> Any:
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=8)
def _icons(name: str) -> dict[str, Any]:
    """A vendored icon set: `icons` by name, and the attributes of their `<svg>`."""
    path = FOLDER / "vendor" / "icons" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1024)
def _icon(name_of_set: str, name: str) -> Markup:
    """An icon of that set, or of the one with more names; a folder where nobody has it."""
    for source in (name_of_set, "more/lucide", "lucide"):
        icons = _icons(source)
        if name in icons["icons"]:
            return _svg(icons, name)
    return _svg(_icons(name_of_set), "folder")


def _svg(icons: dict[str, Any], name: str) -> Markup:
    attributes = " ".join(f'{key}="{value}"' for key, value in icons["attributes"].items())
    return Markup(f'<svg class="g-icon" {attributes}>{icons["icons"][name]}</svg>')


@lru_cache(maxsize=64)
def _text(path: str) -> str:
    file = FOLDER / path
    return file.read_text("utf-8") if file.exists() else ""


def draw_page(screen: Screen, look: Look, width: int) -> str:
    """The whole page; its links are relative to a server's root, see `browser`.

    Args:
        width: the viewport in CSS pixels; layouts fold their side columns by it.
    """
    environment = _environment()
    names = [f"skins/{look.framework}.html"] if look.framework != "plain" else []
    skin = _Skin(*(environment.get_template(name) for name in [*names, "skins/base.html"]))

    def icon(name: str) -> Markup:
        return _icon(look.icons, name)

    def action(label: str, icon_name: str = "", style: str = "secondary") -> Action:
        return Action(label, icon_name, style)

    context = {
        "screen": screen,
        "look": look,
        "ui": skin,
        "icon": icon,
        "action": action,
        "width": width,
    }
    skin.open(context)
    content = environment.get_template(f"layouts/{screen.kind}.html").render(context)
    notes = _notes(skin)
    return _PAGE.format(
        language=screen.language,
        title=screen.title.replace("<", "&lt;"),
        links=f'\n<link rel="stylesheet" href="/vendor/css/{look.framework}/style.css">'
        if look.framework != "plain"
        else "",
        classes=notes["dark_class"] if look.dark else notes["light_class"],
        attributes=notes["dark_attributes"] if look.dark else notes["light_attributes"],
        body=notes["body_dark"] if look.dark else notes["body_light"],
        base=_text("skins/base.css"),
        look=look.css(),
        skin=_text(f"skins/{look.framework}.css"),
        content=content,
    )


def _notes(skin: _Skin) -> dict[str, str]:
    """How a skin switches to dark: variables set at the top of its template."""
    names = ("dark_class", "light_class", "dark_attributes", "light_attributes")
    return {name: str(getattr(skin, name, "")) for name in (*names, "body_dark", "body_light")}
