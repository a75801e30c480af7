"""Locks that end with their last holder, and can be handed to a child."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ghost_engine.jobs.locks import adopt, is_held, take


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    assert not is_held(path)
    lock = take(path)
    assert lock is not None and is_held(path) and take(path) is None
    lock.release()
    assert not is_held(path)
    lock.release()  # twice does no harm


def test_looking_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    path.touch()
    looking = "import sys; from pathlib import Path; from ghost_engine.jobs.locks import is_held\n"
    looking += "for _ in range(20000): assert not is_held(Path(sys.argv[1]))"
    lookers = [subprocess.Popen([sys.executable, "-c", looking, path]) for _ in range(2)]
    assert [looker.wait(60) for looker in lookers] == [0, 0]


def test_a_child_keeps_the_lock_that_was_handed_to_it(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    lock = take(path)
    assert lock is not None
    child = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fd])
    lock.hand_over()
    assert is_held(path)
    child.kill()
    child.wait()
    assert not is_held(path)


def test_only_the_right_descriptor_is_adopted(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    lock = take(path)
    assert lock is not None
    copy = os.dup(lock.fd)
    os.set_inheritable(copy, True)
    adopted = adopt(path, copy)
    assert adopted is not None and not os.get_inheritable(copy)
    with open(tmp_path / "other", "w") as other:
        assert adopt(path, other.fileno()) is None
    assert adopt(path, -1) is None and adopt(path, 9999) is None
    lock.hand_over()
    assert is_held(path)
    adopted.release()
    assert not is_held(path)
