"""The Export page in a real browser: an export is watched to its end, and its file fetched."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ghost_engine.export.config import ExportConfig
from ghost_engine.export.result import FILE, Answer, Check, Export, Made
from ghost_engine.jobs.folder import RunFolder, append_row, write_json
from ghost_engine.jobs.locks import Lock, take
from ghost_engine.jobs.records import Job, Status, now
from ghost_engine.settings import get_settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW_MS = 60_000  # on a machine that is busy with other things
DATA = b"GGUF" + bytes(range(256))
NAME = "tiny-q4_k_m.gguf"


class AtWork:
    """An export that this process pretends to do, in the folder of a real one."""

    def __init__(self, runs: Path, out: Path) -> None:
        self.folder = RunFolder(runs / "20260101-000000-export-tiny")
        self.folder.path.mkdir(parents=True)
        self.out = out
        config = ExportConfig(
            adapter=str(out), base="smoke", run="a-run", name="tiny", out=str(out)
        )
        self.folder.config.write_text(config.to_yaml(), "utf-8")
        self.folder.log.write_text("merging blk.0\n", "utf-8")
        begun = now() - timedelta(seconds=50)
        self.status = Status(
            "running", "quantizing", "tiny", 1, 100, 400, queued=begun, started=begun
        )
        write_json(self.folder.status, self.status.to_dict())
        append_row(
            self.folder.events,
            {"time": begun.isoformat(), "event": "stage", "phase": "quantizing"},
        )
        write_json(self.folder.job, Job("export", "nobody", begun, "tiny", "ana").to_dict())
        lock = take(self.folder.lock)
        assert lock is not None
        self.lock: Lock = lock

    def end(self) -> None:
        """Puts files in place, says so, and lets go, in a worker's order."""
        self.out.mkdir()
        (self.out / NAME).write_bytes(DATA)
        digest = hashlib.sha256(DATA).hexdigest()
        made = Export(
            "tiny",
            "a-run",
            "smoke",
            (Made("text", NAME, len(DATA), digest, "q4_k_m"),),
            (Check("first token", True, NAME, 0.03, 0.25),),
            (Answer(NAME, "CREATE TABLE plants (id int);", True, "", 9, 30.0, False),),
            job=self.folder.id,
        )
        for folder in (self.out, self.folder.path):
            write_json(folder / FILE, made.to_dict())
        ended = replace(self.status, state="finished", ended=now())
        write_json(self.folder.status, ended.to_dict())
        self.lock.release()


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[AtWork]:
    job = AtWork(get_settings().runs_dir, tmp_path / "out")
    yield job
    job.lock.release()
    shutil.rmtree(job.folder.path, ignore_errors=True)


def test_an_export_is_watched_to_its_end_and_fetched(page: Page, at_work: AtWork) -> None:
    page.goto("/export")
    page.get_by_role("button", name="tiny", exact=True).click(timeout=SLOW_MS)
    expect(page).to_have_url(re.compile("job=20260101-000000-export-tiny"), timeout=SLOW_MS)
    working = page.get_by_text("Quantizing · tiny · tensor 100 of 400")
    expect(working).to_be_visible(timeout=SLOW_MS)
    expect(working).to_contain_text("left")

    at_work.end()
    expect(page.get_by_text("Verified").first).to_be_visible(timeout=SLOW_MS)
    page.reload()
    with page.expect_download(timeout=SLOW_MS) as fetched:
        page.get_by_role("button", name="Download").first.click(timeout=SLOW_MS)
    assert fetched.value.suggested_filename == NAME
    assert Path(fetched.value.path()).read_bytes() == DATA
    page.locator("summary").filter(has_text="1 passed").click()
    expect(page.get_by_role("row", name="first token")).to_contain_text("0.25", timeout=SLOW_MS)
    expect(page.get_by_text("llama-server")).to_have_count(0)  # there is no part for pictures

    page.get_by_role("button", name="arrow_back").first.click()
    row = page.locator("tr.run").filter(has_text="tiny")
    expect(row).to_contain_text("Verified", timeout=SLOW_MS)
