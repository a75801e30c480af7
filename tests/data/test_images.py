"""Pictures as people and attackers send them."""

from __future__ import annotations

import hashlib
import io
import os
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghost_engine.data.images import Picture, intake, read_picture
from ghost_engine.errors import ImageError


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def two_tone(mode: str = "RGB") -> Image.Image:
    """64 x 40: the left half red, the right half blue."""
    image = Image.new("RGB", (64, 40), (255, 0, 0))
    image.paste((0, 0, 255), (32, 0, 64, 40))
    return image.convert(mode)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png: bytes, chunk: bytes) -> bytes:
    """The PNG with one more chunk after its header."""
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_of_the_three_formats_comes_out_as_rgb(kind: str) -> None:
    data = encode(two_tone(), kind)
    picture = intake(data, "folder/shot.bin")
    assert (picture.pixels.mode, picture.pixels.size) == ("RGB", (64, 40))
    assert (picture.name, picture.content_hash) == ("shot.bin", hashlib.sha256(data).hexdigest())
    red, _, blue = picture.pixels.getpixel((5, 5))
    assert red > 240 and blue < 15


@pytest.mark.parametrize("mode", ["P", "L", "1", "LA", "RGBA"])
def test_every_png_mode_keeps_its_colours(mode: str) -> None:
    image = two_tone(mode)
    picture = intake(encode(image), "shot.png")
    assert picture.pixels.tobytes() == image.convert("RGB").tobytes()


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert intake(encode(clear), "clear.png").pixels.getcolors() == [(4096, (255, 255, 255))]


def test_a_transparent_palette_colour_becomes_white() -> None:
    image = two_tone("P")
    data = encode(image, transparency=image.getpixel((0, 0)))
    assert intake(data, "palette.png").pixels.getpixel((0, 0)) == (255, 255, 255)


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256 * 40).reshape(40, 256).astype(np.uint16)
    pixels = np.asarray(intake(encode(Image.fromarray(ramp)), "ramp.png").pixels)[:, :, 0]
    assert np.abs(pixels.astype(int) - np.round(ramp / 257).astype(int)).max() <= 1


def test_16_bit_colour_is_scaled_not_clipped() -> None:
    row = b"\0" + struct.pack(">HHH", 0x8000, 0xFFFF, 0x0100) * 40
    header = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    data += png_chunk(b"IDAT", zlib.compress(row * 40)) + png_chunk(b"IEND", b"")
    assert intake(data, "deep.png").pixels.getpixel((3, 3)) == (0x80, 0xFF, 0x01)


def test_cmyk_becomes_the_colour_it_shows() -> None:
    data = encode(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG")
    red, green, blue = intake(data, "print.jpg").pixels.getpixel((9, 9))
    assert red > 240 and green < 15 and blue < 15


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    for kind in ("WEBP", "PNG"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert intake(data, "moving").pixels.getpixel((9, 9)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_photo_is_set_upright_and_loses_its_metadata(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "secret camera"
    picture = intake(encode(two_tone(), kind, exif=exif), "photo")
    assert picture.pixels.size == (40, 64)
    red, _, blue = picture.pixels.getpixel((20, 5))
    assert red > 200 and blue < 60
    assert not picture.pixels.info and b"secret" not in picture.png()


def test_a_preview_is_small_and_never_enlarged() -> None:
    picture = intake(encode(two_tone()), "shot.png")
    with Image.open(io.BytesIO(picture.preview(32))) as small:
        assert small.size == (32, 20)
    with Image.open(io.BytesIO(picture.preview(500))) as same:
        assert same.size == (64, 40)


def refused(data: bytes, name: str = "shot.png") -> ImageError:
    with pytest.raises(ImageError) as caught:
        intake(data, name)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "shot.png is empty (0 bytes)"),
        (b"hello there, I am text", "is text, not a picture"),
        (b"GIF89a" + bytes(50), "is a GIF"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"%PDF-1.7 ...", "a PDF"),
        (bytes(range(256)) * 4, "an unknown kind of file"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"RIFF\0\0\0\0WEBP", "damaged"),
        (encode(Image.effect_noise((300, 300), 90))[:9000], "damaged"),
        (encode(Image.effect_noise((300, 300), 90), "JPEG")[:9000], "damaged"),
        (encode(Image.effect_noise((300, 300), 90), "WEBP")[:9000], "damaged"),
        (encode(Image.new("RGB", (300, 16))), "300 x 16 pixels: too small"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, said: str) -> None:
    assert said in refused(data).message


def test_200_megapixels_are_refused_before_decoding() -> None:
    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"")
    assert "200.0 megapixels (20000 x 10000)" in refused(png).message
    webp = b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4)
    webp += (16_000 - 1).to_bytes(3, "little") * 2 + bytes(40)
    assert "256.0 megapixels" in refused(webp).message
    jpeg = bytearray(encode(two_tone(), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 20_000, 10_000)
    assert "200.0 megapixels" in refused(bytes(jpeg)).message


def test_a_file_over_the_limit_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is 10.5 MB; the limit is 10 MB" in refused(bytes(10_500_000)).message
    path = tmp_path / "big.png"
    path.touch()
    os.truncate(path, 10**12)  # sparse: reading it would take for ever
    with pytest.raises(ImageError, match="1000000.0 MB"):
        read_picture(path)


def test_an_absurdly_long_strip_is_refused() -> None:
    assert "longest side" in refused(encode(Image.new("1", (40_000, 40)))).message


def test_bombs_in_png_metadata_are_never_opened() -> None:
    bomb = zlib.compress(bytes(50_000_000))
    png = encode(two_tone())
    for chunk in (
        png_chunk(b"zTXt", b"Comment\0\0" + bomb),
        png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        png_chunk(b"iCCP", b"profile\0\0" + bomb),
        png_chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"),
        b"\0\0\0\4tEXtabcdWRNG",
    ):
        assert intake(with_chunk(png, chunk), "bomb.png").pixels.size == (64, 40)


def test_a_wrong_checksum_in_the_pixels_is_an_error() -> None:
    data = bytearray(encode(two_tone()))
    data[data.index(b"IDAT") + 6] ^= 0xFF
    assert "damaged" in refused(bytes(data)).message


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = encode(two_tone(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert "more than 100 scans" in refused(data[:-2] + scan * 1000 + b"\xff\xd9").message


def test_names_are_shortened_and_made_printable() -> None:
    error = refused(b"", "../../" + "x" * 300 + "\n\x1b[31m.png")
    assert len(error.message) < 120 and "\n" not in error.message and "\x1b" not in error.message


def test_folders_pipes_devices_and_missing_files_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path, said in (
        (tmp_path, "is a folder"),
        (tmp_path / "pipe.png", "is a pipe"),
        (Path("/dev/zero"), "is a device"),
        (tmp_path / "gone.png", "does not exist"),
        (tmp_path / "gone.png" / "deeper", "does not exist"),
        (Path("nul\0.png"), "cannot be read"),
    ):
        with pytest.raises(ImageError, match=said) as caught:
            read_picture(path)
        assert caught.value.hint


def test_a_file_on_disk_is_read(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(encode(two_tone()))
    picture = read_picture(tmp_path / "shot.png")
    assert isinstance(picture, Picture) and picture.name == "shot.png"


def mutated(data: bytes, randomness: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(randomness.randint(1, 6)):
        at = randomness.randrange(max(len(changed), 1))
        match randomness.randrange(4):
            case 0:
                changed[at : at + 1] = randomness.randbytes(1)
            case 1:
                changed[at : at + randomness.randrange(40)] = b""
            case 2:
                changed[at:at] = randomness.randbytes(randomness.randrange(40))
            case _:
                changed = changed[:at]
    return bytes(changed)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_mutated_files_are_read_or_refused_and_nothing_else(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    data = encode(two_tone("P" if kind == "PNG" else "RGB"), kind, exif=exif)
    randomness = random.Random(f"intake/{kind}")
    for _ in range(2000):
        try:
            picture = intake(mutated(data, randomness), "mutant")
        except ImageError as error:
            assert error.hint
        else:
            assert picture.pixels.mode == "RGB"
