"""The program that reads text: `python -m ghost_engine.ocr.worker THREADS`.

Pictures come in on stdin and lines go out on stdout, framed as in `ghost_engine.ocr.frames`. It
runs at low priority, opens no connection, and ends as soon as stdin is closed, even in the middle
of a picture: that is how none is left behind when its parent is killed.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from ghost_engine.ocr.frames import FAILED, LINES, READY, read_frame, write_frame
from ghost_engine.ocr.lines import Line, dump_lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), BGR

NICENESS = 5
MAX_PIXELS = 4_500_000  # read at once: finding text takes about 170 bytes a pixel
MIN_BAND = 768  # pixels; the detector enlarges what is lower
OVERLAP = 160  # pixels, more than any line is high
# The recogniser pads each line to at least this (channels, height, width). A shorter one than
# rapidocr's 320 halves the time on interfaces, whose texts are short.
RECOGNISER_SHAPE = [3, 48, 160]


def main(threads: int) -> None:
    answers = _take_stdout()
    os.nice(NICENESS)
    sys.addaudithook(_refuse_connections)
    pictures: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, pictures), daemon=True).start()
    try:
        engine = _load(threads)
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode())
        return
    write_frame(answers, READY)
    while True:
        _answer(engine, pictures.get(), answers)


def _take_stdout() -> BinaryIO:
    """Stdout for our messages alone: whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _refuse_connections(event: str, _: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise ConnectionRefusedError("the text reader works without a network")


def _receive(requests: BinaryIO, pictures: queue.Queue[bytes]) -> None:
    try:
        while True:
            pictures.put(read_frame(requests)[1])
    except BaseException:
        os._exit(0)


def _load(threads: int) -> Any:
    import cv2
    from rapidocr import RapidOCR

    logging.disable(logging.CRITICAL)
    cv2.setNumThreads(threads)
    return RapidOCR(
        params={
            "Global.use_cls": False,  # the angle classifier turns short lines upside down
            "Global.max_side_len": 10**6,  # never shrink: small text is lost
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Rec.rec_img_shape": RECOGNISER_SHAPE,
        }
    )


def _answer(engine: Any, request: bytes, answers: BinaryIO) -> None:
    try:
        lines = _read_bands(engine, _to_pixels(request))
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode())
    else:
        write_frame(answers, LINES, dump_lines(lines))


def _to_pixels(request: bytes) -> Pixels:
    import numpy as np

    width, height = struct.unpack_from(">II", request)
    rgb = np.frombuffer(request, np.uint8, offset=8).reshape(height, width, 3)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _read_bands(engine: Any, pixels: Pixels) -> tuple[Line, ...]:
    """The lines of a picture of any size, in bands that fit the memory."""
    height, width = pixels.shape[:2]
    lines: list[Line] = []
    for top, bottom, first, last in split_bands(width, height):
        lines += (
            _moved(line, top)
            for line in _read(engine, pixels[top:bottom])
            if first <= top + (line.box[1] + line.box[3]) / 2 < last
        )
    return tuple(sorted(lines, key=lambda line: (line.box[1], line.box[0], line.text)))


def split_bands(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """(top, bottom, first, last) of each band: it is cut from `top` to `bottom`, and keeps the
    lines whose middle is from `first` to `last`. Bands overlap, so no line is cut in all of them.
    """
    if width * height <= MAX_PIXELS:
        return [(0, height, 0, height)]
    step = max(MIN_BAND, MAX_PIXELS // width) - OVERLAP
    count = max(1, math.ceil((height - OVERLAP) / step))
    edges = [0, *(round(n * height / count) for n in range(1, count)), height]
    half = OVERLAP // 2
    return [
        (max(0, first - half), min(height, last + half), first, last)
        for first, last in zip(edges, edges[1:], strict=False)
    ]


def _read(engine: Any, pixels: Pixels) -> list[Line]:
    found = engine(pixels, use_cls=False)
    if found.boxes is None or found.txts is None:
        return []
    return [
        _line(corners, text, score, pixels.shape[1], pixels.shape[0])
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    ]


def _moved(line: Line, top: int) -> Line:
    x0, y0, x1, y1 = line.box
    return Line(line.text, (x0, y0 + top, x1, y1 + top), line.score)


def _line(corners: Any, text: str, score: float, width: int, height: int) -> Line:
    xs, ys = corners[:, 0], corners[:, 1]
    box = (
        max(0, int(xs.min())),
        max(0, int(ys.min())),
        min(width, round(float(xs.max()))),
        min(height, round(float(ys.max()))),
    )
    return Line(text, box, round(float(score), 4))


if __name__ == "__main__":
    main(int(sys.argv[1]))
