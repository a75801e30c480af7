"""Finding an engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ghost_engine.errors import EngineUnavailable
from ghost_engine.inference.registry import engines, get_engine


def test_auto_is_an_engine_that_is_ready() -> None:
    assert get_engine("auto").readiness().ready


def test_the_built_in_engine_is_always_there() -> None:
    engine = get_engine("baseline")
    assert engine in engines()
    assert engine.note == "OCR and rules, no model"


def test_an_unknown_engine_names_the_known_ones() -> None:
    with pytest.raises(EngineUnavailable, match='"gpt".*auto, baseline'):
        get_engine("gpt")


def test_listing_engines_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ghost_engine.inference import registry, run; registry.get_engine();"
        "print([m for m in ('cv2', 'numpy', 'rapidocr', 'onnxruntime', 'inflect', 'torch')"
        " if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
