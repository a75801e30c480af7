"""What a container tells before anything is decoded."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ghost_engine.data.containers import guess_kind, open_container


def encode(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 40), "red").save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}),
    ],
)
def test_the_size_is_read_from_the_header(kind: str, options: dict[str, object]) -> None:
    container = open_container(encode(kind, **options))
    assert container is not None
    assert (container.width, container.height, container.orientation) == (64, 40, 1)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_orientation_is_read_from_exif(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    container = open_container(encode(kind, exif=exif))
    assert container is not None and container.orientation == turn


def test_texts_and_profiles_are_left_behind() -> None:
    data = encode("JPEG", comment=b"secret", icc_profile=b"secret" * 20)
    container = open_container(data)
    assert container is not None and b"secret" in data and b"secret" not in container.data


def test_other_files_are_told_apart() -> None:
    assert open_container(b"GIF89a") is None
    assert guess_kind(b"\0\0\0\x18ftypheic") == "a HEIC, AVIF or video file"
    assert guess_kind("größer".encode()) == "text"
