"""From what a source has to rows that can be trained on, their pictures copied by content.

Every candidate becomes a `Chosen` or a `LeftOut` with its reason, in the source's order. Pictures
are read and decoded in a few threads, which also judge the answers nobody judged yet.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from ghost_engine.data.files.preparing import Judge
from ghost_engine.data.files.writing import Folder
from ghost_engine.data.images import read_picture_bytes
from ghost_engine.data.quality import Sample
from ghost_engine.data.quality.pictures import look
from ghost_engine.data.quality.samples import content_hash
from ghost_engine.data.records import Verdict
from ghost_engine.errors import Cancelled, ImageError, SandboxError
from ghost_engine.prompts import TEXT_INSTRUCTION, VISION_INSTRUCTION, mark_in
from ghost_engine.settings import get_settings
from ghost_engine.training.sources import Candidate, Code, LeftOut

Phase = Literal["vision", "text"]
Task = TypeVar("Task")
Answer = TypeVar("Answer")

PICTURES = "images"
INSTRUCTIONS: dict[Phase, str] = {"vision": VISION_INSTRUCTION, "text": TEXT_INSTRUCTION}

_AHEAD = 4  # tasks waiting for each thread: enough to stay busy, few enough to stop soon
_SUFFIXES = {b"\x89PN": "png", b"\xff\xd8\xff": "jpg", b"RIF": "webp"}


@dataclass(frozen=True, slots=True)
class Step:
    """How far freezing is; `total` is None where the source does not tell."""

    phase: Literal["reading", "judging"]
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell, and whom to ask whether to go on."""

    progress: Callable[[Step], None]
    cancelled: Callable[[], bool]

    def tell(self, step: Step) -> None:
        if self.cancelled():
            raise Cancelled(
                f"Freezing the dataset was stopped while {step.phase}.", "Nothing was written."
            )
        self.progress(step)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An example to train on: its row as frozen, and what is known of it.

    `mended` says that its line ends were made plain, `own` that its instruction is not ours.
    """

    row: dict[str, str]
    sample: Sample
    line: int | None
    verdict: Verdict | None
    own: bool
    mended: bool

    @property
    def id(self) -> str:
        return self.row["id"]

    def left_out(self, code: Code, reason: str) -> LeftOut:
        return LeftOut(self.id, self.line, code, reason)


@dataclass(frozen=True, slots=True)
class Picked:
    """What can be trained on, what cannot, and how many there were."""

    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]
    read: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What PostgreSQL says of the answers; `unasked` why it was not asked, "" if it was.

    `failing` are the examples whose answer does not run, each with the first error.
    """

    running: int = 0
    failing: tuple[tuple[Chosen, str], ...] = ()
    unknown: int = 0
    unasked: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"run": self.running, "fail": len(self.failing), "not_judged": self.unknown}


def pick(
    items: Iterable[Candidate | LeftOut], phase: Phase, folder: Folder, watch: Watch
) -> Picked:
    """Look at every candidate and copy its picture into `folder`.

    Raises:
        FileError: the source breaks off.
        Cancelled: somebody asked to stop.
    """
    picking = _Picking(phase, folder)
    chosen: list[Chosen] = []
    left_out: list[LeftOut] = []
    first: dict[tuple[str, ...], Chosen] = {}
    with ThreadPoolExecutor(get_settings().sandbox_connections, "freeze") as threads:
        for read, item in enumerate(_in_order(threads, picking.look_at, items), 1):
            watch.tell(Step("reading", read))
            if isinstance(item, LeftOut):
                left_out.append(item)
                continue
            twin = first.setdefault(_identity(item), item)
            if twin is item:
                chosen.append(item)
            else:
                left_out.append(item.left_out("identical", f"It is the same as {twin.id}."))
    return Picked(tuple(chosen), tuple(left_out), len(chosen) + len(left_out))


def sift(item: Candidate, phase: Phase) -> Chosen | LeftOut:
    """An example's row, or why there is none; its picture is not opened."""
    chosen = _row(item, phase)
    fault = _fault(chosen, phase)
    return chosen.left_out(*fault) if fault else chosen


def judge_answers(chosen: Sequence[Chosen], ask: bool, watch: Watch) -> Verdicts:
    """The verdicts on all answers: those that are kept, and for the rest PostgreSQL's if `ask`.

    Raises:
        Cancelled: somebody asked to stop.
    """
    unasked = "" if ask else "nobody asked"
    verdicts: list[Verdict | None] = [each.verdict for each in chosen]
    if ask:
        judge = Judge()

        def verdict(each: Chosen) -> Verdict:
            sql = each.row["sql"]
            return each.verdict or judge.verdict(sql, hashlib.sha256(sql.encode()).hexdigest())

        try:
            with ThreadPoolExecutor(get_settings().sandbox_connections, "freeze") as threads:
                for place, made in enumerate(_in_order(threads, verdict, chosen)):
                    verdicts[place] = made
                    watch.tell(Step("judging", place + 1, len(chosen)))
        except SandboxError as error:  # the judge only warns here: training goes on without
            unasked = str(error)
    judged = list(zip(chosen, verdicts, strict=True))
    return Verdicts(
        running=sum(made is not None and made.executes for _, made in judged),
        failing=tuple((each, made.error) for each, made in judged if made and not made.executes),
        unknown=sum(made is None for _, made in judged),
        unasked=unasked,
    )


def drop_unused_pictures(folder: Folder, chosen: Iterable[Chosen]) -> None:
    """Remove the pictures that no row names."""
    used = {each.row.get("image") for each in chosen}
    for name in [name for name in folder.files if name.startswith(f"{PICTURES}/")]:
        if name not in used:
            (folder.place / name).unlink()
            del folder.files[name]


@dataclass(frozen=True)
class _Picking:
    """Looks at one candidate; used by many threads at once."""

    phase: Phase
    folder: Folder
    names: Counter[str] = field(default_factory=Counter)

    def look_at(self, item: Candidate | LeftOut) -> Chosen | LeftOut:
        if isinstance(item, LeftOut):
            return item
        chosen = sift(item, self.phase)
        if self.phase == "text" or isinstance(chosen, LeftOut):
            return chosen
        return self._with_picture(chosen)

    def _with_picture(self, chosen: Chosen) -> Chosen | LeftOut:
        sample = chosen.sample
        try:
            data = sample.image_bytes or read_picture_bytes(sample.image)  # type: ignore[arg-type]
        except ImageError as error:
            return chosen.left_out("broken-picture", error.message)
        key = content_hash(data)
        if sample.image_hash and sample.image_hash != key:
            return chosen.left_out("broken-picture", "The store's file is not what was imported.")
        seen = look(replace(sample, image_bytes=data))
        if seen.fault:
            return chosen.left_out("broken-picture", seen.fault)
        name = f"{PICTURES}/{key}.{_SUFFIXES[data[:3]]}"
        if name not in self.folder.files:
            self.folder.write(name, data)
        row = {"id": chosen.id, "image": name} | chosen.row
        light = replace(seen.sample, image_bytes=None)
        return replace(chosen, row=row, sample=light)


def _row(item: Candidate, phase: Phase) -> Chosen:
    sample = item.sample
    texts = [_plain(text) for text in (sample.instruction, sample.description, sample.sql)]
    instruction, description, sql = (text.strip() for text in texts)
    if phase == "text" and not description:
        description, instruction = instruction, ""
    row = {"id": sample.id, "instruction": instruction or INSTRUCTIONS[phase]}
    row |= {"input": description, "sql": sql} if phase == "text" else {"sql": sql}
    own = instruction not in ("", INSTRUCTIONS[phase])
    mended = "\r" in sample.sql
    return Chosen(row, sample, item.line, item.verdict, own, mended)


def _fault(chosen: Chosen, phase: Phase) -> tuple[Code, str] | None:
    sample, row = chosen.sample, chosen.row
    if phase == "vision" and not sample.declared:
        return "other-phase", "It is a screen in words; phase vision needs a screenshot."
    if phase == "text" and (sample.declared and not sample.description.strip()):
        return (
            "other-phase",
            "It is a screenshot without a description; phase text needs words.",
        )
    if not row["sql"]:
        return "no-answer", "Its answer is empty."
    mark = next(filter(None, map(mark_in, row.values())), "")
    if mark:
        return "chat-mark", f"Its text holds {mark}, which the model reads as part of the chat."
    if phase == "vision" and sample.image_missing:
        return "missing-picture", f"Its screenshot {sample.declared} was not found."
    return None


def _identity(chosen: Chosen) -> tuple[str, ...]:
    return tuple(each for name, each in chosen.row.items() if name != "id")


def _plain(text: str) -> str:
    """Windows' line ends are no part of SQL; the model would learn to write them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_order(
    threads: ThreadPoolExecutor, do: Callable[[Task], Answer], tasks: Iterable[Task]
) -> Iterator[Answer]:
    """The answers in the order of the tasks, of which only a few are taken ahead."""
    ahead = _AHEAD * get_settings().sandbox_connections
    running: deque[Future[Answer]] = deque()
    for task in tasks:
        running.append(threads.submit(do, task))
        if len(running) >= ahead:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()
