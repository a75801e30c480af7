"""`scripts/check_notebook.py`: what git keeps of the notebook."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "check_notebook", ROOT / "scripts" / "check_notebook.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notebook_in_git_is_clean_and_the_check_is_part_of_lint(check: ModuleType) -> None:
    assert check.main([]) == 0
    lint = (ROOT / "Makefile").read_text("utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert "scripts/check_notebook.py" in lint


def test_outputs_counts_metadata_and_thick_cells_are_named_and_cleared(check: ModuleType) -> None:
    clean = json.loads(check.NOTEBOOK.read_text("utf-8"))
    run = copy.deepcopy(clean)
    run["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["me"]}]
    run["cells"][4]["execution_count"] = 7
    run["cells"][0]["metadata"] = {"id": "x"}
    assert list(check.faults(run)) == [
        "cell 1: has metadata of whoever ran it",
        "cell 2: has outputs",
        "cell 5: has outputs",
    ]
    assert check.cleared(run) == clean
    clean["cells"][1]["source"] *= 5
    assert "belongs into ghost_engine/notebook" in next(check.faults(clean))


def test_an_address_is_written_into_badge_and_form_and_taken_back(check: ModuleType) -> None:
    plain, readme = (path.read_text("utf-8") for path in (check.NOTEBOOK, check.README))
    text = check.with_home(plain, "some-one/a.copy")
    assert f"]({check.COLAB}some-one/a.copy/blob/main/notebooks/main.ipynb)" in text
    assert 'REPOSITORY = \\"https://github.com/some-one/a.copy\\"' in text
    assert not list(check.faults(json.loads(text)))
    assert "README's badge leads elsewhere" in next(check.faults(json.loads(text), readme))
    assert check.with_home(text, "") == plain
