"""A small tokenizer that behaves like Gemma-3's, trained on the SQL that the project ships.

BPE with byte fallback and Gemma's own class, special tokens and chat template; only the words are
ours, so any text comes back exactly as it went in (but `▁`, which stands for a space, as in Gemma).
The processor adds the blank lines round an image, as for the released models. Loads transformers
only when called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ghost_engine import prompts
from ghost_engine.errors import TrainingError

PAD, EOS, BOS, UNKNOWN, MASK = "<pad>", "<eos>", "<bos>", "<unk>", "<mask>"
START_OF_TURN, END_OF_TURN = "<start_of_turn>", "<end_of_turn>"
START_OF_IMAGE, END_OF_IMAGE = "<start_of_image>", "<end_of_image>"
IMAGE = "<image_soft_token>"
_TURNS = (START_OF_TURN, END_OF_TURN)
SPECIALS = (PAD, EOS, BOS, UNKNOWN, MASK, *_TURNS, START_OF_IMAGE, END_OF_IMAGE, IMAGE)

# The template of the released models. It writes `<start_of_image>` for a picture; the processor
# puts the soft tokens and the blank lines there.
CHAT_TEMPLATE = """\
{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""

# What a token may span while training: a line break with its indent, a word, a digit, punctuation.
# Gemma's own splitting is finer in places (digits) and coarser in none that matters for SQL.
_PIECES = r"\n▁*|▁?[\p{L}_]+|▁?\d|▁?[^\p{L}_\d\s▁]+|▁+|\s"
_DATA = Path(__file__).resolve().parents[2] / "data"


def build_tokenizer(size: int) -> Any:
    """A `GemmaTokenizer` of at most `size` tokens, the same one every time.

    Raises:
        TrainingError: the shipped datasets cannot be read.
    """
    from tokenizers import AddedToken
    from transformers import GemmaTokenizer

    vocabulary, merges = _train(size)
    tokenizer = GemmaTokenizer(
        vocab=vocabulary,
        merges=merges,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNKNOWN,
        mask_token=MASK,
        add_bos_token=True,
        padding_side="left",
        extra_special_tokens={
            "boi_token": START_OF_IMAGE,
            "eoi_token": END_OF_IMAGE,
            "image_token": IMAGE,
        },
    )
    turns = [AddedToken(token, special=True, normalized=False) for token in _TURNS]
    tokenizer.add_tokens(turns, special_tokens=True)
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def shipped_texts() -> Iterator[str]:
    """Every answer and every instruction that the project ships.

    Raises:
        TrainingError: the shipped datasets cannot be read.
    """
    yield from (prompts.VISION_INSTRUCTION, prompts.TEXT_INSTRUCTION, "user\nmodel\n")
    try:
        for row in json.loads((_DATA / "dataset_vision.json").read_text("utf-8")):
            yield row["messages"][-1]["content"]
        for row in json.loads((_DATA / "dataset.json").read_text("utf-8")):
            yield row["output"]
            yield row["input"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TrainingError(
            f"The shipped datasets in {_DATA} cannot be read: {error}.",
            "The smoke model's tokenizer is trained on them: restore them from the repository.",
        ) from error


def _train(size: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Words and merges; the 256 bytes are words too, so nothing is ever unknown."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    byte_tokens = [f"<0x{value:02X}>" for value in range(256)]
    learner = Tokenizer(models.BPE(unk_token=UNKNOWN, byte_fallback=True))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), "isolated")
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[*SPECIALS, *byte_tokens],
        initial_alphabet=[*map(chr, range(32, 127)), "\n", "\t", "▁"],
        limit_alphabet=160,
        show_progress=False,
    )
    learner.train_from_iterator(shipped_texts(), trainer)
    vocabulary = json.loads(learner.to_str())["model"]["vocab"]
    return vocabulary, _all_merges(vocabulary, {*SPECIALS, *byte_tokens})


def _all_merges(vocabulary: dict[str, int], whole: set[str]) -> list[tuple[str, str]]:
    """Every way to put a token together from two others, the tokens that were learned first first.

    Training lists one way for each token. SentencePiece, and llama.cpp with it, knows no list: any
    two neighbours that make a token are merged. The released tokenizers list all ways, too.
    """
    learned = {token: rank for token, rank in vocabulary.items() if token not in whole}
    merges = []
    for token in sorted(learned, key=learned.__getitem__):
        splits = [(token[:cut], token[cut:]) for cut in range(1, len(token))]
        pairs = [pair for pair in splits if pair[0] in learned and pair[1] in learned]
        merges += sorted(pairs, key=lambda pair: (learned[pair[0]], learned[pair[1]]))
    return merges
