"""Runs a program that cannot outlive its owner: `python leash.py FD PROGRAM ARGUMENT...`.

FD is one end of a socket pair. The program's process id is written to it; when the owner's end is
closed, however that comes about, the program is killed. Where this process itself is killed, Linux
kills the program. A signal that ends the program ends this process too, so that the owner sees it.

A thread of the owner could not ask the kernel for that by itself: it would kill the program when
the thread ends. Started by path with -I -S: nothing of the project or its libraries is imported.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from types import FrameType

_PR_SET_PDEATHSIG = 1


def main() -> int:
    link = socket.socket(fileno=int(sys.argv[1]))
    link.set_inheritable(False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort would write the model to the disk
    program = subprocess.Popen(sys.argv[2:], preexec_fn=_die_with_this(os.getpid()))

    def pass_on(number: int, _: FrameType | None) -> None:
        program.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    threading.Thread(target=_kill_when_alone, args=(link, program), daemon=True).start()
    code = program.wait()
    if code < 0:
        _end_by(-code)
    return code


def _die_with_this(owner: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != owner:
            os._exit(1)

    return ask


def _kill_when_alone(link: socket.socket, program: subprocess.Popen[bytes]) -> None:
    try:
        link.sendall(f"{program.pid}\n".encode())
        link.recv(1)  # nothing is ever sent: it returns when the owner is gone
    except OSError:
        pass
    program.kill()


def _end_by(number: int) -> None:
    try:
        signal.signal(number, signal.SIG_DFL)
    except OSError:
        pass  # KILL cannot be handled
    os.kill(os.getpid(), number)


if __name__ == "__main__":
    sys.exit(main())
