"""The two networks in RapidOCR's wheel: one finds text, one reads it.

They are run here by onnxruntime itself: RapidOCR's own pipeline takes a second to import, enlarges
small pictures, and computes with numbers so small that a processor slows down many times.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # (height, width, 3), BGR
    Numbers = NDArray[np.float32]

Box = tuple[int, int, int, int]  # x0, y0, x1, y1

FINDER = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"


class Network:
    """One model file on `threads` cores."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # what one picture took is given back
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The finder's sums run into denormal numbers, which take a processor a hundred times as
        # long: as zeros they are no worse, and finding text takes a third of the time.
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Numbers) -> Numbers:
        answer: Numbers = self._session.run(None, {self._input: batch})[0]
        return answer

    def characters(self) -> tuple[str, ...]:
        """What the numbers of the recogniser mean; 0 is the gap between two characters."""
        listed = self._session.get_modelmeta().custom_metadata_map["character"]
        return ("", *listed.splitlines(), " ")


@dataclass(frozen=True, slots=True)
class Models:
    """The finder works on one picture with all threads, the recogniser on one batch in each."""

    finder: Network
    recogniser: Network
    characters: tuple[str, ...]
    workers: Any  # ThreadPoolExecutor


def load_models(threads: int) -> Models:
    """Both networks, to be used by this thread.

    Raises:
        FileNotFoundError: RapidOCR is not installed, or without its models.
    """
    package = find_spec("rapidocr")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("rapidocr is not installed")
    folder = Path(package.submodule_search_locations[0]) / "models"
    # The finder first, and in this thread: onnxruntime makes denormal numbers zeros in the threads
    # it starts, and in the one that loads a process's first network; in no other.
    finder = Network(folder / FINDER, threads)
    recogniser = Network(folder / RECOGNISER, 1)
    return Models(finder, recogniser, recogniser.characters(), ThreadPoolExecutor(threads))
