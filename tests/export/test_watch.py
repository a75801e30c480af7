"""Memory and disk are measured, of children too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ghost_engine.export.watch import Gauge, anonymous_bytes, bytes_of

HOLD = "import sys; held = bytearray(80_000_000); print(flush=True); sys.stdin.read()"


def test_the_anonymous_memory_of_children_counts_and_is_kept(tmp_path: Path) -> None:
    with Gauge(lambda: [tmp_path]) as gauge:
        before = gauge.peak_bytes
        command = [sys.executable, "-c", HOLD]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            gauge.sample()
            child.kill()
        held = gauge.peak_bytes - before
    assert 75_000_000 < held < 120_000_000
    assert gauge.peak_bytes - before >= held, "the peak stays"
    assert anonymous_bytes(child.pid) == 0


def test_the_largest_size_of_the_files_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    gauge = Gauge(lambda: [folder, tmp_path / "other"], high_water_bytes=10)
    assert bytes_of(folder) == 0
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "one").write_bytes(bytes(700))
    (tmp_path / "other").write_bytes(bytes(300))
    gauge.sample()
    (folder / "sub" / "one").unlink()
    gauge.sample()
    assert gauge.high_water_bytes == 1000
