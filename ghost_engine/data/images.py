"""Intake of untrusted pictures: the only place that decodes them.

Bytes go in; a checked, upright, opaque RGB `Picture` without metadata comes out, or an
`ImageError` that says what is wrong. Size and pixel count are checked before anything is decoded,
and the decoder sees only the parts that carry pixels (`ghost_engine.data.containers`).
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ghost_engine.data.containers import Container, Format, guess_kind, open_container
from ghost_engine.errors import ImageError
from ghost_engine.settings import get_settings

MIN_SIDE_PIXELS = 32
MAX_SIDE_PIXELS = 32_000  # OpenCV's warps count pixels in 16 bits
WHITE = (255, 255, 255, 255)

# The classes themselves, not Image.open: it would add a warning of its own for large pictures.
_DECODERS: dict[Format, Callable[[io.BytesIO], ImageFile]] = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HINT = "Give a PNG, JPEG or WebP screenshot."
_SAVE_AGAIN = "Save or download the screenshot again."


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded screenshot.

    `content_hash` is the SHA-256 of the bytes as they came in; `pixels` is an RGB image, upright,
    on white, of `pixels.width` x `pixels.height` pixels. `name` is fit to be shown.
    """

    name: str
    content_hash: str
    pixels: Image.Image

    def png(self) -> bytes:
        """The picture as a lossless PNG file, without metadata."""
        return _encode(self.pixels)

    def preview(self, max_width: int) -> bytes:
        """A PNG file at most `max_width` pixels wide, never enlarged."""
        if self.pixels.width <= max_width:
            return self.png()
        height = max(1, round(self.pixels.height * max_width / self.pixels.width))
        return _encode(self.pixels.resize((max_width, height), Image.Resampling.LANCZOS))


def intake(data: bytes, name: str) -> Picture:
    """Checks and decodes the bytes of one picture file.

    Args:
        data: the file's bytes, as uploaded or read.
        name: what to call it in messages; a path is cut to its last part.

    Raises:
        ImageError: not a PNG, JPEG or WebP, too large, too small, or damaged.
    """
    shown = _shown(name)
    _check_bytes(len(data), shown)
    try:
        container = open_container(data)
        if container is None:
            raise ImageError(f"{shown} is {guess_kind(data)}, not a picture this can read.", _HINT)
        _check_pixels(container, shown)
        pixels = _decode(container, shown)
    except ImageError:
        raise
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        raise ImageError(
            f"{shown} is damaged and cannot be decoded ({_cause(error)}).", _SAVE_AGAIN
        ) from error
    return Picture(shown, hashlib.sha256(data).hexdigest(), pixels)


def read_picture(path: Path) -> Picture:
    """Reads and decodes one picture file; never waits on a pipe or a device.

    Raises:
        ImageError: it cannot be read, is not a regular file, or `intake` refuses it.
    """
    return intake(read_picture_bytes(path), str(path))


def read_picture_bytes(path: Path) -> bytes:
    """The bytes of one picture file, for `intake`; never waits on a pipe or a device.

    Raises:
        ImageError: it cannot be read, is not a regular file, is empty or too large.
    """
    shown = _shown(str(path))
    limit = _max_bytes()
    try:
        # O_NONBLOCK: opening a FIFO without a writer would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb", closefd=True) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ImageError(f"{shown} is {_file_kind(status.st_mode)}, not a file.", _HINT)
            _check_bytes(status.st_size, shown)
            return file.read(limit + 1)
    except IsADirectoryError as error:
        raise ImageError(f"{shown} is a folder, not a picture.", _HINT) from error
    except FileNotFoundError as error:
        raise ImageError(f"{path} does not exist.", "Check the path.") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{path} cannot be read: {_cause(error)}.", "Check the path.") from error


def _check_bytes(size: int, shown: str) -> None:
    if size == 0:
        raise ImageError(f"{shown} is empty (0 bytes).", _SAVE_AGAIN)
    if size > _max_bytes():
        limit = get_settings().max_image_mb
        raise ImageError(
            f"{shown} is {size / 1e6:.1f} MB; the limit is {limit:g} MB.",
            "Crop it, save it as PNG or WebP, or raise GHOST_MAX_IMAGE_MB.",
        )


def _check_pixels(container: Container, shown: str) -> None:
    """Needs no decoding: `container` knows its size from the header."""
    width, height = container.width, container.height
    limit = get_settings().max_image_megapixels
    if width * height > limit * 1e6:
        raise ImageError(
            f"{shown} has {width * height / 1e6:.1f} megapixels ({width} x {height}); "
            f"the limit is {limit:g}.",
            "Crop or scale it, or raise GHOST_MAX_IMAGE_MEGAPIXELS.",
        )
    if max(width, height) > MAX_SIDE_PIXELS:
        raise ImageError(
            f"{shown} is {width} x {height} pixels; the longest side may be {MAX_SIDE_PIXELS}.",
            "Cut it into several screenshots.",
        )
    if min(width, height) < MIN_SIDE_PIXELS:
        raise ImageError(
            f"{shown} is {width} x {height} pixels: too small to show an interface.",
            f"Give a screenshot of at least {MIN_SIDE_PIXELS} x {MIN_SIDE_PIXELS} pixels.",
        )


def _decode(container: Container, shown: str) -> Image.Image:
    with _DECODERS[container.format](io.BytesIO(container.data)) as image:
        if image.size != (container.width, container.height):
            raise ImageError(f"{shown} is damaged: its headers contradict each other.", _SAVE_AGAIN)
        image.load()
        pixels = _opaque_rgb(image)
    turn = _TURNS.get(container.orientation)
    pixels = pixels.transpose(turn) if turn is not None else pixels
    pixels.info = {}
    return pixels


def _opaque_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":  # 16-bit grey: 0..65535 -> 0..255
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if image.has_transparency_data:
        flat = Image.new("RGBA", image.size, WHITE)
        flat.alpha_composite(image.convert("RGBA"))
        return flat.convert("RGB")
    return image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _max_bytes() -> int:
    return int(get_settings().max_image_mb * 1e6)


def _shown(name: str) -> str:
    """The last part of a name, on one line, short enough for a message."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(letter if letter.isprintable() else " " for letter in last).strip()
    return f"{plain[:60]}…{plain[-16:]}" if len(plain) > 80 else plain or "The picture"


def _file_kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _cause(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:120] or type(error).__name__
