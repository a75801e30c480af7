"""transformers, layer by layer over the merged weights, beside PEFT's own merge."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ghost_engine import prompts
from ghost_engine.errors import Cancelled
from ghost_engine.export import beside
from ghost_engine.export.beside import FAILED_STATUS, Question, Reference, Text, ask_reference
from ghost_engine.export.proof_picture import proof_picture
from ghost_engine.inference.llamacpp.process import Ended
from ghost_engine.training.tiny import TinyShape, build_random_gemma3
from tests.export.conftest import MakeAdapter

SHORT = Text((300, 400, 500), ended=True)
LONG = Text((700, 800, 900, 267, 267, 267), ended=False)


def quietly(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def question(
    tiny_base: Path, tiny_adapter: MakeAdapter, tmp_path_factory: pytest.TempPathFactory
) -> Question:
    picture = tmp_path_factory.mktemp("reference") / "picture.png"
    picture.write_bytes(proof_picture(224))
    folders = str(tiny_base), str(tiny_adapter(vision=True))
    texts = {"short": SHORT, "long": LONG}
    return Question(*folders, False, prompts.VISION_INSTRUCTION, str(picture), texts)


@pytest.fixture(scope="module")
def peft(question: Question) -> Any:
    """The whole model in memory, merged by PEFT, every weight rounded to the base's 16 bits."""
    import torch
    from peft import PeftModel
    from transformers import Gemma3ForConditionalGeneration

    base = Gemma3ForConditionalGeneration.from_pretrained(question.base, dtype=torch.float32)
    model = PeftModel.from_pretrained(base, question.adapter).merge_and_unload().eval()
    for weight in model.parameters():
        weight.data = weight.data.bfloat16().float()
    return model


def likelihoods(peft: Any, question: Question, text: Text) -> Any:
    """Log-probabilities at every place of a text, (1 + tokens, vocabulary), all read at once."""
    import torch
    from transformers import AutoProcessor

    from ghost_engine.training.encoding import encode

    row = {"id": "x", "instruction": question.instruction, "sql": "CREATE"}
    processor = AutoProcessor.from_pretrained(question.base)
    encoded = encode(row, processor, Image.open(question.picture).convert("RGB"))
    asked = encoded.answer_start
    ids = torch.tensor([[*encoded.input_ids[:asked], *text.tokens]])
    types = torch.tensor([[*encoded.token_types[:asked], *([0] * len(text.tokens))]])
    with torch.no_grad():
        logits = peft(input_ids=ids, token_type_ids=types, pixel_values=encoded.pixels).logits
    return logits[0, asked - 1 :].log_softmax(-1)


@pytest.fixture(scope="module")
def reference(question: Question, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return ask_reference(question, tmp_path_factory.mktemp("asked"), quietly, lambda: False)


def test_the_first_token_is_as_likely_as_in_pefts_own_merge(
    reference: Reference, question: Question, peft: Any
) -> None:
    expected = likelihoods(peft, question, LONG)[0]
    assert list(reference.first) == expected.topk(10).indices.tolist()
    for token, value in reference.first.items():
        assert value == pytest.approx(float(expected[token]), abs=1e-4)


@pytest.mark.parametrize(("name", "text"), [("short", SHORT), ("long", LONG)])
def test_a_written_text_is_read_place_by_place(
    reference: Reference, question: Question, peft: Any, name: str, text: Text
) -> None:
    places = likelihoods(peft, question, text)
    expected = [
        float(place.max() - place[token]) for place, token in zip(places, text.tokens, strict=False)
    ]
    if text.ended:
        expected.append(float(places[-1].max() - places[-1][list(reference.ends)].max()))
    assert reference.readings[name].gaps == pytest.approx(expected, abs=1e-3)


def test_what_it_would_write_itself_has_no_gap(reference: Reference) -> None:
    gaps = reference.readings["long"].gaps
    assert gaps[-1] == 0  # the random model repeats itself
    assert gaps[0] > 1
    assert 0 < reference.readings["long"].agreement < 1
    assert reference.readings["long"].largest == max(gaps)


def test_an_answer_ends_with_the_turn_or_with_the_text(
    reference: Reference, question: Question
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(question.base)
    assert set(tokenizer.convert_ids_to_tokens(reference.ends)) == {"<end_of_turn>", "<eos>"}


def test_no_layer_keeps_its_weights(question: Question) -> None:
    import torch

    from ghost_engine.export.checkpoint import open_checkpoint
    from ghost_engine.export.lora import Merger, open_adapter
    from ghost_engine.export.thin_model import ThinModel

    merger = Merger(open_checkpoint(Path(question.base)), open_adapter(Path(question.adapter)))
    model = ThinModel(merger, quietly)
    weights, held = model._model.parameters, []
    whole = sum(each.numel() for each in weights())
    for module in model._model.modules():
        module.register_forward_hook(
            lambda *_: held.append(sum(each.numel() for each in weights() if not each.is_meta))
        )
    ids = torch.tensor([[2, 5, *[9] * 16, 6]])
    model.hidden(ids, (ids == 9).long(), torch.ones_like(ids), torch.zeros(1, 3, 224, 224))
    assert 0 < max(held) < whole * 0.6  # one of the two layers
    assert held[-1] == 0


def test_an_adapter_of_another_base_is_said_in_words(
    question: Question,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ghost_engine.export import reference as program

    other = build_random_gemma3(tmp_path / "other", TinyShape(hidden=128))
    asked, answered = tmp_path / "question.json", tmp_path / "answer.json"
    asked.write_text(json.dumps(asdict(replace(question, base=str(other)))))
    monkeypatch.setattr("sys.argv", ["reference", str(asked), str(answered)])
    assert program.main() == FAILED_STATUS
    assert "another base" in json.loads(capsys.readouterr().out)["message"]
    assert not answered.exists()


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(1, "RuntimeError: an invalid shape"), "with exit code 1 .*an invalid shape"),
        (Ended(-9, ""), "signal 9.*memory"),
        (
            Ended(FAILED_STATUS, 'x\n{"message": "No base.", "hint": "Name one."}\n'),
            "No base. Name",
        ),
    ],
)
def test_however_it_fails_a_sentence_says_so(ended: Ended, said: str) -> None:
    assert re.search(said, str(beside._failure(ended)))


def test_asking_can_be_cancelled(question: Question, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        ask_reference(question, tmp_path, quietly, lambda: True)
