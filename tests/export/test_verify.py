"""The proof with the real server beside the real transformers: what passes, and what may not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ghost_engine import prompts
from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export.beside import Reading, Reference
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.gguf_header import read_gguf
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.quantize import quantize
from ghost_engine.export.result import Check
from ghost_engine.export.stream import write_text, write_vision
from ghost_engine.export.verify import (
    CONTENTS,
    END,
    FIRST,
    LOADS,
    PROMPT,
    TEXT,
    Verdict,
    compare,
    judge,
    verify,
)
from ghost_engine.export.written import Written
from ghost_engine.inference.llamacpp import wheel
from tests.export.conftest import MakeAdapter

TOKENS = 24


def quietly(*_: object) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def adapter(tiny_adapter: MakeAdapter) -> Path:
    return tiny_adapter(vision=True)


@pytest.fixture(scope="module")
def parts(tiny_base: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the merged model in BF16, Q8_0 and Q4_K_M and its vision part (read only)."""
    folder = tmp_path_factory.mktemp("parts")
    merger = Merger(open_checkpoint(tiny_base), open_adapter(adapter))
    text = folder / "tiny-bf16.gguf"
    write_text(merger, text, {}, quietly, never)
    write_vision(merger, folder / "tiny-mmproj.gguf", {}, quietly, never)
    for quant in ("q8_0", "q4_k_m"):
        quantize(text, folder / f"tiny-{quant}.gguf", quant, quietly, never)
    return folder


class Proof:
    """Asks for the proof of files; `told` is the progress."""

    def __init__(self, base: Path, adapter: Path, parts: Path, work: Path) -> None:
        self.base, self.adapter, self.mmproj = base, adapter, parts / "tiny-mmproj.gguf"
        self.work = work
        self.told: list[tuple[int, int, str]] = []

    def of(self, files: dict[str, Path], tokens: int = TOKENS, stop: bool = False) -> Verdict:
        return verify(
            files,
            self.mmproj,
            self.base,
            self.adapter,
            instruction=prompts.VISION_INSTRUCTION,
            tokens=tokens,
            allow_nf4=False,
            work=self.work,
            tell=lambda *said: self.told.append(said),
            stop=lambda: stop,
        )


@pytest.fixture
def proof(tiny_base: Path, adapter: Path, parts: Path, tmp_path: Path) -> Proof:
    return Proof(tiny_base, adapter, parts, tmp_path)


def named(verdict: Verdict, file: Path, name: str) -> Check:
    """The one check of that name of a file."""
    (found,) = (each for each in verdict.checks if (each.file, each.name) == (file.name, name))
    return found


def test_an_honest_export_is_proven_with_a_picture(proof: Proof, parts: Path) -> None:
    files = {quant: parts / f"tiny-{quant}.gguf" for quant in ("bf16", "q8_0", "q4_k_m")}
    verdict = proof.of(files)
    assert [check for check in verdict.checks if not check.passed] == []
    for quant, limit in (("bf16", 0.05), ("q8_0", 0.25), ("q4_k_m", 2.0)):
        first = named(verdict, files[quant], FIRST)
        assert first.limit == limit
        assert first.value is not None and 0 < first.value < limit
    assert named(verdict, files["bf16"], PROMPT).value > 100  # the instruction and a picture
    assert "24 tokens" in named(verdict, files["bf16"], TEXT).detail
    assert named(verdict, proof.mmproj, CONTENTS).passed
    assert [answer.file for answer in verdict.answers] == [path.name for path in files.values()]
    assert all(answer.tokens == TOKENS and answer.cut for answer in verdict.answers)
    assert all(answer.valid is False for answer in verdict.answers)  # a random model writes rubbish
    steps = [done for done, _, _ in proof.told]
    assert steps == sorted(steps) and proof.told[-1][:2] == (400, 400)


def test_what_is_wrong_with_a_file_is_found(
    proof: Proof, parts: Path, tiny_base: Path, tiny_adapter: MakeAdapter, tmp_path: Path
) -> None:
    other = tmp_path / "other-bf16.gguf"
    merger = Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter(vision=True, seed=2)))
    write_text(merger, other, {}, quietly, never)
    good = parts / "tiny-bf16.gguf"
    files = {
        "bf16": other,
        "q8_0": quantized(emptied(good, tmp_path / "emptied.gguf"), "q8_0"),
        "f16": quantized(without_blank_lines(good, tmp_path / "lines.gguf"), "f16"),
        "q4_k_m": quantized(other, "q4_k_m"),
    }
    verdict = proof.of(files)
    assert not named(verdict, files["bf16"], FIRST).passed  # another adapter's weights
    assert not named(verdict, files["q4_k_m"], FIRST).passed  # ... even in four bits
    assert not named(verdict, files["q8_0"], FIRST).passed  # one tensor of one layer
    lines = named(verdict, files["f16"], PROMPT)
    assert not lines.passed and "chat template" in lines.detail
    assert lines.value is not None and lines.limit is not None and lines.value < lines.limit
    assert named(verdict, files["bf16"], PROMPT).passed
    assert all(named(verdict, path, CONTENTS).passed for path in files.values())


def quantized(source: Path, quant: str) -> Path:
    target = source.with_name(f"{source.stem}-{quant}.gguf")
    quantize(source, target, quant, quietly, never)
    return target


def emptied(good: Path, target: Path) -> Path:
    """A copy with one tensor full of zeros."""
    shutil.copyfile(good, target)
    (tensor,) = (t for t in read_gguf(good).tensors if t.name == "blk.0.ffn_down.weight")
    with target.open("r+b") as file:
        file.seek(tensor.offset)
        file.write(bytes(tensor.bytes))
    return target


def without_blank_lines(good: Path, target: Path) -> Path:
    """A copy whose chat template sets pictures apart no more, at the same length."""
    data = good.read_bytes()
    for lines, none in ((rb"'\n\n<__media_", b"    '<__media_"), (rb"__>\n\n'", b"__>'    ")):
        assert lines in data
        data = data.replace(lines, none)
    target.write_bytes(data)
    return target


@pytest.mark.slow  # one more start of transformers
def test_a_vision_part_without_the_adapter_is_found(
    proof: Proof, parts: Path, tiny_base: Path, tiny_adapter: MakeAdapter, tmp_path: Path
) -> None:
    proof.mmproj = tmp_path / "other-mmproj.gguf"
    merger = Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter()))  # language alone
    write_vision(merger, proof.mmproj, {}, quietly, never)
    file = parts / "tiny-q8_0.gguf"
    verdict = proof.of({"q8_0": file}, tokens=8)
    assert named(verdict, proof.mmproj, CONTENTS).passed
    assert not named(verdict, file, FIRST).passed


def test_a_file_that_is_cut_off_fails_without_asking_transformers(
    proof: Proof, parts: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut-q8_0.gguf"
    cut.write_bytes((parts / "tiny-q8_0.gguf").read_bytes()[:-100_000])
    verdict = proof.of({cut.name: cut})  # a file may go by its own name
    assert "cut off" in named(verdict, cut, CONTENTS).detail
    assert "not whole" in named(verdict, cut, LOADS).detail
    assert verdict.answers == ()
    assert not (tmp_path / "question.json").exists()


def test_a_file_under_the_name_of_another_form_fails(
    proof: Proof, parts: Path, tmp_path: Path
) -> None:
    false = tmp_path / "tiny-q4_k_m.gguf"
    shutil.copyfile(parts / "tiny-q8_0.gguf", false)
    proof.mmproj = parts / "tiny-bf16.gguf"  # nothing loads with this: only the heads are read
    verdict = proof.of({"q4_k_m": false})
    assert "is Q8_0 1536 x 256, planned Q6_K" in named(verdict, false, CONTENTS).detail
    assert "v.patch_embd.weight is absent" in named(verdict, proof.mmproj, CONTENTS).detail


def test_a_proof_can_be_cancelled(proof: Proof, parts: Path) -> None:
    with pytest.raises(Cancelled):
        proof.of({"bf16": parts / "tiny-bf16.gguf"}, stop=True)


def test_without_the_wheel_the_line_that_installs_it_is_told(
    proof: Proof, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "PACKAGE", "a_package_nobody_has")
    with pytest.raises(ExportError, match=r"pip install -r requirements-export\.txt"):
        proof.of({"bf16": parts / "tiny-bf16.gguf"})


# -- one answer beside another -----------------------------------------------------------------

FIRSTS = {token: -0.1 * (token + 1) for token in range(10)}
WRITTEN = Written(148, {**FIRSTS, 99: -7.0}, (5, 6, 7), "CREATE TABLE a (b int);", True, 12.5)
SAID = Reference(148, FIRSTS, (1, 2), {"q8_0": Reading((0.0, 0.0, 0.3, 0.0))})


def failed(written: Written = WRITTEN, said: Reference = SAID) -> list[str]:
    return [check.name for check in compare("x", "q8_0", written, said) if not check.passed]


def test_equal_answers_pass() -> None:
    assert failed() == []


def test_each_check_fails_on_its_own() -> None:
    shifted = {token: value - 0.3 for token, value in FIRSTS.items()}
    assert failed(replace(WRITTEN, prompt_tokens=146)) == [PROMPT]
    assert failed(replace(WRITTEN, first=shifted)) == [FIRST]
    assert failed(said=replace(SAID, readings={"q8_0": Reading((0.0, 0.6))})) == [TEXT]
    assert failed(replace(WRITTEN, tokens=(5, 2, 7))) == [END]


def test_a_likely_token_that_llama_cpp_does_not_tell_fails() -> None:
    told = {token: value for token, value in FIRSTS.items() if token != 9}
    assert failed(replace(WRITTEN, first=told)) == [FIRST]


@pytest.mark.parametrize("first", [{}, {**FIRSTS, 3: float("nan")}])
def test_an_answer_without_numbers_fails(first: dict[int, float]) -> None:
    (check,) = (
        c for c in compare("x", "q8_0", replace(WRITTEN, first=first), SAID) if c.name == FIRST
    )
    assert not check.passed
    assert check.value is None  # export.json knows no infinity


def test_a_text_without_numbers_fails() -> None:
    gaps = Reading((0.0, float("nan"), 0.0))
    assert failed(said=replace(SAID, readings={"q8_0": gaps})) == [TEXT]


def test_agreement_and_the_largest_gap_are_told() -> None:
    (text,) = (c for c in compare("x", "q8_0", WRITTEN, SAID) if c.name == TEXT)
    assert text.value == 0.3
    assert text.detail == "75.0% of 4 tokens are transformers' own"


def test_the_sql_is_judged_by_postgresql() -> None:
    assert judge("x", WRITTEN).valid is True
    assert judge("x", replace(WRITTEN, text="CREATE TABEL a")).error
    assert judge("x", replace(WRITTEN, text="")).valid is False
