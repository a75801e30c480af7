"""Which of two regions that overlap is surer: ruled or framed ones before what is but in line."""

from __future__ import annotations

from ghost_engine.inference.baseline.regions import Region
from ghost_engine.inference.baseline.tables import RULED_CONFIDENCE
from ghost_engine.inference.baseline.vocabulary import kind_of_value

MIN_LIST = 3  # records
SURE_BLOCKS = 0.85
BLOCKS = ("cards", "board")
PROVEN = 0.8  # the confidence of a form, or of labels that are set unlike their values
FRAMED = ("cards", "board", "tile")  # seen in pixels, so surer than what is only in line


def weight(region: Region) -> tuple[int, float]:
    """Tables with lines between their rows go first, then forms and detail lists whose labels are
    set apart, then full tables and cards, before what is made of their rows."""
    # a table's second lines speak neither for nor against it
    counted = [field for field in region.fields if field.read or region.kind != "table"]
    values = sum(len(field.values) for field in counted)
    columns = len(counted)
    full = region.kind == "table" and values >= 2.5 * columns
    sure = full and region.confidence >= 0.8 and (columns >= 3 or _has_typed_column(region))
    if region.kind == "calendar":
        return 5, region.confidence  # its days look like cards and like the rows of a table
    if _is_filled_in(region):
        return 5, region.confidence
    often = max((len(field.values) for field in region.fields if field.read), default=0)
    if region.kind in BLOCKS and (often >= MIN_LIST or region.confidence >= SURE_BLOCKS):
        return 4, region.confidence  # many frames with the same in them are neither rows nor forms
    ruled = sure and region.confidence >= RULED_CONFIDENCE and columns >= 3
    repeated = region.kind == "list" and often > MIN_LIST
    sure = sure or region.kind in FRAMED
    proven = region.kind in ("detail", "form") and region.confidence >= PROVEN
    rank = 3 if ruled or repeated else 2 * proven + sure
    return rank, region.confidence * (columns + 0.4 * min(values, 40))


def _is_filled_in(region: Region) -> bool:
    """Whether a table is one of inputs that repeat."""
    return region.kind == "table" and any(field.control != "none" for field in region.fields)


def _has_typed_column(region: Region) -> bool:
    """Whether a column holds values of one kind other than words: a list of pairs has none."""
    kinds = ({kind_of_value(value) for value in field.values} for field in region.fields)
    return any(len(kind) == 1 and kind != {"text"} for kind in kinds)
