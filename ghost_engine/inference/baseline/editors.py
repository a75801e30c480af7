"""What a form asks for without a plain input: a long text under a bar of signs, and the record's
own name in an input set large, with no label at all.

Controls and the texts of a form go in, fields come out.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.captions import label_above
from ghost_engine.inference.baseline.controls import MAX_INPUT_HEIGHT, Control, holds, holds_text
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import Text, group_rows, union_box

NEAR = 5  # pixels between a bar and what it stands on
SIGN = 3  # letters; longer words are heads of columns or tabs
MIN_SIGNS = 3  # small controls or letters in a bar
BAR = (1.5, 6.0)  # font sizes, the height of a bar
MIN_SHEET = 4.0  # font sizes, the height of what is written on
TAB = 4.0  # font sizes, the height of a tab
LARGE = 1.25  # of the usual size, a title in its input


def editor_fields(setting: Setting) -> list[Field]:
    """The long texts, each named by the open tab it lies under, or by the label over it."""
    surfaces = [control for control in setting.controls if control.shape in ("box", "panel")]
    fields: list[Field] = []
    for sheet in surfaces:
        bar = next((each for each in surfaces if _is_bar_of(each, sheet, setting)), None)
        label = _tab_over(bar, setting) or label_above(bar, setting) if bar is not None else None
        if bar is None or label is None or not is_label(label.text) or is_action(label.text):
            continue
        inside = [text for text in setting.everything if holds_text(sheet.box, text)]
        shown = " ".join(text.text for row in group_rows(inside) for text in row)
        fields.append(
            Field(
                plain_label(label.text),
                (shown,) if shown else (),
                union_box([label.box, bar.box, sheet.box]),
                "textarea",
                is_required(label.text),
            )
        )
    return fields


def _is_bar_of(bar: Control, sheet: Control, setting: Setting) -> bool:
    """Whether a strip of signs stands on a sheet of its width that holds no inputs."""
    size = setting.size
    flush = abs(bar.box[0] - sheet.box[0]) < NEAR and abs(bar.box[2] - sheet.box[2]) < NEAR
    on = -2 <= sheet.box[1] - bar.box[3] <= NEAR
    high = BAR[0] * size <= bar.height <= BAR[1] * size and sheet.height >= MIN_SHEET * size
    if not (flush and on and high):
        return False
    if any(holds(sheet.box, other.box) for other in setting.inputs if other is not sheet):
        return False
    texts = [text for text in setting.everything if holds_text(bar.box, text)]
    signs = sum(
        other.shape in ("chip", "button", "checkbox") and holds(bar.box, other.box)
        for other in setting.controls
    )
    words = sum(len(text.text) > SIGN for text in texts)
    return words <= 1 and max(signs, len(texts)) >= MIN_SIGNS


def _tab_over(bar: Control, setting: Setting) -> Text | None:
    """The text of the tab whose frame is open towards a bar."""
    for control in setting.controls:
        x0, y0, x1, y1 = control.box
        over = bar.box[0] - NEAR <= x0 and x1 <= bar.box[2] and -2 <= bar.box[1] - y1 <= 2 * NEAR
        if control.shape in ("box", "button", "chip") and over and y1 - y0 < TAB * setting.size:
            inside = [text for text in setting.everything if holds_text(control.box, text)]
            if len(inside) == 1:
                return inside[0]
    return None


def title_field(named: Sequence[Control], setting: Setting) -> Field | None:
    """The name of the record a form is about: alone in an input over all others, set large."""
    size = setting.size
    top = min((control.box[1] for control in named), default=0)
    for control in setting.inputs:
        if control.box[3] > top or control.height > MAX_INPUT_HEIGHT * size:
            continue
        inside = [text for text in setting.everything if holds_text(control.box, text)]
        if len(inside) != 1 or is_action(inside[0].text) or inside[0].size <= LARGE * size:
            continue
        if inside[0].box[0] - control.box[0] < 2 * size:
            return Field("Name", (inside[0].text.rstrip("|"),), control.box, "input", read=False)
    return None
