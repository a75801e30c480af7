"""What pair number `index` of a seed is: domain, kind, framework, language, viewport. No drawing.

Every axis has a random number generator of its own, named after seed and axis, so that a change in
one choice leaves the others as they were, on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ghost_engine.collect.synth.domain import load_domain
from ghost_engine.collect.synth.draw import draw_page
from ghost_engine.collect.synth.fields import Desk
from ghost_engine.collect.synth.looks import choose_look
from ghost_engine.collect.synth.plan import KINDS, kinds_of, plan_screen
from ghost_engine.collect.synth.rows import Data
from ghost_engine.collect.synth.words import choose_style, choose_words

# How often applications show each kind.
_WEIGHTS = {
    "list": 16,
    "filter": 9,
    "form": 13,
    "detail": 13,
    "master_detail": 7,
    "cards": 7,
    "kanban": 6,
    "calendar": 7,
    "settings": 8,
    "dashboard": 9,
    "modal": 6,
    "wizard": 4,
    "mobile_list": 5,
    "mobile_form": 4,
}
_DESKTOPS = (
    (1280, 800),
    (1366, 768),
    (1440, 900),
    (1280, 720),
    (1536, 864),
    (1600, 900),
    (1920, 1080),
    (1024, 768),
)
_TABLETS = ((820, 1180), (768, 1024))
_PHONES = ((390, 844), (412, 915), (430, 932))


@dataclass(frozen=True, slots=True)
class Recipe:
    """One pair before anything is drawn. Sizes are CSS pixels; `scale` is the pixel ratio."""

    seed: str
    domain: str
    kind: str
    framework: str
    language: str
    width: int
    height: int
    scale: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A recipe's page. The same recipe gives the same HTML everywhere."""

    recipe: Recipe
    theme: str
    html: str


def choose_recipe(
    seed: int | str,
    index: int,
    attempt: int,
    domains: Sequence[str],
    frameworks: Sequence[str],
    double: float = 0.2,
) -> Recipe:
    """The recipe of pair `index`; another `attempt` gives another one.

    Args:
        domains, frameworks: what to choose from; domains take turns.
        double: the share of desktop screens with two device pixels for one of CSS.
    """
    turns = list(domains)
    Random(f"{seed}/turns/{index // len(turns)}").shuffle(turns)
    domain = turns[index % len(turns)]
    random = Random(f"{seed}/{index}/{attempt}/recipe")
    kinds = [kind for kind in KINDS if kind in kinds_of(load_domain(domain))]
    kind = random.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]
    languages = load_domain(domain).languages
    language = "en" if random.random() < 0.7 else random.choice(languages)
    width, height = _viewport(random, kind)
    return Recipe(
        seed=f"{seed}/{index}/{attempt}",
        domain=domain,
        kind=kind,
        framework=random.choice(list(frameworks)),
        language=language,
        width=width,
        height=height,
        scale=2 if random.random() < (0.5 if width < 600 else double) else 1,
    )


def _viewport(random: Random, kind: str) -> tuple[int, int]:
    if kind.startswith("mobile"):
        return random.choice(_PHONES)
    if random.random() < 0.06 and kind not in ("kanban", "calendar"):
        return random.choice(_TABLETS)
    return random.choice(_DESKTOPS)


def draw(recipe: Recipe) -> Drawing:
    """The page of a recipe."""
    domain = load_domain(recipe.domain)
    words = Random(f"{recipe.seed}/words")
    desk = Desk(
        domain,
        Data(domain, recipe.language, recipe.seed),
        choose_words(recipe.language, words),
        choose_style(recipe.language, words),
        Random(f"{recipe.seed}/plan"),
    )
    screen = plan_screen(desk, recipe.kind, recipe.width)
    look = choose_look(
        recipe.framework, Random(f"{recipe.seed}/look"), chart=recipe.kind == "dashboard"
    )
    return Drawing(recipe, look.theme, draw_page(screen, look, recipe.width))
