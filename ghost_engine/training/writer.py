"""The program that writes for the adapter engine: `python -m ghost_engine.training.writer RUN`.

It loads the model of a training run once, with its adapter, and then answers questions: one JSON
document a line on stdin, and on stdout what it does, the text as it is written, and how it ended.
It ends as soon as stdin is closed, even in the middle of an answer: that is how none is left behind
when its owner is killed. Everything heavy is imported inside functions.
"""

from __future__ import annotations

import base64
import io
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ghost_engine import prompts
from ghost_engine.errors import GhostError, TrainingError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.reading import read_run
from ghost_engine.training.asking import instruction_of, load_with_adapter
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.guards import is_out_of_memory
from ghost_engine.training.trial import settings_of_adapter
from ghost_engine.training.worker import prepare_process

if TYPE_CHECKING:
    from ghost_engine.training.model import Loaded

Tell = Callable[[dict[str, Any]], None]
_TOP_P = 0.95


def main(run: Path) -> int:
    tell = _on_stdout()
    questions = _Questions(sys.stdin)
    prepare_process()
    try:
        config, loaded = _load(run, tell)
    except Exception as error:
        tell(_failure(error))
        return 1
    taught = instruction_of(run, config)
    from ghost_engine.training.screens import answering

    with answering(loaded.model, loaded.loader):
        tell({"ready": loaded.describe()})
        while True:
            asked = questions.next()
            try:
                _answer(loaded, config, {"instruction": taught, **asked}, questions, tell)
            except Exception as error:
                tell({**_failure(error), "id": asked["id"]})


def _load(run: Path, tell: Tell) -> tuple[TrainingConfig, Loaded]:
    config = settings_of_adapter(read_run(run))
    if config is None:
        raise TrainingError(f"{run.name} has no adapter.", "Choose another run.")
    say = lambda phase, note: tell({"doing": phase, "note": note})  # noqa: E731
    return config, load_with_adapter(config, RunFolder(run).adapter, say)


class _Questions:
    """What comes in, read in a thread of its own: a wish to stop overtakes the questions."""

    def __init__(self, source: TextIO) -> None:
        self._asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stopped: set[int] = set()
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def next(self) -> dict[str, Any]:
        return self._asked.get()

    def stopped(self, number: int) -> bool:
        return number in self._stopped

    def _read(self, source: TextIO) -> None:
        try:
            for line in source:
                document = json.loads(line)
                if "stop" in document:
                    self._stopped.add(document["stop"])
                else:
                    self._asked.put(document)
        finally:
            os._exit(0)


def _on_stdout() -> Tell:
    """Stdout for our lines alone: whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(document: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(document) + "\n")

    return tell


def _failure(error: Exception) -> dict[str, Any]:
    if is_out_of_memory(error):
        return {
            "failed": "The card's memory ran out.",
            "hint": "Wait until nothing else is on the card, and ask again.",
        }
    if isinstance(error, GhostError):
        return {"failed": error.message, "hint": error.hint}
    return {"failed": f"{type(error).__name__}: {error}"[:500], "hint": "Run `ghost doctor`."}


# -- one answer --------------------------------------------------------------------------------


def _answer(
    loaded: Loaded,
    config: TrainingConfig,
    asked: dict[str, Any],
    questions: _Questions,
    tell: Tell,
) -> None:
    """Write one answer and tell how it ended; nothing is told of one that was stopped before."""
    import torch
    from transformers import StoppingCriteriaList, set_seed

    from ghost_engine.training.encoding import END_OF_TURN, tokenizer_of
    from ghost_engine.training.screens import StopAsked, text_of

    number = int(asked["id"])
    if questions.stopped(number):
        return
    inputs = _encode(loaded, asked)
    read = int(inputs["input_ids"].shape[1])
    room = min(int(asked["new_tokens"]), _context(loaded, config) - read)
    if room < 1:
        raise TrainingError(
            f"The question has {read:,} tokens, more than the model can read.",
            "Ask with a shorter instruction.",
        )
    warmth = float(asked.get("temperature") or 0.0)
    if asked.get("seed") is not None:
        set_seed(int(asked["seed"]))
    sampled = {"do_sample": True, "temperature": warmth, "top_p": _TOP_P, "top_k": None}
    greedy = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    end = tokenizer_of(loaded.processor).convert_tokens_to_ids(END_OF_TURN)
    model: Any = loaded.model
    tell({"id": number, "reading": read})
    with torch.no_grad(), _switched(model, asked["who"]):
        made = model.generate(
            **inputs,
            **(sampled if warmth else greedy),
            max_new_tokens=room,
            use_cache=True,
            eos_token_id=end,
            pad_token_id=end,
            streamer=_streamer(tokenizer_of(loaded.processor), number, tell),
            stopping_criteria=StoppingCriteriaList([StopAsked(lambda: questions.stopped(number))]),
        )
    tokens = made[0, read:].tolist()
    cut = end not in tokens
    text = text_of(loaded.processor, tokens)
    tell(
        {
            "id": number,
            "done": text,
            "read": read,
            "written": len(tokens),
            "cut": cut,
            "taught": asked["instruction"] != prompts.VISION_INSTRUCTION,
        }
    )


def _encode(loaded: Loaded, asked: dict[str, Any]) -> dict[str, Any]:
    """The chat up to the answer as tensors, made as for training."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(asked["picture"]))).convert("RGB")
    chat = prompts.messages(asked["instruction"], image=picture)
    for answer, remark in asked.get("turns", ()):
        chat.append({"role": "assistant", "content": [{"type": "text", "text": answer.strip()}]})
        chat.append({"role": "user", "content": [{"type": "text", "text": remark.strip()}]})
    text = loaded.processor.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    made = loaded.processor(
        text=[text], images=[[picture]], add_special_tokens=False, return_tensors="pt"
    )
    wanted = ("input_ids", "attention_mask", "token_type_ids", "pixel_values")
    return {name: made[name].to(loaded.model.device) for name in wanted if name in made}


def _context(loaded: Loaded, config: TrainingConfig) -> int:
    """The longest text that the model can hold; Unsloth makes room for what was trained on."""
    if loaded.loader == "unsloth":
        return config.max_seq_length
    return int(loaded.model.config.get_text_config().max_position_embeddings)


def _switched(model: Any, who: str) -> AbstractContextManager[Any]:
    """The adapter off, where the base model is asked for."""
    return model.disable_adapter() if who == "base" else nullcontext()


def _streamer(tokenizer: Any, number: int, tell: Tell) -> Any:
    """Tells the text as it is written."""
    from transformers.generation.streamers import BaseStreamer

    class Teller(BaseStreamer):
        def __init__(self) -> None:
            self.tokens: list[int] | None = None
            self.told = ""

        def put(self, value: Any) -> None:
            if self.tokens is None:  # the prompt comes first
                self.tokens = []
                return
            self.tokens += value.flatten().tolist()
            text = str(tokenizer.decode(self.tokens, skip_special_tokens=True))
            if not text.endswith("\ufffd"):  # half a character
                self.tell(text)

        def tell(self, text: str) -> None:
            if text != self.told and text.startswith(self.told):
                tell({"id": number, "text": text[len(self.told) :]})
                self.told = text

        def end(self) -> None:
            self.tell(str(tokenizer.decode(self.tokens or [], skip_special_tokens=True)))

    return Teller()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
