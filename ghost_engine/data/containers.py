"""The containers of pictures: PNG chunks, JPEG segments and WebP's RIFF, read without decoding.

Bytes go in; the format, the size and the orientation come out, with the bytes a decoder needs and
nothing else: texts, colour profiles, thumbnails, previews and comments are left behind, so a bomb
hidden in one is never opened. It does not promise that the pixels decode.

Formats: PNG (W3C, third edition), JPEG (ITU-T T.81 annex B), WebP (RFC 9649), Exif 2.32 tag 0x0112.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Format = Literal["PNG", "JPEG", "WebP"]

MAX_JPEG_SCANS = 100  # ordinary ones have 1 to 12; thousands keep a decoder busy for minutes

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_JPEG_SOF = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_DROPPED = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # APP14 stays: it says how CMYK is stored
_ORIENTATION_TAG = 0x0112
_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\0\0\1\0", "an icon"),
)


@dataclass(frozen=True, slots=True)
class Container:
    """`data` is a file with the pixels alone; `orientation` is Exif's, 1 (upright) to 8."""

    format: Format
    width: int
    height: int
    data: bytes
    orientation: int = 1


def open_container(data: bytes) -> Container | None:
    """The container these bytes are, or None when they are none of the three.

    Raises:
        ValueError, struct.error, IndexError: it is one, and damaged.
    """
    if data.startswith(_PNG_SIGNATURE):
        return _open_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _open_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _open_webp(data)
    return None


def guess_kind(data: bytes) -> str:
    """What other bytes look like, for a message: "a GIF", "text", "an unknown kind of file"."""
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    for start, kind in _OTHERS:
        if data.startswith(start):
            return kind
    head = data[:2048].lstrip().lower()
    if b"<svg" in head:
        return "an SVG drawing"
    if head.startswith((b"<!doctype", b"<html")):
        return "a web page"
    try:
        data[:2048].decode("utf-8")
    except UnicodeDecodeError:
        return "an unknown kind of file"
    return "an unknown kind of file" if b"\0" in data[:2048] else "text"


def _open_png(data: bytes) -> Container:
    kept, orientation = [_PNG_SIGNATURE], 1
    for kind, start, end in _png_chunks(data):
        if kind in _PNG_KEPT:
            kept.append(data[start:end])
        elif kind == b"eXIf":
            orientation = _exif_orientation(data[start + 8 : end - 4])
    if data[12:16] != b"IHDR":
        raise ValueError("no IHDR chunk first")
    width, height = struct.unpack_from(">II", data, 16)
    return Container("PNG", width, height, b"".join(kept), orientation)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of each chunk, length and checksum included; the last may be cut off."""
    start = len(_PNG_SIGNATURE)
    while start + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        end = start + 12 + length
        kind = data[start + 4 : start + 8]
        yield kind, start, end
        if kind == b"IEND":
            return
        start = end


def _open_jpeg(data: bytes) -> Container:
    kept, orientation, size = [b"\xff\xd8"], 1, None
    for marker, start, end in _jpeg_segments(data):
        if marker in _JPEG_SOF:
            height, width = struct.unpack_from(">HH", data, start + 5)
            size = size or (width, height)
        if marker == 0xE1 and data[start + 4 : start + 10] == b"Exif\0\0":
            orientation = _exif_orientation(data[start + 10 : end])
        if marker not in _JPEG_DROPPED:
            kept.append(data[start:end])
    if size is None:
        raise ValueError("no frame header before the pixels")
    kept_data = b"".join(kept)
    if kept_data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ValueError(f"more than {MAX_JPEG_SCANS} scans")
    return Container("JPEG", *size, kept_data, orientation)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment; the first scan runs to the end of the file."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("a marker is missing")
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == 0xDA:
            yield marker, position, len(data)
            return
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + max(length, 2)
        yield marker, position, end
        position = end


def _open_webp(data: bytes) -> Container:
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise ValueError("no picture chunk first")
    return Container("WebP", width, height, data, _webp_orientation(data))


def _webp_orientation(data: bytes) -> int:
    start = 12
    while start + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, start + 4)
        if data[start : start + 4] == b"EXIF":
            return _exif_orientation(data[start + 8 : start + 8 + length].removeprefix(b"Exif\0\0"))
        start += 8 + length + length % 2
    return 1


def _exif_orientation(tiff: bytes) -> int:
    """The orientation a TIFF block states; 1 when it states none or cannot be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", tiff, entry)
            if tag == _ORIENTATION_TAG and kind == 3:
                (orientation,) = struct.unpack_from(order + "H", tiff, entry + 8)
                return int(orientation)
    except struct.error:
        return 1
    return 1
