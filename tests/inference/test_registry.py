"""Finding an engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ghost_engine.errors import EngineUnavailable
from ghost_engine.inference import registry
from ghost_engine.inference.protocol import Readiness
from ghost_engine.inference.registry import choose_engine, engines, get_engine
from tests.inference.spoken import GOOD, Spoken


def test_auto_is_an_engine_that_is_ready() -> None:
    assert get_engine("auto").readiness().ready


def test_the_built_in_engine_is_always_there() -> None:
    engine = get_engine("baseline")
    assert engine in engines()
    assert engine.note == "OCR and rules, no large model"


def test_an_unknown_engine_names_the_known_ones() -> None:
    with pytest.raises(EngineUnavailable, match='"gpt".*auto, .*baseline'):
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


def named(
    name: str, *models: str, ready: bool = True, model: bool = True, sure: bool = True
) -> Spoken:
    state = Readiness(ready, "as told", "Start it.", sure)
    forms = ("sql",) if model else ()
    return Spoken([GOOD], name=name, title=name, ready=state, known=models, forms=forms)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """The engines of this installation, as a test wants them."""
    found = [named("baseline", model=False)]
    monkeypatch.setattr(registry, "engines", lambda: tuple(found))
    return found


def test_auto_asks_a_model_of_ours_before_rules(there: list[Spoken]) -> None:
    ollama = named("ollama", "llava", "ghost-architect:latest")
    there.insert(0, ollama)
    assert choose_engine() == (ollama, "ghost-architect:latest")


def test_auto_asks_no_model_of_anybody_else(there: list[Spoken]) -> None:
    there.insert(0, named("ollama", "llava"))
    assert get_engine().name == "baseline"


def test_auto_passes_over_what_is_down(there: list[Spoken]) -> None:
    there.insert(0, named("llamacpp", "ghost-architect", ready=False))
    assert get_engine().name == "baseline"


def test_what_costs_money_or_a_card_has_to_be_named(there: list[Spoken]) -> None:
    paid = named("gemini", "ghost-architect")
    there.insert(0, paid)
    assert get_engine().name == "baseline"
    assert choose_engine("gemini", "flash") == (paid, "flash")


def test_a_models_name_is_enough(there: list[Spoken]) -> None:
    llamacpp, ollama = named("llamacpp", "tiny"), named("ollama", "llava")
    there[:0] = [llamacpp, ollama]
    assert choose_engine(model="llava") == (ollama, "llava")
    there[1] = latest = named("ollama", "llava:latest")
    assert choose_engine(model="llava") == (latest, "llava")
    with pytest.raises(EngineUnavailable, match='No local engine has a model "gone"'):
        choose_engine(model="gone")


def test_an_engine_that_is_down_says_what_to_do(there: list[Spoken]) -> None:
    there.append(named("ollama", ready=False))
    with pytest.raises(EngineUnavailable, match=r"ollama is not ready: as told\. Start it\."):
        get_engine("ollama")


def test_an_engine_that_only_answers_slowly_is_refused_by_auto_alone(there: list[Spoken]) -> None:
    slow = named("ollama", "ghost-architect", ready=False, sure=False)
    there.insert(0, slow)
    assert choose_engine("ollama") == (slow, "")
    assert choose_engine()[0].name == "baseline"
