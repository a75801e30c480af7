"""Which process a pid meant."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import psutil

from ghost_engine.jobs.identity import Identity, identify, kill_group


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)


def test_a_process_is_known_while_it_lives_and_a_zombie_is_dead() -> None:
    process = sleeper()
    identity = identify(process.pid)
    assert identity is not None and identity.alive
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not identity.alive and identify(process.pid) is None
    process.wait()
    assert not identity.alive


def test_a_number_that_is_used_again_is_another_process() -> None:
    own = identify(os.getpid())
    assert own is not None and own.alive
    assert not replace(own, birth="earlier").alive
    assert not Identity(-1, 0.0, "").alive


def test_a_group_without_its_leader_is_killed() -> None:
    code = "import os, time; print(os.fork(), flush=True); time.sleep(60)"
    leader = subprocess.Popen([sys.executable, "-c", code], process_group=0, stdout=-1, text=True)
    identity = identify(leader.pid)
    assert leader.stdout is not None and identity is not None
    child = int(leader.stdout.readline())
    leader.kill()
    leader.wait()
    leader.stdout.close()
    kill_group(identity)
    deadline = time.monotonic() + 10
    while identify(child) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert identify(child) is None


def test_only_the_process_that_was_meant_is_killed() -> None:
    process = sleeper()
    identity = identify(process.pid)
    assert identity is not None
    kill_group(replace(identity, birth="earlier"))
    assert process.poll() is None
    kill_group(identity)
    assert process.wait(10) == -9
