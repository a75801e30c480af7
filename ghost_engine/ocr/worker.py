"""The program that reads text: `python -m ghost_engine.ocr.worker THREADS`.

Pictures come in on stdin and lines go out on stdout, framed as in `ghost_engine.ocr.frames`. It
runs at low priority, opens no connection, and ends as soon as stdin is closed, even in the middle
of a picture: that is how none is left behind when its parent is killed.
"""

from __future__ import annotations

import os
import queue
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from ghost_engine.ocr.frames import FAILED, LINES, READY, read_frame, write_frame
from ghost_engine.ocr.heap import give_back
from ghost_engine.ocr.lines import Line, dump_lines

if TYPE_CHECKING:
    from ghost_engine.ocr.models import Models, Pixels

NICENESS = 5
LEAST_SURE = 0.5  # what is read with less is no text


def main(threads: int) -> None:
    answers = _take_stdout()
    os.nice(NICENESS)
    sys.addaudithook(_refuse_connections)
    pictures: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, pictures), daemon=True).start()
    try:
        models = _load(threads)
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode())
        return
    write_frame(answers, READY)
    while True:
        _answer(models, pictures, answers)
        give_back()


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


def _load(threads: int) -> Models:
    import cv2

    from ghost_engine.ocr import find, recognise  # noqa: F401 (loaded ahead of the first picture)
    from ghost_engine.ocr.models import load_models

    cv2.setNumThreads(threads)
    return load_models(threads)


def _answer(models: Models, pictures: queue.Queue[bytes], answers: BinaryIO) -> None:
    try:
        lines = _read(models, _to_pixels(pictures.get()))  # what came is not kept beside the copy
    except Exception as error:
        write_frame(answers, FAILED, f"{type(error).__name__}: {error}".encode())
    else:
        write_frame(answers, LINES, dump_lines(lines))


def _to_pixels(request: bytes) -> Pixels:
    import numpy as np

    width, height = struct.unpack_from(">II", request)
    rgb = np.frombuffer(request, np.uint8, offset=8).reshape(height, width, 3)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _read(models: Models, pixels: Pixels) -> tuple[Line, ...]:
    from ghost_engine.ocr.find import find_text
    from ghost_engine.ocr.recognise import recognise

    boxes = find_text(models.finder, pixels)
    read = zip(boxes, recognise(models, pixels, boxes), strict=True)
    lines = [Line(text, box, round(score, 4)) for box, (text, score) in read if text.strip()]
    kept = (line for line in lines if line.score >= LEAST_SURE)
    return tuple(sorted(kept, key=lambda line: (line.box[1], line.box[0], line.text)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
