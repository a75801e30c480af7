"""Random Gemma-3 models: they load, see, train on four bits and are built whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import TrainingError
from ghost_engine.training.tiny import (
    MARK,
    OVERFIT,
    SMOKE,
    TWELVE_B,
    TinyShape,
    build_config,
    build_processor,
    build_random_gemma3,
)
from ghost_engine.training.tiny_tokenizer import shipped_texts

torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")
transformers = pytest.importorskip("transformers", reason="needs requirements-train-cpu.txt")

SMALL = TinyShape(
    hidden=64, intermediate=64, heads=2, key_value_heads=2, head_dim=32, vision_intermediate=64
)
SCREENS = Path(__file__).resolve().parents[2] / "data" / "dataset_vision.json"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads of such small matrices only wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_random_gemma3(tmp_path_factory.mktemp("models") / "smoke")


@pytest.fixture(scope="module")
def processor(smoke: Path) -> Any:
    return transformers.AutoProcessor.from_pretrained(smoke)


def first_screen(processor: Any, whole: bool = True) -> Any:
    """The batch of the first shipped pair; without its answer if not `whole`."""
    from PIL import Image

    messages = json.loads(SCREENS.read_text("utf-8"))[0]["messages"]
    with Image.open(SCREENS.parent / messages[0]["content"][0]["image"]) as picture:
        pixels = picture.convert("RGB")
    asked = messages if whole else messages[:1]
    text = processor.apply_chat_template(asked, tokenize=False, add_generation_prompt=not whole)
    return processor(text=[text], images=[[pixels]], return_tensors="pt", add_special_tokens=False)


def load(folder: Path, **options: Any) -> Any:
    kind = transformers.AutoModelForImageTextToText
    model, told = kind.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, **options
    )
    assert not any(told.values()), "every tensor has its place"
    return model


def test_every_shipped_answer_comes_back_letter_for_letter(processor: Any) -> None:
    tokenizer = processor.tokenizer
    for text in [*shipped_texts(), "naïve ☃ 漢字 \t x\n\n\n    '' 12345\r\n  "]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == text
        assert tokenizer.unk_token_id not in ids


def test_a_shipped_row_fits_the_smoke_context(processor: Any) -> None:
    rows = json.loads(SCREENS.read_text("utf-8"))
    texts = [row["messages"][1]["content"] for row in rows]
    answers = processor.tokenizer(texts, add_special_tokens=False)["input_ids"]
    prompt = first_screen(processor, whole=False)["input_ids"].shape[1]
    assert prompt + max(map(len, answers)) < 1024


def test_the_chat_has_the_layout_of_the_released_models(processor: Any) -> None:
    batch = first_screen(processor)
    text = processor.tokenizer.decode(batch["input_ids"][0])
    soft = "<image_soft_token>" * SMOKE.image_tokens
    begin = f"<bos><start_of_turn>user\n\n\n<start_of_image>{soft}<end_of_image>\n\nWrite the"
    assert text.startswith(begin)
    assert "Answer with SQL only.<end_of_turn>\n<start_of_turn>model\nCREATE TABLE" in text
    assert text.endswith(");<end_of_turn>\n")
    assert batch["token_type_ids"].sum() == SMOKE.image_tokens


def test_special_ids_agree_between_config_tokenizer_and_generation(
    smoke: Path, processor: Any
) -> None:
    tokenizer = processor.tokenizer
    config = transformers.AutoConfig.from_pretrained(smoke)
    spoken = transformers.GenerationConfig.from_pretrained(smoke)
    end = tokenizer.convert_tokens_to_ids("<end_of_turn>")
    assert [tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id] == [0, 1, 2]
    assert spoken.eos_token_id == config.eos_token_id == [tokenizer.eos_token_id, end]
    assert (spoken.bos_token_id, spoken.pad_token_id) == (2, 0)
    assert config.image_token_index == tokenizer.image_token_id
    assert config.boi_token_index == tokenizer.boi_token_id == processor.image_token_id
    assert config.eoi_token_index == tokenizer.eoi_token_id
    assert config.mm_tokens_per_image == processor.image_seq_length
    assert config.text_config.vocab_size >= len(tokenizer)


def test_the_model_sees_its_picture_and_speaks(smoke: Path, processor: Any) -> None:
    model = load(smoke)
    batch = first_screen(processor, whole=False)
    with torch.no_grad():
        logits = model(**batch).logits
        blank = model(**{**batch, "pixel_values": torch.zeros_like(batch["pixel_values"])}).logits
    assert (logits - blank)[0, -1].abs().max() > 0.1
    tokens = batch["input_ids"].shape[1]
    drafted = model.generate(
        **batch, max_new_tokens=4, do_sample=False, top_k=None, top_p=None, min_new_tokens=4
    )
    assert drafted.shape == (1, tokens + 4)


def test_an_untrained_answer_is_about_as_likely_as_any(smoke: Path, processor: Any) -> None:
    model = load(smoke)
    batch = first_screen(processor)
    labels = batch["input_ids"].masked_fill(batch["token_type_ids"] == 1, -100)
    with torch.no_grad():
        loss = model(**batch, labels=labels).loss.item()
    blind = torch.log(torch.tensor(float(model.config.text_config.vocab_size))).item()
    assert abs(loss - blind) < 1.5


def test_four_bit_weights_train_through_an_adapter(smoke: Path, processor: Any) -> None:
    from peft import LoraConfig, get_peft_model

    nf4 = transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
        llm_int8_skip_modules=["lm_head", "multi_modal_projector"],
    )
    base = load(smoke, quantization_config=nf4)
    assert type(base.model.language_model.layers[0].mlp.down_proj).__name__ == "Linear4bit"
    pattern = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
    model = get_peft_model(base, LoraConfig(r=8, target_modules=pattern, use_dora=True))
    batch = first_screen(processor)
    labels = batch["input_ids"].masked_fill(batch["token_type_ids"] == 1, -100)
    step = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    losses = []
    for _ in range(5):
        loss = model(**batch, labels=labels).loss
        loss.backward()
        step.step()
        step.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.85 * losses[0]


def test_the_same_shape_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (build_random_gemma3(tmp_path / name, SMALL) for name in ("one", "two"))
    other = build_random_gemma3(tmp_path / "other", SMALL, seed=1)
    for name in ("model.safetensors", "tokenizer.json", "config.json", MARK):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    weights = "model.safetensors"
    assert (one / weights).read_bytes() != (other / weights).read_bytes()


def test_weights_in_several_shards_are_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = load(build_random_gemma3(tmp_path / "one", SMALL)).state_dict()
    monkeypatch.setattr("ghost_engine.training.tiny_weights._SHARD_BYTES", 100_000)
    several = build_random_gemma3(tmp_path / "several", SMALL)
    assert len(list(several.glob("model-*.safetensors"))) > 2
    loaded = load(several).state_dict()
    assert all(torch.equal(loaded[name], weight) for name, weight in one.items())


def test_a_built_model_is_used_again_and_another_shape_replaces_it(tmp_path: Path) -> None:
    folder = build_random_gemma3(tmp_path / "m", SMALL)
    before = (folder / "model.safetensors").stat()
    build_random_gemma3(folder, SMALL)
    assert (folder / "model.safetensors").stat() == before
    build_random_gemma3(folder, SMALL, seed=1)
    assert json.loads((folder / MARK).read_text("utf-8"))["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(TrainingError, match="holds something else"):
        build_random_gemma3(tmp_path, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(TrainingError, match="cannot be written"):
        build_random_gemma3(tmp_path / "file" / "model", SMALL)


@pytest.mark.slow
def test_builders_at_the_same_time_leave_one_whole_model(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(build_random_gemma3, [tmp_path / "m"] * 3, [SMALL] * 3))
    assert set(made) == {tmp_path / "m"} and [path.name for path in tmp_path.iterdir()] == ["m"]
    load(tmp_path / "m")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"hidden": 100}, "hidden is 100"), ({"image_tokens": 25}, "do not divide into 25")],
)
def test_a_shape_that_cannot_be_is_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        TinyShape(**wrong)


def test_the_largest_shape_is_gemma_3_12b() -> None:
    """Counts of the released checkpoint's tensors; nothing is built."""
    config = build_config(TWELVE_B, build_processor(TWELVE_B).tokenizer)
    with torch.device("meta"):
        model = transformers.Gemma3ForConditionalGeneration(config)
    assert config.text_config.vocab_size == 262_208
    text, tower = model.model.language_model, model.model.vision_tower
    assert sum(p.numel() for p in text.parameters()) == 11_766_034_176
    assert sum(p.numel() for p in tower.parameters()) == 416_866_032
    assert OVERFIT.image_pixels == TWELVE_B.image_pixels == 896
