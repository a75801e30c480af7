"""One picture from its lines to findings: clean, split, find regions, name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PIL import Image

from ghost_engine.inference.baseline.arbitration import (
    are_cells,
    are_inputs,
    are_labels,
    in_order,
    is_a_column,
    is_list_of_moments,
    is_told_by_labels,
    is_told_by_tiles,
    is_under_header,
    settle_records,
)
from ghost_engine.inference.baseline.blocks import group_box
from ghost_engine.inference.baseline.browser import below, find_window
from ghost_engine.inference.baseline.calendars import find_calendars
from ghost_engine.inference.baseline.cards import find_cards
from ghost_engine.inference.baseline.colon_records import find_labelled_records
from ghost_engine.inference.baseline.compression import without_noise
from ghost_engine.inference.baseline.controls import Control, find_controls, holds
from ghost_engine.inference.baseline.details import find_details
from ghost_engine.inference.baseline.dialogs import find_dialog, part_dialog
from ghost_engine.inference.baseline.entities import Named, name_regions, navigation_nouns
from ghost_engine.inference.baseline.filters import as_facets, as_filter, filtered_nouns
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.galleries import find_galleries
from ghost_engine.inference.baseline.headed import without_headers
from ghost_engine.inference.baseline.icons import measure_letters
from ghost_engine.inference.baseline.language import Language, detect_language, to_english
from ghost_engine.inference.baseline.learned import (
    is_sure,
    learned_page,
    learned_regions,
    shared,
)
from ghost_engine.inference.baseline.lists import find_lists
from ghost_engine.inference.baseline.makers import add_made
from ghost_engine.inference.baseline.marked import add_marks
from ghost_engine.inference.baseline.menus import without_menus
from ghost_engine.inference.baseline.page import Page, split_page
from ghost_engine.inference.baseline.pairs import FAR, find_pairs
from ghost_engine.inference.baseline.panels import find_panels
from ghost_engine.inference.baseline.parties import find_parties
from ghost_engine.inference.baseline.pixels import forget_pixels
from ghost_engine.inference.baseline.prose import add_prose
from ghost_engine.inference.baseline.reader.decode import read_page
from ghost_engine.inference.baseline.regions import Region, moved
from ghost_engine.inference.baseline.relations import Finding
from ghost_engine.inference.baseline.sections import (
    MIN_SECTIONS,
    captioned,
    columns,
    find_sections,
    joined,
    outside,
    read_section,
)
from ghost_engine.inference.baseline.sets import part_sets
from ghost_engine.inference.baseline.spacing import split_at_gaps
from ghost_engine.inference.baseline.strips import find_panes
from ghost_engine.inference.baseline.subjects import add_subjects, is_told, title_region
from ghost_engine.inference.baseline.tab_bars import without_tabs
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Text, clean_texts, median_height
from ghost_engine.inference.baseline.threads import add_threads
from ghost_engine.inference.baseline.tiles import find_rows, find_tiles
from ghost_engine.inference.baseline.told_twice import (
    is_boxed,
    is_crossed,
    is_told_by,
    tells_it,
)
from ghost_engine.inference.baseline.trails import add_trail
from ghost_engine.inference.baseline.unlabelled import name_unlabelled
from ghost_engine.inference.baseline.weights import weight
from ghost_engine.inference.baseline.wrapped_labels import with_whole_labels
from ghost_engine.inference.protocol import Box
from ghost_engine.ocr import Line

MIN_CONFIDENCE = 0.45
UNSURE = 0.3  # of what is taken because there is nothing else
SURE_TABLE = 0.7
SECTIONED = ("detail", "form", "table")  # what cards with headings hold
REPEATED = ("cards", "board", "calendar", "list")  # with values that have no label
MIN_BEHIND = 0.6  # the confidence of a list half hidden by a dialog


def read_findings(image: Image.Image, lines: Sequence[Line], number: int) -> tuple[Finding, ...]:
    """What picture `number` shows, with names; nothing where nothing is sure."""
    try:
        return _read(without_noise(image), lines, number)
    finally:
        forget_pixels()


def _read(image: Image.Image, lines: Sequence[Line], number: int) -> tuple[Finding, ...]:
    texts = split_at_gaps(measure_letters(clean_texts(lines), image), image)
    window = find_window(texts, image)
    if window is None:
        return _findings(image, texts, number)
    page = image.crop((0, window.top, image.width, image.height))
    found = _findings(page, below(texts, window.top), number, window.path)
    return tuple(replace(each, region=moved(each.region, 0, window.top)) for each in found)


def _findings(
    image: Image.Image, texts: Sequence[Text], number: int, path: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    """What a page shows that was opened at an address with the words `path`."""
    if not texts:
        return ()
    controls = find_controls(image, texts)
    page = without_tabs(split_page(texts, controls, image, path), image)
    dialog = find_dialog(image, controls, texts)
    if dialog is None:
        panels = find_panels(image, median_height(texts))
        page = without_menus(page, panels)
        regions = find_regions(page, controls, image, panels)
    else:
        regions = find_dialog_regions(page, controls, image, dialog)
    known = read_page((*page.body, *page.navigation), controls, page.width, page.height)
    if known is not None and is_sure(known, page):
        page = learned_page(page, known)
        regions = in_order(learned_regions(known, regions, page.left), median_height(page.body))
    if not regions:  # labels far from their values are better than nothing
        regions = tuple(replace(each, confidence=UNSURE) for each in find_pairs(page, FAR))
    language = detect_language(text.text for text in texts)
    nouns = navigation_nouns(page, language)
    named = (
        _named(page, regions, language)
        if dialog is None
        else name_regions(page, _in_english(regions, language), language)
    )
    nouns |= filtered_nouns(page, regions, language)
    return tuple(
        Finding(_told(each, nouns), each.entity, number, nouns, each.parent) for each in named
    )


def _named(page: Page, regions: Sequence[Region], language: Language) -> tuple[Named, ...]:
    """The regions with their entities; without any, the record whose title is all there is."""
    if regions:
        named = name_regions(page, _in_english(regions, language), language)
    else:
        named = tuple(filter(is_told, name_regions(page, title_region(page), language)))
    named = add_threads(page, add_prose(page, add_subjects(page, named)))
    named = add_made(page, named, language)
    return add_trail(page, add_marks(page, named, language), language)


def _told(named: Named, nouns: frozenset[str]) -> Region:
    """A region whose fields without a label are named by what its rows are."""
    if named.region.kind not in REPEATED:
        return named.region
    fields = name_unlabelled(part_sets(named.region.fields), named.entity.name, nouns)
    return replace(named.region, fields=fields)


def _in_english(regions: Sequence[Region], language: Language) -> tuple[Region, ...]:
    """The regions with their labels in English beside them."""
    if language == "en":
        return tuple(regions)
    return tuple(
        replace(
            region,
            fields=tuple(
                replace(field, english=to_english(field.label, language)) if field.read else field
                for field in region.fields
            ),
        )
        for region in regions
    )


def find_dialog_regions(
    page: Page, controls: Sequence[Control], image: Image.Image, dialog: Box
) -> tuple[Region, ...]:
    """The lists behind a dialog, then what it asks; without such, the regions of the page."""
    front, behind = part_dialog(page, dialog)
    held = [control for control in controls if holds(dialog, control.box)]
    asked = find_regions(front, held, image)
    if not asked:
        return find_regions(page, controls, image)
    lists = [table for table in find_tables(behind, image) if table.confidence >= MIN_BEHIND]
    return (*lists, *asked)


def find_regions(
    page: Page, controls: Sequence[Control], image: Image.Image, panels: Sequence[Box] = ()
) -> tuple[Region, ...]:
    """The regions of a page, top to bottom, section by section where it has such."""
    sections = find_sections(page, controls)
    if len(sections) < MIN_SECTIONS:
        regions = _find_regions(page, controls, image, panels)
        return tuple(captioned(region, sections) for region in regions)
    read = partial(
        read_section, page=page, controls=controls, image=image, panels=panels, find=find_regions
    )
    found = {section: read(section) for section in sections}
    for column in columns(found):
        whole = [each for each in read(joined(column), controls=()) if each.kind == "detail"]
        held = [region for section in column for region in found[section]]
        if whole and len(whole[0].fields) > sum(len(region.fields) for region in held):
            found.update({section: () for section in column} | {column[0]: tuple(whole)})
    inside = [region for regions in found.values() for region in regions]
    if sum(region.kind in SECTIONED for region in inside) < MIN_SECTIONS:
        return _find_regions(page, controls, image, panels)
    rest = outside(page, sections)
    around = _find_regions(rest, controls, image, panels)
    return in_order([*inside, *around], median_height(page.body))


def _find_regions(
    page: Page, controls: Sequence[Control], image: Image.Image, panels: Sequence[Box]
) -> tuple[Region, ...]:
    """The regions of a page or section, top to bottom; of two that overlap, the surer."""
    parties, page = find_parties(page)
    forms = find_forms(page, controls)
    panes = [with_whole_labels(pane) for pane in find_panes(page, image)]
    plain = [region for pane in panes for region in find_labelled_records(pane, controls)]
    lists = [
        region
        for pane in panes
        for region in (*find_details(pane, controls), *find_pairs(pane))
        if not (is_a_column(region) or is_list_of_moments(region))
    ]
    boxed = [form for form in forms if is_boxed(form, controls)]
    plain = [record for record in plain if not any(tells_it(form, record) for form in boxed)]
    forms = tuple(form for form in forms if form in boxed or not is_told_by(form, lists))
    lists = [region for region in lists if not is_crossed(region, forms)]
    grids = find_tables(page, image, panels)
    plain, lists = without_headers(plain, grids), without_headers(lists, grids)
    ruled = [*grids, *forms, *lists, *parties]
    tables = [each for each in ruled if each.kind == "table" and each.confidence >= SURE_TABLE]
    cards = [
        each
        for each in find_cards(page, panels)
        if not (are_cells(each, tables) or is_under_header(each, tables))
    ]
    tiles = find_rows(page, panels)
    blocks = [*cards, *find_galleries(page, image)]
    blocks += [*find_tiles(tiles), *find_calendars(page, panels)]
    entries = [
        each
        for each in find_lists(page, panels)
        if not any(shared(each.box, table.box) > 0.2 for table in tables)
    ]
    figures = [group_box(group) for group in tiles]
    candidates = [
        each
        for each in (*ruled, *blocks, *entries)
        if not (is_told_by_tiles(each, figures) or is_told_by_labels(each, lists))
        and not (are_labels(each, lists) or are_inputs(each, boxed))
    ]
    candidates = settle_records(plain, candidates)
    chosen: list[Region] = []
    for region in sorted(candidates, key=weight, reverse=True):
        sure = region.confidence >= MIN_CONFIDENCE
        if sure and not any(shared(region.box, other.box) > 0.2 for other in chosen):
            chosen.append(region)
    chosen = [as_filter(as_facets(region), chosen) for region in chosen]
    return in_order(chosen, median_height(page.body))
