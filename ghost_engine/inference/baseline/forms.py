"""Forms: inputs and switches with their labels and what is filled in.

Controls and texts go in, at most one form comes out: the controls that have a label. Search boxes,
buttons, the cells of a grid and the checkboxes that select rows are not fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.captions import (
    Side,
    find_caption,
    label_above,
    label_left,
    sides,
    tab_rows,
    usual_side,
    with_far_labels,
)
from ghost_engine.inference.baseline.controls import (
    MAX_INPUT_HEIGHT,
    Control,
    font_size,
    holds,
    holds_text,
)
from ghost_engine.inference.baseline.editors import editor_fields, title_field
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.inputs import find_inputs
from ghost_engine.inference.baseline.labels import (
    is_action,
    is_label,
    is_mark,
    is_required,
    plain_label,
)
from ghost_engine.inference.baseline.lined_up import lined_up_fields
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import ControlKind, Field, Region
from ghost_engine.inference.baseline.repeats import above_or_below, part_repeats
from ghost_engine.inference.baseline.segments import find_segments, segment_fields
from ghost_engine.inference.baseline.split_moments import with_whole_moments
from ghost_engine.inference.baseline.stacked_up import stacked_up_fields
from ghost_engine.inference.baseline.switches import switch_fields, toggle_rows
from ghost_engine.inference.baseline.texts import Text, group_rows, median_size, union_box
from ghost_engine.inference.baseline.underlines import underline_fields
from ghost_engine.inference.baseline.vocabulary import is_moment

MIN_FIELDS = 2
_FORM_OF_DAY = re.compile(
    r"(?:[dmyjta]{1,4}[-/.]\s?){2}[dmyja]{2,4}(?P<time>,?\s?(?:h{1,2}|-{1,2}):.*)?", re.IGNORECASE
)  # "mm/dd/yyyy", in any order and in German or French letters
_ASKS = re.compile(
    r"(?:please |click to )?"
    r"(?:choose|select|pick|enter|type|search|add|input|write|browse|upload)\b",
    re.IGNORECASE,
)
_TYPED = re.compile(r"(?:please )?(?:enter|type|input|write)\b", re.IGNORECASE)
MAX_LINE = 3.2  # font sizes, the height of an input in a row of others


def find_forms(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The form of the body and a table of what it asks for again and again, or nothing."""
    size = font_size(page.body)
    controls = [control for control in controls if control.box[0] >= page.left - 4]
    segments = find_segments(controls, page.body, size)
    grown = {control for group in segments for control in group}
    controls = [replace(each, shape="button") if each in grown else each for each in controls]
    inputs = find_inputs(controls, page.body, size)
    setting = with_far_labels(inputs, _setting(page.body, controls, inputs, size))
    side = usual_side(inputs, setting)
    tabs = tab_rows(inputs, setting)
    setting = replace(setting, texts=tuple(text for text in setting.texts if text not in tabs))
    where = sides(inputs, setting)
    named = [control for control in inputs if find_caption(control, where[control], setting)]
    boxed = [
        _field(control, where[control], page.body, setting)
        for control in inputs
        if control in named or _in_line(control, named or inputs, beside=bool(named))
        if control in named or _column_of(control, named, size) is None
    ]
    fields = [field for field in boxed if field is not None]
    fields += _rows_below(named, where, inputs, page.body, setting)
    lined = underline_fields(setting, [field.box for field in fields])
    fields += lined
    toggled = toggle_rows(setting)
    if len(fields) + len(toggled) < MIN_FIELDS:
        return ()
    around = _grown(union_box([field.box for field in [*fields, *toggled]]), 7 * size)
    fields += toggled
    fields += [*switch_fields(setting, side, around), *segment_fields(segments, setting)]
    left = [control for control in named if where[control] == "left"]
    labels = [(label, each) for each in left if (label := label_left(each, setting))]
    fields += lined_up_fields(labels, [field.box for field in fields], setting)
    over = [control for control in named if where[control] == "above"]
    labels = [(label, each) for each in over if (label := label_above(each, setting))]
    fields += stacked_up_fields(labels, [field.box for field in fields], setting)
    fields = with_whole_moments([*fields, *editor_fields(setting)], setting)
    title = title_field(named, setting)
    fields += [title] if title is not None else []
    fields, table = part_repeats(fields, page.body, size)
    unique = {field.label.lower(): field for field in reversed(fields)}
    ordered = _reading_order(tuple(unique.values()), page.width)
    if not ordered and table is not None:
        return (table,)
    box = union_box([field.box for field in ordered])
    confidence = round(min(0.95, 0.56 + 0.08 * len(ordered)), 2)
    if table is None:
        return (Region("form", ordered, box, confidence),)
    return (Region("form", ordered, above_or_below(ordered, table), confidence), table)


def _rows_below(
    named: Sequence[Control],
    where: dict[Control, Side],
    inputs: Sequence[Control],
    texts: Sequence[Text],
    setting: Setting,
) -> list[Field]:
    """The fields of inputs in rows below those with labels: a list that is filled in."""
    fields: list[Field | None] = []
    for control in inputs:
        head = None if control in named else _column_of(control, named, setting.size)
        label = find_caption(head, where[head], setting) if head is not None else None
        if label is not None:
            inside = [text for text in texts if holds_text(control.box, text)]
            row = replace(label, box=control.box)
            fields.append(_make(row, _without_icons(inside, control), control, setting.size))
    return [field for field in fields if field is not None]


def _column_of(control: Control, named: Sequence[Control], size: float) -> Control | None:
    """The input with a label that starts and ends where this one does, some rows above it, where
    its neighbours have such too."""
    columns = [
        other
        for other in named
        if abs(other.box[0] - control.box[0]) < 4
        and abs(other.box[2] - control.box[2]) < 4
        and abs(other.height - control.height) < 4
    ]
    above = [other for other in columns if other.box[3] <= control.box[1] + 2]
    head = max(above, key=lambda other: other.box[1], default=None)
    if head is None or head.height > MAX_LINE * size:
        return None
    beside = (other for other in named if abs(other.box[1] - head.box[1]) < 4)
    return head if any(other is not head for other in beside) else None


def _in_line(control: Control, inputs: Sequence[Control], beside: bool) -> bool:
    """Whether another input starts and ends where this one does, or stands `beside` it."""
    return any(
        other is not control
        and abs(other.height - control.height) < 5
        and (
            _is_stacked(control, other, beside)
            or (beside and abs(other.box[1] - control.box[1]) < 5)
        )
        for other in inputs
    )


def _is_stacked(one: Control, other: Control, far: bool) -> bool:
    """Whether two inputs start and end alike, one close below the other unless `far` will do."""
    alike = abs(other.box[0] - one.box[0]) < 5 and abs(other.box[2] - one.box[2]) < 5
    return alike and (far or abs(other.box[1] - one.box[1]) < 4 * one.height)


def _setting(
    texts: Sequence[Text], controls: Sequence[Control], inputs: Sequence[Control], size: float
) -> Setting:
    framed = [*inputs, *(control for control in controls if control.shape in ("button", "chip"))]
    outside = tuple(
        text
        for text in texts
        if not (is_mark(text.text) or any(holds_text(control.box, text) for control in framed))
    )
    panels = tuple(control for control in controls if control.shape == "panel")
    inside = [text for text in texts if any(holds_text(control.box, text) for control in inputs)]
    written = median_size(inside) if len(inside) >= MIN_FIELDS else 0.0
    return Setting(
        tuple(texts),
        outside,
        tuple(controls),
        panels,
        size,
        inputs=tuple(inputs),
        written=written,
    )


def _field(control: Control, side: Side, texts: Sequence[Text], setting: Setting) -> Field | None:
    inside = _without_icons([text for text in texts if holds_text(control.box, text)], control)
    inside = [text for text in inside if not _ASKS.match(text.text)] or inside  # beside chips
    label = find_caption(control, side, setting)
    if label is not None:
        field = _make(label, inside, control, setting.size)
        chips = _chips(control, inside, setting)
        if field is not None and chips:
            return replace(field, values=chips, control="several")
        return field
    rows = group_rows(inside)
    if len(rows) == 2 and control.height < MAX_INPUT_HEIGHT * setting.size:
        first = rows[0][0]
        if len(rows[0]) == 1 and first.size < rows[1][0].size and is_label(first.text):
            return _make(first, rows[1], control, setting.size)  # the label stands in the frame
    if len(inside) == 1 and is_label(inside[0].text) and not is_action(inside[0].text):
        return _placeholder(inside[0], control, setting)
    return None


def _chips(control: Control, inside: Sequence[Text], setting: Setting) -> tuple[str, ...]:
    """What several chips in an input say, each a value of its own."""
    held = [c for c in setting.controls if c.shape == "chip" and holds(control.box, c.box)]
    texts = [text for row in group_rows(inside) for text in row]
    said = tuple(t.text for t in texts if any(holds_text(chip.box, t) for chip in held))
    return said if len(said) >= 2 else ()


def _placeholder(text: Text, control: Control, setting: Setting) -> Field | None:
    """A text alone in an input names it; not in a button, and not where a value may stand."""
    low = control.height <= MAX_INPUT_HEIGHT * setting.size
    if not low or control.width < 3 * text.width or text.box[0] - control.box[0] > 3 * setting.size:
        return None
    return _make(text, (), control, setting.size)


def _without_icons(inside: Sequence[Text], control: Control) -> list[Text]:
    """A chevron or a cross at the right end is read as a letter or digit."""
    if len(inside) < 2:
        return list(inside)
    end = control.box[2] - 2.5 * control.height
    return [text for text in inside if len(text.text) > 2 or text.box[0] < end]


def _make(label: Text, values: Sequence[Text], control: Control, size: float) -> Field | None:
    shown = " ".join(text.text for row in group_rows(values) for text in row)
    asked = _FORM_OF_DAY.fullmatch(shown)
    when = asked is not None or is_moment(shown)  # "Start" over a date is no button
    if is_action(label.text) and not (is_required(label.text) or when):
        return None
    tall = control.height > MAX_INPUT_HEIGHT * size
    kind: ControlKind = "textarea" if tall and control.width > control.height else "input"
    if (tall and kind == "input") or control.opens:
        kind = "select"  # one of the rows of a list, or a list that opens
    if asked is not None:
        kind = "moment" if asked["time"] else "day"
    same = shown.lower() == plain_label(label.text).lower()
    asks = _ASKS.match(shown) is not None or (is_action(shown) and " " not in shown)
    prompt = asks or same  # "Choose...", "Select a date": nothing is filled in
    typed = _TYPED.match(shown) is not None
    shown = "" if prompt or asked is not None else shown
    return Field(
        plain_label(label.text),
        (shown,) if shown else (),
        union_box([label.box, control.box]),
        control="select" if prompt and not (same or typed) and kind == "input" else kind,
        required=is_required(label.text),
    )


def _grown(box: tuple[int, int, int, int], by: float) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = box
    return (int(x0 - by), int(y0 - by), int(x1 + by), int(y1 + by))


def _reading_order(fields: Sequence[Field], width: int) -> tuple[Field, ...]:
    """Column by column, then downwards."""
    return tuple(sorted(fields, key=lambda field: (round(6 * field.box[0] / width), field.box[1])))
