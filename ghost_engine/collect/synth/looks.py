"""How one application looks: framework, light or dark, colours, font, density and habits.

`choose_look` draws everything that does not depend on the data; `Look.css` is the part of the page
that carries it. Skins read the flags, layouts do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from markupsafe import Markup

FOLDER = Path(__file__).parent
FONTS = (
    "Inter",
    "Roboto",
    "Open Sans",
    "Lato",
    "Source Sans 3",
    "Nunito Sans",
    "IBM Plex Sans",
    "DM Sans",
    "Public Sans",
    "Noto Serif",
)
ACCENTS = {
    "blue": ("#2563eb", "#60a5fa"),
    "indigo": ("#4f46e5", "#818cf8"),
    "violet": ("#7c3aed", "#a78bfa"),
    "teal": ("#0f766e", "#2dd4bf"),
    "green": ("#15803d", "#4ade80"),
    "orange": ("#c2410c", "#fb923c"),
    "red": ("#b91c1c", "#f87171"),
    "pink": ("#be185d", "#f472b6"),
    "cyan": ("#0e7490", "#22d3ee"),
    "graphite": ("#334155", "#94a3b8"),
}
NEUTRALS = {
    "slate": ("#f8fafc", "#f1f5f9", "#e2e8f0", "#cbd5e1", "#64748b", "#334155", "#0f172a"),
    "gray": ("#f9fafb", "#f3f4f6", "#e5e7eb", "#d1d5db", "#6b7280", "#374151", "#111827"),
    "zinc": ("#fafafa", "#f4f4f5", "#e4e4e7", "#d4d4d8", "#71717a", "#3f3f46", "#18181b"),
    "stone": ("#fafaf9", "#f5f5f4", "#e7e5e4", "#d6d3d1", "#78716c", "#44403c", "#1c1917"),
}
_TONES = {
    "neutral": ("#e5e7eb", "#374151", "#374151", "#d1d5db"),
    "info": ("#dbeafe", "#1d4ed8", "#1e3a5f", "#93c5fd"),
    "success": ("#dcfce7", "#166534", "#14432a", "#86efac"),
    "warning": ("#fef3c7", "#92400e", "#4a3410", "#fcd34d"),
    "danger": ("#fee2e2", "#b91c1c", "#501d1d", "#fca5a5"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One application's look; see `skins/base.html` for what each flag does."""

    framework: str
    dark: bool
    accent: str
    neutral: str
    font: str
    size: int
    density: str  # compact, normal or airy
    sidebar: str  # dark, light, accent or same
    radius: int
    shadow: bool
    table: str
    labels: str
    details: str
    crumb: str
    blank: str
    buttons: str
    width: str
    bools: str
    top_items: int
    upper_heads: bool
    stars: bool
    optionals: bool
    hints: bool
    switches: bool
    radios: bool
    second_bar: bool
    bar_search: bool
    bell: bool
    user_name: bool
    user_below: bool
    filter_button: bool
    filter_side: bool
    detail_side: bool
    stat_icons: bool
    card_labels: bool
    card_pictures: bool
    row_pictures: bool
    phone_bottom: bool
    floating: bool
    icons: str
    picks: int
    chart: Markup = Markup()

    @property
    def theme(self) -> str:
        return "dark" if self.dark else "light"

    def picked(self, place: int) -> bool:
        """Whether the row at that place of a table is ticked."""
        return place < 8 and bool(self.picks >> place & 1)

    def css(self) -> str:
        """The custom properties that `base.css` and the skins are written in."""
        values = _palette(self) | _measures(self)
        return ":root{" + "".join(f"--{key}:{value};" for key, value in values.items()) + "}"


def choose_look(framework: str, random: Random, *, chart: bool = False) -> Look:
    """A look for that framework; every flag by chance."""

    def chance(share: float) -> bool:
        return random.random() < share

    dark = chance(0.25)
    accent = random.choice(tuple(ACCENTS))
    look: dict[str, Any] = dict(
        framework=framework,
        dark=dark,
        accent=accent,
        neutral=random.choice(tuple(NEUTRALS)),
        font=random.choice(FONTS[:-1]) if chance(0.96) else FONTS[-1],
        size=random.choice((13, 14, 14, 15, 16)),
        density=random.choice(("compact", "normal", "normal", "airy")),
        sidebar=random.choice(("dark", "dark", "light", "same", "same", "accent")),
        radius=random.choice((0, 3, 4, 6, 8, 10)),
        shadow=chance(0.5),
        table=random.choice(("", "", "striped", "boxed", "striped")),
        labels=random.choice(("above", "above", "above", "beside")),
        details=random.choice(("", "lined", "beside")),
        crumb=random.choice(("/", "›", "»", ">")),
        blank=random.choice(("—", "", "-", "")),
        buttons=random.choice(("left", "left", "right")),
        width=random.choice(("", "", "boxed")),
        bools=random.choice(("icon", "word", "word")),
        top_items=random.choice((4, 5, 6)),
        picks=random.choice((0, 0, 0, 2, 5, 1)),
        icons=random.choice(("lucide", "tabler", "bootstrap")),
    )
    shares = dict(
        upper_heads=0.25,
        stars=0.6,
        optionals=0.25,
        hints=0.6,
        switches=0.5,
        radios=0.35,
        second_bar=0.6,
        bar_search=0.5,
        bell=0.6,
        user_name=0.5,
        user_below=0.4,
        filter_button=0.5,
        filter_side=0.3,
        detail_side=0.4,
        stat_icons=0.5,
        card_labels=0.8,
        card_pictures=0.7,
        row_pictures=0.5,
        phone_bottom=0.6,
        floating=0.5,
    )
    look |= {name: chance(share) for name, share in shares.items()}
    line = _chart(random) if chart and chance(0.45) else Markup()
    return Look(**look, chart=line)


def _chart(random: Random) -> Markup:
    """A plain line or bars; numbers nobody can read, so nothing to learn from."""
    colour = "var(--accent)"
    heights = [random.randint(15, 95) for _ in range(24)]
    if random.random() < 0.5:
        bars = "".join(
            f'<rect x="{n * 25 + 4}" y="{100 - h}" width="15" height="{h}" rx="2"/>'
            for n, h in enumerate(heights)
        )
        body = f'<g fill="{colour}">{bars}</g>'
    else:
        line = " ".join(f"{n * 26},{100 - h}" for n, h in enumerate(heights))
        body = (
            f'<polygon points="0,100 {line} 598,100" fill="{colour}" opacity=".15"/>'
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
    return Markup(
        f'<svg class="g-chart" viewBox="0 0 600 100" preserveAspectRatio="none">{body}</svg>'
    )


def _palette(look: Look) -> dict[str, str]:
    shades = NEUTRALS[look.neutral]
    light, bright = ACCENTS[look.accent]
    accent = light if not look.dark or look.radius % 2 else bright
    tones = {
        f"{name}-{part}": colours[(2 if look.dark else 0) + place]
        for name, colours in _TONES.items()
        for place, part in enumerate(("bg", "text"))
    }
    if look.dark:
        base = {
            "bg": "#0f1218" if look.neutral == "slate" else "#141414",
            "surface": "#1a1f29" if look.neutral == "slate" else "#1f1f1f",
            "field": "#12161e" if look.neutral == "slate" else "#181818",
            "head": "#202634" if look.neutral == "slate" else "#262626",
            "lane": "#161b24" if look.neutral == "slate" else "#1a1a1a",
            "stripe": "#ffffff08",
            "line": "#ffffff1c",
            "line-strong": "#ffffff33",
            "text": "#d7dce5",
            "strong": "#f1f5f9",
            "muted": "#93a0b4",
            "label": "#c3cad6",
        }
    else:
        base = {
            "bg": "#ffffff" if look.sidebar == "same" and look.shadow else shades[1],
            "surface": "#ffffff",
            "field": "#ffffff",
            "head": shades[0],
            "lane": shades[2],
            "stripe": shades[0],
            "line": shades[2],
            "line-strong": shades[3],
            "text": shades[5],
            "strong": shades[6],
            "muted": shades[4],
            "label": shades[5],
        }
    accents = {
        "accent": accent,
        "on-accent": "#ffffff" if accent == light else "#0b1220",
        "accent-text": bright if look.dark else light,
        "accent-bg": f"{bright if look.dark else light}22",
        "danger": "#f87171" if look.dark else "#dc2626",
    }
    return base | accents | tones | _sides(look, base, light, bright)


def _sides(look: Look, base: dict[str, str], light: str, bright: str) -> dict[str, str]:
    """The navigation's colours; the bar on top has the same."""
    ink = NEUTRALS[look.neutral][6]
    dark = {"": ink, "text": "#cbd5e1", "strong": "#ffffff", "line": "#ffffff14"}
    kinds = {
        "dark": dark | {"on": "#ffffff1f", "on-text": "#ffffff"},
        "accent": {
            "": light,
            "text": "#ffffffdd",
            "strong": "#ffffff",
            "line": "#ffffff22",
            "on": "#ffffff2b",
            "on-text": "#ffffff",
        },
    }
    logo = {"logo": "#ffffff2b", "on-logo": "#ffffff"} if look.sidebar == "accent" else {}
    plain = {
        "": base["surface"],
        "text": base["text"],
        "strong": base["strong"],
        "line": base["line"],
        "on": f"{bright if look.dark else light}22",
        "on-text": bright if look.dark else light,
    }
    chosen = kinds.get(look.sidebar, plain)
    named = {f"-{key}" if key else "": value for key, value in chosen.items()}
    sides = {f"{place}{key}": value for place in ("side", "bar") for key, value in named.items()}
    return sides | logo


def _measures(look: Look) -> dict[str, str]:
    pad = {"compact": 5, "normal": 9, "airy": 13}[look.density]
    return {
        "font": f"'{look.font}'",
        "size": f"{look.size}px",
        "title": f"{1.35 + 0.1 * (look.radius % 3):.2f}em",
        "pad": f"{pad}px",
        "pad-button": f"{max(4, pad - 2)}px",
        "pad-input": f"{max(4, pad - 3)}px",
        "pad-panel": f"{pad * 2 - 2}px",
        "gap": f"{pad + 7}px",
        "gap-field": f"{pad + 5}px",
        "gap-page": f"{pad * 2 + 4}px",
        "radius": f"{look.radius}px",
        "radius-panel": f"{round(look.radius * 1.4)}px",
        "radius-badge": "99px" if look.radius > 3 else f"{look.radius}px",
        "panel-border": "0" if look.shadow and not look.dark else "1px solid var(--line)",
        "shadow": "0 1px 3px #0000001f" if look.shadow else "none",
        "side-width": f"{ {'compact': 200, 'normal': 228, 'airy': 256}[look.density] }px",
        "th-size": ".82em" if look.upper_heads else ".93em",
        "th-case": "uppercase" if look.upper_heads else "none",
        "th-space": ".04em" if look.upper_heads else "0",
        "label-weight": "600" if look.stars else "500",
        "first": "var(--accent-text)" if look.bell else "var(--strong)",
        "first-weight": "500",
        "day": "104px" if look.density == "airy" else "88px",
    }


@lru_cache(maxsize=1)
def frameworks() -> tuple[str, ...]:
    """Every framework there is a skin for; `plain` is our own."""
    skins = sorted(path.stem for path in (FOLDER / "skins").glob("*.html") if path.stem != "base")
    return ("plain", *skins)
