"""One picture from its lines to findings: clean, split, find regions, name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from ghost_engine.inference.baseline.cards import find_cards
from ghost_engine.inference.baseline.controls import Control, find_controls
from ghost_engine.inference.baseline.entities import Entity, navigation_nouns, region_entities
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.looks import measure_looks
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page, split_page
from ghost_engine.inference.baseline.pairs import find_pairs
from ghost_engine.inference.baseline.panels import find_panels
from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.relations import Finding
from ghost_engine.inference.baseline.spacing import split_at_gaps
from ghost_engine.inference.baseline.tables import RULED_CONFIDENCE, find_tables
from ghost_engine.inference.baseline.texts import clean_texts, median_height
from ghost_engine.inference.baseline.tiles import find_tiles
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.protocol import Box
from ghost_engine.ocr import Line
from ghost_engine.sql.nouns import singular

MIN_CONFIDENCE = 0.45
MIN_LIST = 3  # records
FRAMED = ("cards", "board", "tile")  # seen in pixels, so surer than what is only in line


def read_findings(image: Image.Image, lines: Sequence[Line], number: int) -> tuple[Finding, ...]:
    """What picture `number` shows, with names; nothing where nothing is sure."""
    texts = split_at_gaps(measure_looks(clean_texts(lines), image), image)
    if not texts:
        return ()
    controls = find_controls(image, texts)
    page = split_page(texts, controls, image)
    panels = find_panels(image, median_height(texts))
    regions = find_regions(page, controls, image, panels)
    entities = region_entities(page, regions)
    nouns = navigation_nouns(page)
    findings = []
    for order, (region, entity) in enumerate(zip(regions, entities, strict=True)):
        child = _child(order, region, regions, entity, entities[0])
        findings.append(
            Finding(region, child or entity, number, nouns, entity.name if child else None)
        )
    return tuple(findings)


def find_regions(
    page: Page, controls: Sequence[Control], image: Image.Image, panels: Sequence[Box] = ()
) -> tuple[Region, ...]:
    """The regions of a page, top to bottom; of two that overlap, the surer."""
    ruled = [*find_tables(page, image), *find_forms(page, controls), *find_pairs(page)]
    candidates = [*ruled, *find_cards(page, panels), *find_tiles(page, panels)]
    chosen: list[Region] = []
    for region in sorted(candidates, key=_weight, reverse=True):
        sure = region.confidence >= MIN_CONFIDENCE
        if sure and not any(_overlap(region.box, other.box) > 0.2 for other in chosen):
            chosen.append(region)
    chosen = [_as_filter(region, chosen) for region in chosen]
    return tuple(sorted(chosen, key=_place))


def _place(region: Region) -> tuple[bool, int, int]:
    """Top to bottom; tiles last, for they only name what may be shown elsewhere."""
    return region.kind == "tile", region.box[1], region.box[0]


def _as_filter(region: Region, regions: Sequence[Region]) -> Region:
    """A form mostly empty beside a list asks what to list: its fields are the list's."""
    filled = sum(bool(field.values) for field in region.fields)
    lists = any(
        other.kind == "table" and max(len(field.values) for field in other.fields) >= MIN_LIST
        for other in regions
    )
    if region.kind != "form" or not lists or filled >= 0.6 * len(region.fields):
        return region
    return replace(region, kind="filter")


def _weight(region: Region) -> tuple[bool, bool, float]:
    """Full tables go before what is made of their rows; those with lines before everything."""
    values = sum(len(field.values) for field in region.fields)
    columns = len(region.fields)
    full = region.kind == "table" and values >= 2.5 * columns
    sure = full and region.confidence >= 0.8 and (columns >= 3 or _has_typed_column(region))
    ruled = sure and region.confidence >= RULED_CONFIDENCE and columns >= 3
    sure = sure or region.kind in FRAMED
    return ruled, sure, region.confidence * (columns + 0.4 * min(values, 40))


def _has_typed_column(region: Region) -> bool:
    """Whether a column holds values of one kind other than words: a list of pairs has none."""
    kinds = ({kind_of_value(value) for value in field.values} for field in region.fields)
    return any(len(kind) == 1 and kind != {"text"} for kind in kinds)


def _overlap(one: Box, other: Box) -> float:
    """The shared area, as a share of the smaller box."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return max(0, width) * max(0, height) / max(1, smaller)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _child(
    order: int, region: Region, regions: Sequence[Region], entity: Entity, main: Entity
) -> Entity | None:
    """The entity of the lines listed under one record: a table below a single-row region."""
    first = regions[0]
    single = all(len(field.values) <= 1 for field in first.fields) and first.kind != "filter"
    if order == 0 or region.kind != "table" or entity != main or not single:
        return None
    label = singular(to_identifier(region.fields[0].label, "line"))
    name = f"{main.name}_{label}" if len(label) < 30 else f"{main.name}_line"
    return Entity(name, f'lines headed "{region.fields[0].label}"', round(0.8 * main.confidence, 2))
