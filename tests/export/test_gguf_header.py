"""The quick reader of a GGUF's head beside the format's own."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_engine.errors import ExportError
from ghost_engine.export.gguf_header import read_gguf


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of value, and tensors of two types."""
    path = tmp_path_factory.mktemp("header") / "all.gguf"
    writer = gguf.GGUFWriter(str(path), "gemma3")
    writer.add_uint8("a.uint8", 200)
    writer.add_int8("a.int8", -5)
    writer.add_uint16("a.uint16", 60_000)
    writer.add_int16("a.int16", -300)
    writer.add_uint32("a.uint32", 4_000_000_000)
    writer.add_int32("a.int32", -70_000)
    writer.add_uint64("a.uint64", 2**60)
    writer.add_int64("a.int64", -(2**60))
    writer.add_float32("a.float32", 0.5)
    writer.add_float64("a.float64", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "zwölf")
    writer.add_array("a.texts", ["one", "", "drei ▁"])
    writer.add_array("a.numbers", [1, 2, 3])
    writer.add_array("a.scores", [0.5, -1000.0])
    writer.add_tensor("plain", numpy.ones((3, 5), numpy.float32))
    packed = numpy.zeros((2, 34), numpy.uint8)
    writer.add_tensor("packed", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_it_reads_what_the_formats_own_reader_reads(file: Path) -> None:
    slow, quick = gguf.GGUFReader(file), read_gguf(file)
    own = {name: each.contents() for name, each in slow.fields.items() if "GGUF." not in name}
    assert quick.fields == own
    assert [
        (each.name, list(each.shape), each.type, each.offset, each.bytes) for each in quick.tensors
    ] == [
        (
            each.name,
            each.shape.tolist()[::-1],
            each.tensor_type.name,
            each.data_offset,
            each.n_bytes,
        )
        for each in slow.tensors
    ]


def test_a_tensor_that_is_not_whole_is_named(file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(file.read_bytes()[: read_gguf(file).tensors[-1].offset + 1])
    with pytest.raises(ExportError, match=r"cut\.gguf is cut off in the tensor packed"):
        read_gguf(cut)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no\.gguf cannot be read"):
        read_gguf(tmp_path / "no.gguf")


@settings(max_examples=max(20, settings.default.max_examples // 2))
@given(where=st.integers(0, 600), what=st.binary(min_size=1, max_size=8), cut=st.booleans())
def test_no_damage_is_more_than_an_error_in_words(
    file: Path, tmp_path_factory: pytest.TempPathFactory, where: int, what: bytes, cut: bool
) -> None:
    data = file.read_bytes()
    broken = tmp_path_factory.getbasetemp() / "broken.gguf"
    broken.write_bytes(data[:where] if cut else data[:where] + what + data[where + len(what) :])
    try:
        read_gguf(broken)
    except ExportError as error:
        assert "broken.gguf" in error.message


def test_absurd_counts_are_refused_at_once(tmp_path: Path) -> None:
    absurd = tmp_path / "absurd.gguf"
    absurd.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60))
    with pytest.raises(ExportError, match="no GGUF"):
        read_gguf(absurd)
