"""The vendored style sheets, fonts and icons: complete, licensed, never asking the network."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import sync_playwright

from ghost_engine.collect import synth

VENDOR = Path(synth.__file__).parent / "vendor"
FRAMEWORKS = sorted(path for path in (VENDOR / "css").iterdir() if path.is_dir())
SHEETS = [*(path / "style.css" for path in FRAMEWORKS), VENDOR / "fonts" / "fonts.css"]
ICON_SETS = sorted((VENDOR / "icons").glob("*.json"))
LETTERS = "äöüßÄÖÜéèêàçñ¿¡œ€–„“"
NAMES = (
    "antd blueprint bootstrap bulma carbon element fomantic mantine "
    "materialize pico primer tabler tailwind uikit"
)


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def test_every_framework_is_there() -> None:
    assert " ".join(path.name for path in FRAMEWORKS) == NAMES


@pytest.mark.parametrize("folder", FRAMEWORKS, ids=lambda path: path.name)
def test_a_framework_carries_its_licence(folder: Path) -> None:
    text = (folder / "LICENSE").read_text("utf-8")
    assert re.search(r"MIT|Permission is hereby granted|Apache License", text)
    header = (folder / "style.css").read_text("utf-8").split("*/", 1)[0]
    assert re.search(r"\d+\.\d+\.\d+, (MIT|Apache-2\.0)", header)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.parent.name)
def test_a_sheet_asks_nothing_of_the_network(sheet: Path) -> None:
    css = without_comments(sheet.read_text("utf-8"))
    assert "@import" not in css
    for target in re.findall(r"url\(\s*['\"]?([^'\")]+)", css):
        assert target.startswith(("data:", "#")) or (sheet.parent / target).is_file(), target[:80]
    addresses = set(re.findall(r"https?://[^\"' )]+", unquote(css)))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_whole_stays_small() -> None:
    sizes = {path.parent.name: path.stat().st_size for path in SHEETS}
    assert max(sizes.values()) < 400_000
    assert sum(sizes.values()) < 3_200_000


def test_the_icon_sets_share_their_names() -> None:
    assert [path.stem for path in ICON_SETS] == ["bootstrap", "lucide", "tabler"]
    sets = [json.loads(path.read_text("utf-8")) for path in ICON_SETS]
    assert len(sets[0]["icons"]) >= 110
    for icons in sets:
        assert list(icons["icons"]) == list(sets[0]["icons"])
        assert {"viewBox", "fill"} <= set(icons["attributes"])
        assert all(
            re.match(r"<(path|circle|rect|line|poly|ellipse)", v) for v in icons["icons"].values()
        )
    assert all((VENDOR / "icons" / f"LICENSE-{path.stem}.txt").is_file() for path in ICON_SETS)


def families() -> list[tuple[str, str]]:
    css = (VENDOR / "fonts" / "fonts.css").read_text("utf-8")
    return re.findall(r'font-family: "([^"]+)";.*?font-weight: (\d+)', css, flags=re.DOTALL)


def test_every_font_has_its_licence() -> None:
    for font in (VENDOR / "fonts").glob("*.woff2"):
        licence = VENDOR / "fonts" / f"LICENSE-{font.stem.rpartition('-')[0]}.txt"
        assert "SIL OPEN FONT LICENSE" in licence.read_text("utf-8").upper(), font.name


# A glyph the family lacks is drawn with the fallback, and then its width differs between two.
MISSING = """async ([family, weight, letters]) => {
  const fonts = await document.fonts.load(`${weight} 40px "${family}"`, letters);
  if (!fonts.length) return [...letters];
  const pen = document.createElement("canvas").getContext("2d");
  const width = (letter, fallback) => {
    pen.font = `${weight} 40px "${family}", ${fallback}`;
    return pen.measureText(letter).width;
  };
  return [...letters].filter((letter) => width(letter, "monospace") !== width(letter, "serif"));
}"""


@pytest.mark.browser
def test_the_fonts_draw_german_french_and_spanish(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "No chromium on the PATH. Install it: the browser tests need one."
    sheet = (VENDOR / "fonts" / "fonts.css").as_uri()
    html = tmp_path / "fonts.html"
    html.write_text(f'<meta charset="utf-8"><link rel="stylesheet" href="{sheet}">', "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(html.as_uri())
        missing = {font: page.evaluate(MISSING, [*font, LETTERS]) for font in families()}
        control = page.evaluate(MISSING, ["Inter", "400", "Ж"])
        browser.close()
    assert len(missing) == 21
    assert {font: letters for font, letters in missing.items() if letters} == {}
    assert control == ["Ж"]
