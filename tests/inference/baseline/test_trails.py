"""The record a page stands in, by the path over it."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.entities import Entity, Named
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.trails import add_trail

BOX = (0, 200, 600, 400)


def page(*steps: str) -> Page:
    return Page(
        1200,
        800,
        tuple(
            Text(said, (200 * n, 20, 200 * n + 190, 40), look=Look(14))
            for n, said in enumerate(steps)
        ),
    )


def shown(noun: str, kind: RegionKind = "table") -> Named:
    fields = (Field("Title", ("One", "Two", "Three"), BOX),)
    return Named(Region(kind, fields, BOX, 0.9), Entity(noun, "a test", 0.9))


@pytest.mark.parametrize(
    "steps", [["Projects / Website"], ["Projects", ">", "Website"], ["Home » Projects » Website"]]
)
def test_a_list_under_a_path_belongs_to_the_record_the_path_names(steps: list[str]) -> None:
    found = add_trail(page(*steps), [shown("issue")], "en")
    tables = {
        t.name: t
        for t in plan_tables([Finding(f.region, f.entity, 0, parent=f.parent) for f in found])
    }

    assert set(tables) == {"issues", "projects"}
    assert [c.references for c in tables["issues"].columns if c.name == "project_id"] == [
        "projects"
    ]
    assert [column.name for column in tables["projects"].columns] == ["id", "name"]


def test_a_record_is_not_what_it_stands_in() -> None:
    record = shown("issue", "detail")

    assert add_trail(page("Projects / Website"), [record], "en") == (record,)
    assert (
        add_trail(page("Projects / Website / Broken link"), [record], "en")[0].parent == "project"
    )


@pytest.mark.parametrize(
    "path", ["Projects", "Home / Issues", "Projects / Issues", "Projects / Edit"]
)
def test_other_paths_tell_no_record(path: str) -> None:
    assert add_trail(page(path), [shown("issue")], "en") == (shown("issue"),)
