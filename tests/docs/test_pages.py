"""Every page: its links lead somewhere, its commands exist, and what runs here is run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from ghost_engine.cli import app
from tests.docs.pages import PAGES, ROOT, anchors, blocks, commands, links

NEEDS = {
    "gpu": "an NVIDIA GPU",
    "model": "a model's files",
    "ollama": "a running Ollama",
    "key": "a key of a service",
    "modal": "an account at Modal",
    "server": "stays until it is ended",
    "large": "weights of many gigabytes",
    "network": "the internet",
    "install": "installs packages",
}
"""What may stand behind ```sh, and what it means: the block is not run by a test."""
ELSEWHERE = {
    "training.md": "tests/training/test_documents.py",
    "export.md": "tests/export/test_documents.py",
}
QUICK = (
    "--set max_steps=2 --set warmup_steps=1 --set eval_screens=0 --set validation_limit=1"
    " --set rank=4"
)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert {name(page) for page in PAGES} - {name(page) for page in reached} == {"CHANGELOG.md"}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_exists_with_its_flags(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line.replace("'...'", "x").rstrip("\\"))
        if words[0].endswith("make"):
            targets = [word for word in words[1:] if "=" not in word]
            makefile = (ROOT / "Makefile").read_text("utf-8")
            assert all(f"\n{target}:" in makefile for target in targets), line
        elif words[0].endswith("python"):
            scripts = [word for word in words if word.endswith(".py")]
            assert all((ROOT / script).exists() for script in scripts), line
        else:
            _check_ghost(line, words[1:])


def _check_ghost(line: str, words: list[str]) -> None:
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] != "...":
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    flags = {flag for option in command.params for flag in option.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= flags, line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_block_is_run_here_or_says_what_it_needs(page: Path) -> None:
    for block in blocks(page):
        if block.language == "sh":
            assert block.needs in ("", *NEEDS), block.lines


@pytest.fixture
def desk(tmp_path: Path) -> dict[str, str]:
    """A folder with the files that the pages name, and a shell's environment in which `ghost` is
    ours and nothing of this machine is touched."""
    screens = ROOT / "tests" / "fixtures" / "screens"
    for file in ("orders.png", "list.png", "form.png", "screen.png"):
        shutil.copy(screens / "orders.png", tmp_path / file)
    (tmp_path / "screens").mkdir()
    shutil.copy(screens / "orders.png", tmp_path / "screens")
    for file in ("shop.sql", "mine.sql", "theirs.sql"):
        (tmp_path / file).write_text("CREATE TABLE orders (id int PRIMARY KEY, total numeric);")
    small = (ROOT / "data" / "pairs.jsonl").read_text("utf-8").splitlines()[:2]
    (tmp_path / "pairs.jsonl").write_text("\n".join(small) + "\n")
    shutil.copytree(ROOT / "data" / "ui_screenshots", tmp_path / "ui_screenshots")
    shutil.copy(ROOT / "data" / "dataset.json", tmp_path)
    for folder in ("data", "tests", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "bin").mkdir()
    ghost = tmp_path / "bin" / "ghost"
    ghost.write_text(f'#!/bin/sh\nexec {sys.executable} -m ghost_engine "$@"\n')
    ghost.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GHOST_DATA_DIR": str(tmp_path / "store"),
        "GHOST_RUNS_DIR": str(tmp_path / "runs"),
        "GHOST_GGUF_DIR": str(tmp_path / "gguf"),
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "page",
    [
        page
        for page in PAGES
        if page.name not in ELSEWHERE
        and any(_.language == "sh" and not _.needs for _ in blocks(page))
    ],
    ids=name,
)
def test_the_blocks_that_need_nothing_run_from_top_to_bottom(
    page: Path, desk: dict[str, str], tmp_path: Path
) -> None:
    for block in blocks(page):
        if block.language != "sh" or block.needs:
            continue
        for line in block.lines:
            if "make " in line or "python " in line:
                continue  # .ci/run calls `make test`; benchmarks and scripts take their time
            line = re.sub(r"--count \d+", "--count 3", line)
            if "ghost train" in line and "--estimate" not in line and "--help" not in line:
                line = f"{line.partition('#')[0]} {QUICK}"
            made = subprocess.run(
                ["bash", "-c", line],
                cwd=tmp_path,
                env=desk,
                capture_output=True,
                text=True,
                timeout=300,
            )
            said = made.stdout + made.stderr
            assert made.returncode in _allowed(line), (line, said[-2000:])


def _allowed(line: str) -> tuple[int, ...]:
    """Most succeed. A doctor finds what is missing here, a check what is wrong, and says so."""
    if re.search(r"ghost (doctor|data check|sql check|eval)", line):
        return (0, 1)
    return (0,)
