"""The proof: each file, loaded by llama.cpp, against transformers on the merged weights.

A file passes when its tensors are those that were planned, when it is asked with a picture exactly
what training asked (the same number of tokens), when its first token is as likely as transformers
finds it, and when transformers would have written the same text, or as good as. What the SQL is
worth is recorded and no check: a small model may write rubbish.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.errors import EngineError, EngineUnavailable, ExportError, SandboxError
from ghost_engine.export.beside import Question, Reading, Reference, Text, ask_reference
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.config import QUANTS, Quant
from ghost_engine.export.gguf_header import read_gguf
from ghost_engine.export.proof_picture import proof_picture
from ghost_engine.export.quantizer import FILE_TYPE, FILE_TYPES
from ghost_engine.export.result import Answer, Check
from ghost_engine.export.tensors import Planned, plan_text, plan_vision
from ghost_engine.export.written import Written, write
from ghost_engine.inference.llamacpp.server import Server, serve
from ghost_engine.sql import check as check_sql

Tell = Callable[[int, int, str], None]
Stop = Callable[[], bool]

FIRST_TOKEN_LIMITS: dict[Quant, float] = {
    "bf16": 0.05,
    "f16": 0.05,
    "q8_0": 0.25,
    "q6_k": 0.5,
    "q5_k_m": 1.0,
    "q4_k_m": 2.0,
}
"""Largest difference in log-probability over the ten tokens that transformers finds likeliest.

Measured on 13 small models, one of them trained (2 to 48 layers, 16 to 256 tokens a picture): BF16
to 0.024, F16 to 0.017, Q8_0 to 0.073, Q6_K to 0.25, Q5_K_M to 0.48, Q4_K_M to 0.74, each time most
with 48 layers but for Q8_0. The limits of the last three leave a large and sure model room: its
ten reach down to tokens that it would hardly ever write. With another adapter in the text or the
vision part, or one layer's feed-forward emptied, every form was 1.15 to 2.6 off; where that is
under the limit, some of the ten were missing from the hundred that llama.cpp tells, which
fails too.
"""
TEXT_FACTOR = 2.0
"""A written token may be less likely than transformers' own by so many times the limit: the one
may have been moved up by it, the other down. Measured on the trained one over 256 tokens: 0 to
Q6_K, 0.05 in Q5_K_M, 0.2 in Q4_K_M."""
CONTENTS, LOADS, PROMPT = "tensors as planned", "loads in llama.cpp", "tokens of the prompt"
FIRST, TEXT, END = "first token", "written text", "end of the answer"
_PROMPT_ROOM = 2048
_LEAST_CONTEXT = 4096
_PARTS = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was looked at, and what each file wrote."""

    checks: tuple[Check, ...]
    answers: tuple[Answer, ...]


def verify(
    files: Mapping[str, Path],
    mmproj: Path,
    checkpoint_folder: Path,
    adapter: Path,
    *,
    instruction: str,
    tokens: int,
    allow_nf4: bool,
    work: Path,
    tell: Tell,
    stop: Stop,
) -> Verdict:
    """Prove the files of an export.

    Args:
        files: the text models' files by their quantization.
        mmproj: the file of the vision part.
        checkpoint_folder: the base they were made from.
        adapter: what was merged into it.
        instruction: what the model is asked.
        tokens: the longest text each file writes.
        allow_nf4: the base may be a 4-bit one.
        work: a folder for what comes by the way: picture, question, answer, the servers' logs.
        tell: gets parts done, parts in all, and what happens now.
        stop: asked ten times a second.

    Returns:
        The verdict; whether a failed check fails the export is the caller's business.

    Raises:
        ExportError: llama.cpp or transformers is not here, or transformers cannot read the weights.
        Cancelled: `stop` said yes.
    """
    checkpoint = open_checkpoint(checkpoint_folder)
    by_quant = {_quant(name): path for name, path in files.items()}
    picture = work / "picture.png"
    picture.write_bytes(proof_picture(checkpoint.architecture.vision.image_size))
    total = _PARTS * (len(files) + 1)

    def told(done: int, layers: int) -> None:
        part = _PARTS * done // layers
        tell(total - _PARTS + part, total, f"transformers reads, layer {done} of {layers}")

    checks = [_contents(mmproj, plan_vision(checkpoint), None)]
    written: dict[Quant, Written] = {}
    for number, (quant, path) in enumerate(by_quant.items()):
        tell(_PARTS * number, total, f"llama.cpp writes with {path.name}")
        checks.append(_contents(path, plan_text(checkpoint, quant), quant))
        try:
            with _served(path, mmproj, tokens, work, stop) as server:
                written[quant] = write(server, instruction, picture.read_bytes(), tokens, stop)
        except EngineUnavailable as error:
            raise ExportError(error.message, error.hint) from error
        except EngineError as error:
            checks.append(Check(LOADS, False, path.name, detail=str(error)))
        else:
            checks.append(Check(LOADS, True, path.name))
    if written:
        texts: dict[str, Text] = {
            quant: Text(each.tokens, each.ended) for quant, each in written.items()
        }
        folders = str(checkpoint_folder), str(adapter)
        question = Question(*folders, allow_nf4, instruction, str(picture), texts)
        reference = ask_reference(question, work, told, stop)
        for quant, each in written.items():
            checks += compare(by_quant[quant].name, quant, each, reference)
    tell(total, total, "")
    answers = [judge(by_quant[quant].name, each) for quant, each in written.items()]
    return Verdict(tuple(checks), tuple(answers))


def compare(
    file: str, quant: Quant, written: Written, reference: Reference
) -> tuple[Check, Check, Check, Check]:
    """What a file wrote beside what transformers says.

    Args:
        file: its name, for the checks.
        quant: its form, which says how far off it may be.
        written: its answer.
        reference: transformers' one, with a reading of that answer under `quant`.
    """
    limit = FIRST_TOKEN_LIMITS[quant]
    return (
        _same_prompt(file, written, reference),
        _first_token(file, limit, written.first, reference.first),
        _text(file, TEXT_FACTOR * limit, reference.readings[quant]),
        _end(file, written, reference.ends),
    )


def judge(file: str, written: Written) -> Answer:
    """What PostgreSQL says of the SQL; no verdict where it cannot be asked."""
    speed, count = written.tokens_per_second, len(written.tokens)
    valid: bool | None
    try:
        report = check_sql(written.text)
        valid, error = report.valid, report.errors[0].message if report.errors else ""
        if valid and not report.schema.tables:
            valid, error = False, "It makes no table."
    except SandboxError as missing:
        valid, error = None, str(missing)
    return Answer(file, written.text, valid, error, count, speed, cut=not written.ended)


def _quant(name: str) -> Quant:
    """The quantization that a file is filed under; or that its name ends with."""
    for quant in QUANTS:
        if name == quant or name.endswith(f"-{quant}.gguf"):
            return quant
    raise ExportError(f"{name} is no known form.", f"Choose from: {', '.join(QUANTS)}.")


def _served(
    path: Path, mmproj: Path, tokens: int, work: Path, stop: Stop
) -> AbstractContextManager[Server]:
    context = max(_LEAST_CONTEXT, tokens + _PROMPT_ROOM)
    return serve(path, mmproj, context=context, log=work / f"{path.stem}.log", stop=stop)


def _contents(path: Path, planned: Sequence[Planned], quant: Quant | None) -> Check:
    """The tensors by name, shape and type, and what the file says of itself."""
    try:
        header = read_gguf(path)
    except ExportError as error:
        return Check(CONTENTS, False, path.name, detail=str(error))
    found = {each.name: (each.shape, each.type) for each in header.tensors}
    wanted = {each.name: (each.shape, each.type) for each in planned}
    wrong = [name for name in {**wanted, **found} if found.get(name) != wanted.get(name)]
    if wrong:
        first = f"{wrong[0]} is {_said(found, wrong[0])}, planned {_said(wanted, wrong[0])}"
        more = f"; {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return Check(CONTENTS, False, path.name, detail=f"{first}{more}.")
    kind = header.fields.get(FILE_TYPE)
    if quant and kind != FILE_TYPES[quant]:
        return Check(CONTENTS, False, path.name, detail=f"It says it is of the type {kind}.")
    return Check(CONTENTS, True, path.name, detail=f"{len(found):,} tensors")


def _said(tensors: Mapping[str, tuple[tuple[int, ...], str]], name: str) -> str:
    if name not in tensors:
        return "absent"
    shape, kind = tensors[name]
    return f"{kind} {' x '.join(map(str, shape))}"


def _same_prompt(file: str, written: Written, reference: Reference) -> Check:
    here, there = written.prompt_tokens, reference.prompt_tokens
    detail = "" if here == there else "The chat template or the tokenizer differs from training's."
    return Check(PROMPT, here == there, file, float(here), float(there), detail)


def _first_token(
    file: str, limit: float, here: Mapping[int, float], there: Mapping[int, float]
) -> Check:
    """The largest difference; what llama.cpp did not tell is less likely than all that it told."""
    floor = min(here.values(), default=-math.inf)
    missing = [token for token in there if token not in here]
    apart = [abs(here.get(token, floor) - value) for token, value in there.items()]
    if not here or not all(map(math.isfinite, apart)):
        return Check(FIRST, False, file, None, limit, "llama.cpp wrote nothing, or no number.")
    value = max(apart)
    detail = f"{len(missing)} of {len(there)} not among its likeliest." if missing else ""
    return Check(FIRST, value <= limit and not missing, file, value, limit, detail)


def _text(file: str, limit: float, reading: Reading) -> Check:
    if not all(map(math.isfinite, reading.gaps)):
        return Check(TEXT, False, file, None, limit, "transformers found no number for a token.")
    detail = f"{reading.agreement:.1%} of {len(reading.gaps)} tokens are transformers' own"
    return Check(TEXT, reading.largest <= limit, file, reading.largest, limit, detail)


def _end(file: str, written: Written, ends: Sequence[int]) -> Check:
    """A file that does not know what ends an answer writes on behind it."""
    ran_over = any(token in ends for token in written.tokens)
    return Check(END, not ran_over, file, detail="It wrote on behind the end." if ran_over else "")
