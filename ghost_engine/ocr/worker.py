"""The program that reads text: `python -m ghost_engine.ocr.worker THREADS`.

Pictures come in on stdin and lines go out on stdout, framed as in `ghost_engine.ocr.frames`. It
runs at low priority, opens no connection, and ends as soon as stdin is closed, even in the middle
of a picture: that is how none is left behind when its parent is killed.
"""

from __future__ import annotations

import logging
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
        lines = _read(engine, _to_pixels(request))
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode())
    else:
        write_frame(answers, LINES, dump_lines(lines))


def _to_pixels(request: bytes) -> Pixels:
    import numpy as np

    width, height = struct.unpack_from(">II", request)
    rgb = np.frombuffer(request, np.uint8, offset=8).reshape(height, width, 3)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _read(engine: Any, pixels: Pixels) -> tuple[Line, ...]:
    found = engine(pixels, use_cls=False)
    if found.boxes is None or found.txts is None:
        return ()
    lines = (
        _line(corners, text, score, pixels.shape[1], pixels.shape[0])
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    )
    return tuple(sorted(lines, key=lambda line: (line.box[1], line.box[0], line.text)))


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
