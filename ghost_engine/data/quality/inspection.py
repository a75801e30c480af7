"""`inspect(samples)`: every check over a dataset, concurrently, with progress.

Distinct SQL is judged once, pictures are decoded in the same few threads, and what concerns more
than one example is found at the end. Nothing is changed anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar

from ghost_engine import ocr as reader
from ghost_engine import prompts
from ghost_engine.data.phash import near_duplicates
from ghost_engine.data.quality import pictures
from ghost_engine.data.quality.findings import Finding, QualityReport
from ghost_engine.data.quality.judging import Fault, Judged, judge
from ghost_engine.data.quality.lengths import estimate_example
from ghost_engine.data.quality.pictures import Seen
from ghost_engine.data.quality.samples import Sample
from ghost_engine.data.quality.screens import compare_with_screen
from ghost_engine.errors import Cancelled, ImageError, OcrError
from ghost_engine.settings import get_settings

Phase = Literal["screenshots", "SQL", "text on screens"]

DEFAULT_CONTEXT_TOKENS = 2048  # the smaller training preset's
_AHEAD = 4  # tasks waiting for each thread: enough to stay busy, few enough to stop soon
_INSTRUCTIONS = {prompts.VISION_INSTRUCTION, prompts.TEXT_INSTRUCTION}

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Step:
    """How far a phase is; `seconds_left` of it is None until there is a pace to measure."""

    phase: Phase
    done: int
    total: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        if self.seconds < 1 or not self.done:
            return None
        return self.seconds * (self.total - self.done) / self.done


def inspect(
    samples: Iterable[Sample],
    *,
    ocr: bool = False,
    context_tokens: int = DEFAULT_CONTEXT_TOKENS,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> QualityReport:
    """Look for everything that can be wrong with a dataset.

    Args:
        samples: the examples.
        ocr: also read the text of each screenshot (seconds each; kept in the cache).
        context_tokens: the longest example that training takes, in tokens.
        progress: told after every piece of work.
        cancelled: asked before every piece of work.

    Raises:
        SandboxError: no PostgreSQL can be had to judge the SQL.
        Cancelled: `cancelled` said so.
    """
    started = time.monotonic()
    with ThreadPoolExecutor(get_settings().sandbox_connections, "quality") as threads:
        work = _Work(threads, progress, cancelled)
        seen = work.map("screenshots", pictures.look, samples)
        texts = list(dict.fromkeys(each.sample.sql for each in seen))
        verdicts = dict(zip(texts, work.map("SQL", judge, texts), strict=True))
        findings = [*pictures.find(seen), *_single(seen, verdicts, context_tokens)]
        findings += _identical(seen)
        if ocr:
            readable = [each for each in seen if each.sample.has_picture and not each.fault]
            compare = _Comparing(verdicts)
            for found in work.map("text on screens", compare, readable):
                findings += found
    judged = [verdicts[each.sample.sql] for each in seen]
    everything = [each.sample for each in seen]
    return QualityReport(
        examples=len(seen),
        executes=sum(each.executes for each in judged),
        parses=sum(each.parses for each in judged),
        unique_outputs=len({each.sql.strip() for each in everything}),
        duplicates=pictures.count_duplicates(everything),
        missing_images=sum(each.image_missing for each in everything),
        problems=_in_order(findings, everything),
        seconds=time.monotonic() - started,
    )


def measure(
    samples: Iterable[Sample],
    *,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Sample]:
    """The samples with the hashes of their pictures, as splits need them; nothing is judged.

    Raises:
        Cancelled: `cancelled` said so.
    """
    with ThreadPoolExecutor(get_settings().sandbox_connections, "quality") as threads:
        work = _Work(threads, progress, cancelled)
        return [each.sample for each in work.map("screenshots", pictures.look, samples)]


@dataclass(frozen=True, slots=True)
class _Work:
    """The threads, and whom to tell."""

    threads: ThreadPoolExecutor
    progress: Callable[[Step], None]
    cancelled: Callable[[], bool]

    def map(
        self, phase: Phase, do: Callable[[Task], Answer], tasks: Iterable[Task]
    ) -> list[Answer]:
        """The answers in the order of the tasks; stops at the first error or when cancelled."""
        started = time.monotonic()
        given = tasks if isinstance(tasks, Sequence) else list(tasks)
        answers: dict[int, Answer] = {}
        numbered = iter(enumerate(given))
        running: dict[Future[Answer], int] = {}
        while True:
            if self.cancelled():
                wait(running)
                raise Cancelled(f"Stopped after {len(answers)} of {len(given)} {phase}.")
            for number, task in islice(numbered, self._room() - len(running)):
                running[self.threads.submit(do, task)] = number
            if not running:
                return [answers[number] for number in range(len(given))]
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                answers[running.pop(future)] = future.result()
            self.progress(Step(phase, len(answers), len(given), time.monotonic() - started))

    def _room(self) -> int:
        return _AHEAD * get_settings().sandbox_connections


def _single(
    seen: Sequence[Seen], verdicts: dict[str, Judged], context_tokens: int
) -> Iterator[Finding]:
    """What one example's SQL, length and instruction say."""
    lengths: dict[tuple[str, str, str, bool], int] = {}
    for each in seen:
        sample = each.sample
        yield from (_finding(sample, fault) for fault in verdicts[sample.sql].faults)
        texts = (sample.instruction or prompts.VISION_INSTRUCTION, sample.description, sample.sql)
        key = (*texts, bool(sample.declared))
        if key not in lengths:
            lengths[key] = estimate_example(*key)
        if lengths[key] > context_tokens:
            message = f"About {lengths[key]:,} tokens; the limit is {context_tokens:,}."
            yield Finding("too-long", sample.id, message)
        if sample.instruction and sample.instruction not in _INSTRUCTIONS:
            shown = " ".join(sample.instruction.split())[:80]
            message = f"Its instruction is not the current one: {shown}"
            yield Finding("other-instruction", sample.id, message)


def _identical(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Screens that differ and have the same answer."""
    groups: dict[str, list[Sample]] = {}
    for each in seen:
        if each.sample.sql.strip():
            groups.setdefault(each.sample.sql.strip(), []).append(each.sample)
    clusters = _screens(seen)
    for group in groups.values():
        screens = {clusters[id(sample)] for sample in group}
        for sample in group if len(screens) > 1 else ():
            message = f"{len(screens):,} different screens have this same SQL."
            yield Finding("identical-answer", sample.id, message)


def _screens(seen: Sequence[Seen]) -> dict[int, str]:
    """Which screen each sample (by identity) shows: near-duplicates and copies are one."""
    samples = [each.sample for each in seen]
    screens = {id(sample): sample.image_hash for sample in samples}
    for places in near_duplicates([sample.phash for sample in samples]):
        first = samples[places[0]].image_hash
        screens.update((id(samples[place]), first) for place in places)
    return screens


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Reads a screenshot and holds its text against the schema."""

    verdicts: dict[str, Judged]

    def __call__(self, seen: Seen) -> list[Finding]:
        sample = seen.sample
        judged = self.verdicts[sample.sql]
        if not judged.executes:
            return []
        try:
            lines = reader.read(pictures.open_picture(sample))
        except (ImageError, OcrError) as error:
            return [Finding("unreadable-screen", sample.id, error.message)]
        faults = compare_with_screen(judged.fields, lines)
        return [_finding(sample, fault) for fault in faults]


def _finding(sample: Sample, fault: Fault) -> Finding:
    return Finding(fault.code, sample.id, fault.message, fault.line, fault.column, fault.about)


def _in_order(findings: Sequence[Finding], samples: Sequence[Sample]) -> tuple[Finding, ...]:
    """As the examples were given; within one, as they were found."""
    places: dict[str, int] = {}
    for place, sample in enumerate(samples):
        places.setdefault(sample.id, place)
    return tuple(sorted(findings, key=lambda each: places[each.example]))
