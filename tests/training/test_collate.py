"""What the model sees of a frozen row: the processor's own chat, and a loss on the answer alone."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from torch.utils.data import DataLoader
from transformers import AutoModelForImageTextToText, AutoProcessor

from ghost_engine import prompts
from ghost_engine.data.images import read_picture
from ghost_engine.errors import DatasetError
from ghost_engine.training.collate import IGNORED, Collator, fit_rows, measure_lengths
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.tiny import TinyShape, build_random_gemma3

SQL = "CREATE TABLE orders (\n    id bigint PRIMARY KEY,\n    naïve text -- 'größe', 価格\n);"
PICTURE_TOKENS = 16

Row = dict[str, str]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = TinyShape(image_pixels=224, image_tokens=PICTURE_TOKENS)
    return build_random_gemma3(tmp_path_factory.mktemp("models") / "tiny", shape)


@pytest.fixture(scope="module")
def processor(checkpoint: Path) -> Any:
    return AutoProcessor.from_pretrained(checkpoint)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("frozen")
    for number in range(3):
        screen = Image.new("RGBA", (200, 120), (255, 255, 255, 0))
        ImageDraw.Draw(screen).rectangle((10, 20 * number, 150, 20 * number + 15), fill="navy")
        screen.save(place / f"{number}.png")
    return place


def vision(number: int = 0, sql: str = SQL) -> Row:
    return {"id": f"v{number}", "image": f"{number}.png", "instruction": "Draw it.", "sql": sql}


def text(sql: str = SQL) -> Row:
    return {"id": "t", "instruction": "Draw it.", "input": "A list of orders.", "sql": sql}


def chat_of(row: Row, folder: Path) -> list[dict[str, Any]]:
    """The row's chat, written out here so that a change of the layout is seen."""
    asked: list[dict[str, Any]] = [{"type": "text", "text": row["instruction"]}]
    if "image" in row:
        asked.insert(0, {"type": "image", "image": read_picture(folder / row["image"]).pixels})
    else:
        asked[0]["text"] += f"\n\n{row['input']}"
    answer = [{"type": "text", "text": row["sql"]}]
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]


@pytest.mark.parametrize("row", [vision(1), text()], ids=["vision", "text"])
def test_a_row_becomes_exactly_what_the_processors_template_makes(
    row: Row, processor: Any, folder: Path
) -> None:
    expected = processor.apply_chat_template(
        chat_of(row, folder), tokenize=True, return_dict=True, return_tensors="pt"
    )

    batch = Collator(processor, 4096, folder)([row])

    width = expected["input_ids"].shape[1]
    assert torch.equal(batch["input_ids"][:, :width], expected["input_ids"])
    assert torch.equal(batch["token_type_ids"][:, :width], expected["token_type_ids"])
    assert batch["attention_mask"].sum() == width
    if "image" in row:
        assert torch.equal(batch["pixel_values"], expected["pixel_values"])
    else:
        assert "pixel_values" not in batch


def test_blank_lines_stand_round_the_picture(processor: Any, folder: Path) -> None:
    encoded = Collator(processor, 4096, folder).encode(vision())

    said = processor.tokenizer.decode(encoded.input_ids)
    soft = "<image_soft_token>" * PICTURE_TOKENS
    assert said == (
        "<bos><start_of_turn>user\n"
        f"\n\n<start_of_image>{soft}<end_of_image>\n\nDraw it.<end_of_turn>\n"
        f"<start_of_turn>model\n{SQL}<end_of_turn>\n"
    )
    assert sum(encoded.token_types) == PICTURE_TOKENS


@pytest.mark.parametrize("row", [vision(), text(), text("  SELECT 1;\n\n")], ids=["v", "t", "ws"])
def test_the_loss_sees_the_answer_and_its_end_and_nothing_else(
    row: Row, processor: Any, folder: Path
) -> None:
    labels = Collator(processor, 4096, folder)([row])["labels"][0]

    seen = labels[labels != IGNORED]
    assert processor.tokenizer.decode(seen) == row["sql"].strip() + "<end_of_turn>"
    places = (labels != IGNORED).nonzero()[:, 0]
    assert torch.equal(places, torch.arange(int(places[0]), int(places[-1]) + 1))


@pytest.mark.parametrize("row", [vision(), text()], ids=["vision", "text"])
def test_what_comes_before_the_answer_is_what_inference_asks(
    row: Row, processor: Any, folder: Path
) -> None:
    encoded = Collator(processor, 4096, folder).encode(row)

    asked = processor.apply_chat_template(
        chat_of(row, folder)[:1], tokenize=True, return_dict=True, add_generation_prompt=True
    )
    assert encoded.input_ids[: encoded.answer_start] == tuple(asked["input_ids"][0])


def test_a_batch_trains_as_its_rows_do_one_by_one(
    checkpoint: Path, processor: Any, folder: Path
) -> None:
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_pretrained(checkpoint).train()
    rows = [vision(0), text("SELECT 1;"), vision(2, "CREATE TABLE a (id int);")]
    collator = Collator(processor, 4096, folder)

    with torch.no_grad():
        single = [model(**collator([row])) for row in rows]
        batch = collator(rows)
        together = model(**batch)

    sizes = [int((collator([row])["labels"] != IGNORED).sum()) for row in rows]
    losses = sum(float(made.loss) * size for made, size in zip(single, sizes, strict=True))
    assert batch["pixel_values"].shape[0] == 2 and batch["input_ids"].shape[1] % 8 == 0
    assert float(together.loss) == pytest.approx(losses / sum(sizes), rel=1e-4)


def test_the_picture_matters_to_the_model(checkpoint: Path, processor: Any, folder: Path) -> None:
    model = AutoModelForImageTextToText.from_pretrained(checkpoint).train()
    collator = Collator(processor, 4096, folder)
    with torch.no_grad():
        losses = [float(model(**collator([vision(number)])).loss) for number in (0, 2)]
    assert losses[0] != losses[1]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_worker_processes_prepare_the_same_batches(processor: Any, folder: Path) -> None:
    rows = [vision(0), text(), vision(1), vision(2)]
    collator = Collator(processor, 4096, folder)
    here = [collator(rows[:2]), collator(rows[2:])]

    loader = DataLoader(
        rows,
        batch_size=2,
        num_workers=1,
        collate_fn=pickle.loads(pickle.dumps(collator)),
        multiprocessing_context="fork",
    )

    for made, expected in zip(loader, here, strict=True):
        assert made.keys() == expected.keys()
        assert all(torch.equal(made[name], expected[name]) for name in expected)


def test_known_pictures_stay_in_memory_up_to_the_limit(processor: Any, folder: Path) -> None:
    pixels = 3 * 224 * 224 * 4
    roomy = Collator(processor, 4096, folder)
    tight = Collator(processor, 4096, folder, cache_gib=1.5 * pixels / 2**30)
    for collator in (roomy, tight):
        collator([vision(0), vision(1)])

    assert roomy.encode(vision(1)) is roomy.encode(vision(1))
    assert tight.encode(vision(0)) is tight.encode(vision(0))
    assert tight.encode(vision(1)) is not tight.encode(vision(1))


def test_lengths_are_those_of_the_batches_though_no_picture_is_opened(
    processor: Any, folder: Path
) -> None:
    rows = [vision(0), text(), vision(1, "SELECT 1;"), text("SELECT '長い名前';")]
    collator = Collator(processor, 4096, folder)
    encoded = [collator.encode(row) for row in rows]

    elsewhere = [row | {"image": "gone.png"} if "image" in row else row for row in rows]
    lengths = measure_lengths(elsewhere, processor, 4096)

    assert [each.tokens for each in lengths.kept] == [len(each.input_ids) for each in encoded]
    assert [each.answer for each in lengths.kept] == [
        each.answer_end - each.answer_start for each in encoded
    ]


def config(limit: int, **values: Any) -> TrainingConfig:
    return TrainingConfig(max_seq_length=limit, **values)


def long_rows(processor: Any, limit: int) -> list[Row]:
    """A row that fits exactly, and one that is a few tokens longer."""
    fits = text()
    while measure_lengths([fits], processor, limit).longest.tokens < limit:  # type: ignore[union-attr]
        fits = text(fits["sql"] + ";")
    return [fits | {"id": "fits"}, text(fits["sql"] + "\n-- more") | {"id": "longer"}]


def test_a_row_longer_than_the_context_is_left_out_whole_and_listed(processor: Any) -> None:
    rows = long_rows(processor, 256)

    kept, lengths = fit_rows(rows, processor, config(256))

    assert [row["id"] for row in kept] == ["fits"]
    assert lengths.longest_kept is not None and lengths.longest_kept.tokens == 256
    told = lengths.to_dict()
    assert [each["id"] for each in told["dropped"]] == ["longer"] and told["kept"] == 1
    assert Collator(processor, 256)(kept)["input_ids"].shape == (1, 256)


def test_rows_that_are_too_long_can_be_refused_instead(processor: Any) -> None:
    with pytest.raises(DatasetError, match=r"1 of 2 training examples are longer than 256") as told:
        fit_rows(long_rows(processor, 256), processor, config(256, too_long="refuse"))
    assert told.value.hint == "Set max_seq_length to 384, or too_long to drop."


def test_a_context_that_nothing_fits_says_what_would(processor: Any) -> None:
    rows = [text(SQL * 20), text(SQL * 40)]
    shortest, longest = (each.tokens for each in measure_lengths(rows, processor, 9999).kept)

    with pytest.raises(DatasetError, match="None of the 2 training examples fits 128") as told:
        fit_rows(rows, processor, config(128))

    assert f"the shortest has {shortest:,}" in told.value.message
    needed, takes_all = (
        int(number.replace(",", "")) for number in re.findall(r"[0-9,]+", told.value.hint)
    )
    assert shortest <= needed < shortest + 128 and longest <= takes_all < longest + 128


def test_validation_rows_may_all_be_too_long(processor: Any) -> None:
    kept, lengths = fit_rows([text(SQL * 20)], processor, config(128), "validation")
    assert kept == [] and len(lengths.dropped) == 1 and lengths.longest_kept is None


def test_the_collator_never_cuts_an_answer(processor: Any) -> None:
    with pytest.raises(DatasetError, match="Example longer has .* tokens; the context is 256"):
        Collator(processor, 256)(long_rows(processor, 256))


@pytest.mark.parametrize("mark", prompts.CHAT_MARKS)
def test_text_that_the_tokenizer_would_take_for_the_chat_is_refused(
    mark: str, processor: Any
) -> None:
    assert mark in processor.tokenizer.tokenize(f"-- {mark}.")
    with pytest.raises(DatasetError, match="Example t holds the chat mark"):
        Collator(processor, 4096)([text(f"SELECT 1; -- {mark}")])
