"""The library behind singular and plural is taken in without the checks that make it slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ghost_engine.sql import nouns

LOADED = """
import typeguard
checked = typeguard.typechecked
from ghost_engine.sql import nouns
print(nouns.plural("product_category"))
import inflect
print("check_argument_types" in inflect.engine.plural_noun.__code__.co_names)
print(typeguard.typechecked is checked)
"""


@pytest.mark.parametrize(("one", "several"), [("to_do", "to_dos"), ("todo", "todos")])
def test_things_to_do(one: str, several: str) -> None:
    assert (nouns.plural(one), nouns.singular(several)) == (several, one)
    assert nouns.is_plural(several)


def test_inflect_loads_unwrapped_and_typeguard_is_left_as_it_was() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split() == ["product_categories", "False", "True"]
