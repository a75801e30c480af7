"""The store's one door: a method for each thing that can be asked of it.

The work is done in the modules beside this one; here stands what each method promises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from ghost_engine.data.records import (
    Added,
    Batch,
    Counts,
    Decision,
    Draft,
    Edit,
    Example,
    Filters,
    Guidelines,
    Holder,
    NewExample,
    NewSuggestion,
    Outcome,
    Page,
    Progress,
    ProviderScore,
    Review,
    Screenshot,
    Sort,
    Suggestion,
    Undone,
    Verdict,
)
from ghost_engine.data.store import adding, archive, bulk, deciding, desk, progress, queue, reading
from ghost_engine.data.store.archive import Archive
from ghost_engine.data.store.database import Database, postgresql_engine, sqlite_engine, utc_now
from ghost_engine.data.store.known import known_verdicts
from ghost_engine.data.store.migrate import bring_up_to_date, has_text_index
from ghost_engine.data.store.pictures import Pictures
from ghost_engine.data.store.rows import clean
from ghost_engine.errors import StoreError
from ghost_engine.settings import get_settings

ROWS_A_TRANSACTION = 400
HOLD_SECONDS = 60.0
ALL = Filters()


def open_store(
    data_dir: Path | None = None,
    database_url: str | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Store:
    """Open the store, made or brought up to date first if need be.

    Args:
        data_dir: its folder, GHOST_DATA_DIR by default.
        database_url: of a PostgreSQL; GHOST_DATABASE_URL by default, and SQLite in `data_dir`
            where that is not set or `data_dir` is given.
        clock: the time that records are dated with, UTC.

    Raises:
        StoreError: the folder or the database cannot be used, or is of a newer version.
    """
    settings = get_settings()
    if database_url is None and data_dir is None and settings.database_url is not None:
        database_url = settings.database_url.get_secret_value()
    folder = (data_dir or settings.data_dir).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror or error}.", "Set GHOST_DATA_DIR."
        ) from error
    engine = postgresql_engine(database_url) if database_url else sqlite_engine(folder / "ghost.db")
    database = Database(engine, Pictures(folder / "pictures"), clock=clock)
    try:
        bring_up_to_date(database)
        return Store(replace(database, text_index=has_text_index(database)))
    except BaseException:
        database.close()
        raise


class Store:
    """An open store. Close it, or use it in a `with` block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Import

    def add(self, row: NewExample) -> Added:
        """Add one row; see `add_many`."""
        return adding.add_rows(self._database, [row])[0]

    def add_many(
        self,
        rows: Iterable[NewExample],
        on_batch: Callable[[Sequence[Added]], None] | None = None,
    ) -> dict[Outcome, int]:
        """Add rows, some hundred a transaction; rows already there are left unchanged.

        Args:
            rows: read as they are needed.
            on_batch: told of each committed transaction, one `Added` a row in their order.

        Returns:
            How many were added, updated (a new suggestion, a found picture, a filled gap) and
            unchanged.

        Raises:
            StoreError: a batch cannot be written; those before it are kept.
        """
        outcomes: dict[Outcome, int] = {"added": 0, "updated": 0, "unchanged": 0}
        waiting = iter(rows)
        while part := list(islice(waiting, ROWS_A_TRANSACTION)):
            added = adding.add_rows(self._database, part)
            for item in added:
                outcomes[item.outcome] += 1
            if on_batch is not None:
                on_batch(added)
        return outcomes

    def known_verdicts(self, keys: Collection[str]) -> dict[str, dict[str, Verdict]]:
        """Of these screenshots those that are there and measured, and what the judge said of
        their texts, by each text's SHA-256: an import need not find it out again.
        """
        return known_verdicts(self._database, keys)

    def suggest(self, example_id: int, suggestion: NewSuggestion) -> Added:
        """Add a suggestion to an example; `unchanged` if this provider made this text before.

        Raises:
            StoreError: there is no such example.
        """
        example = self.get(example_id)
        return self.add(NewExample(example.screenshot, suggestion))

    # Read

    def get(self, example_id: int) -> Example:
        """One example.

        Raises:
            StoreError: there is none of this id.
        """
        return reading.get(self._database, example_id)

    def iterate(self, filters: Filters = ALL) -> Iterator[Example]:
        """All matching examples by picture hash; a few hundred in memory at a time."""
        return reading.iterate(self._database, filters)

    def suggestions(self, example_id: int) -> tuple[Suggestion, ...]:
        """Every suggestion an example got, oldest first."""
        return reading.suggestions_of(self._database, example_id)

    def reviews(self, example_id: int) -> tuple[Review, ...]:
        """Every decision on an example, oldest first, those taken back too."""
        return reading.reviews_of(self._database, example_id)

    def last_review(self, reviewer: str) -> Review | None:
        """What this reviewer decided last and nobody took back: what an undo would take back.

        If it has a `batch`, undo that.
        """
        return reading.last_review(self._database, clean(reviewer))

    def screenshots(self) -> Iterator[Screenshot]:
        """Every screenshot, by key."""
        return reading.screenshots(self._database)

    def thumbnails(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The small pictures of some hundred screenshots at most, where there are any."""
        return reading.thumbnails(self._database, keys)

    def picture_path(self, screenshot: Screenshot) -> Path:
        """The picture's file.

        Raises:
            StoreError: there was none when the screenshot was imported.
        """
        if screenshot.missing:
            raise StoreError(
                f"{screenshot.path or 'The screenshot'} was not found when it was imported.",
                "Import it again with its picture.",
            )
        return self._database.pictures.path(screenshot.key, screenshot.extension)

    def picture(self, screenshot: Screenshot) -> bytes:
        """The picture file's bytes.

        Raises:
            StoreError: it is missing or gone.
        """
        self.picture_path(screenshot)
        return self._database.pictures.read(screenshot.key, screenshot.extension)

    # The queue

    def queue(
        self, filters: Filters = ALL, sort: Sort = "effort", number: int = 0, size: int = 50
    ) -> Page:
        """Page `number` (from 0) of the matching examples, and how many there are."""
        return queue.page(self._database, filters, sort, number, size)

    def next_example(
        self,
        after: int | None,
        filters: Filters = ALL,
        sort: Sort = "effort",
        reviewer: str = "",
        wrap: bool = True,
    ) -> int | None:
        """The next matching example that nobody else holds; None if there is no other.

        `after` need not match (it was just decided). At the end it begins again at the first,
        unless `wrap` is False. `after=None` gives the first.
        """
        return queue.beside(self._database, after, filters, sort, reviewer, wrap)

    def previous_example(
        self,
        before: int | None,
        filters: Filters = ALL,
        sort: Sort = "effort",
        reviewer: str = "",
        wrap: bool = False,
    ) -> int | None:
        """The matching example before this one that nobody else holds, or None."""
        return queue.beside(self._database, before, filters, sort, reviewer, wrap, back=True)

    def counts(self) -> Counts:
        """How many examples there are, by everything the queue filters on."""
        return queue.counts(self._database)

    def progress(self, reviewer: str, now: datetime | None = None) -> Progress:
        """One reviewer's day (of `now`'s time zone), pace and expected finish.

        The pace is of the last decisions made one by one; pauses over ten minutes do not count.
        """
        return progress.progress(self._database, reviewer, now or self._database.clock())

    def provider_scores(self) -> tuple[ProviderScore, ...]:
        """Per provider: drafts decided, approved, and how far the approved ones were edited."""
        return progress.provider_scores(self._database)

    # Decide

    def decide(
        self,
        example_id: int,
        *,
        version: int,
        sql: str,
        decision: Decision,
        reviewer: str,
        seconds: float = 0.0,
        note: str = "",
        verdict: Verdict | None = None,
        problems: Collection[str] | None = None,
    ) -> Review:
        """Save a decision; the reviewer's draft is gone with it.

        Args:
            version: the example's, as it was read.
            decision: `edited` saves the text and leaves the status.
            verdict, problems: of `sql`; an unchanged text keeps those it has, a changed one has
                none where None is given.

        Raises:
            StaleExample: the example changed since; nothing is written, both texts are in it. The
                very same save repeated is not stale but answered again.
            StoreError: there is no such example.
        """
        return deciding.decide(
            self._database,
            example_id,
            version=version,
            sql=sql,
            decision=decision,
            reviewer=reviewer,
            seconds=seconds,
            note=note,
            verdict=verdict,
            problems=problems,
        )

    def decide_many(
        self, filters: Filters, decision: Decision, *, reviewer: str, note: str = ""
    ) -> Batch:
        """Decide every matching example with the text it has; those decided so are left alone.

        For chosen ones give `Filters(ids=...)`. Approving leaves out examples without SQL.
        """
        return bulk.decide_many(self._database, filters, decision, reviewer, note)

    def edit_many(self, edits: Iterable[Edit], *, reviewer: str, note: str = "") -> Batch:
        """Correct many texts, each against the version it was made from; statuses stay.

        Examples that moved on since are left alone and named in the batch.
        """
        return bulk.edit_many(self._database, edits, reviewer, note)

    def undo(self, *, reviewer: str, review: int | None = None, batch: int | None = None) -> Undone:
        """Take back one review or a whole batch; it stays in the history, marked.

        An example decided again since keeps what it has; those are named.
        """
        return bulk.take_back(self._database, clean(reviewer), review, batch)

    # The desk

    def save_draft(self, example_id: int, reviewer: str, sql: str, base_version: int) -> Draft:
        """Keep text being typed; never refused for being late."""
        return desk.save_draft(self._database, example_id, reviewer, sql, base_version)

    def draft(self, example_id: int, reviewer: str) -> Draft | None:
        return desk.read_draft(self._database, example_id, reviewer)

    def drop_draft(self, example_id: int, reviewer: str) -> None:
        desk.drop_draft(self._database, example_id, reviewer)

    def hold(
        self, example_id: int, reviewer: str, seconds: float = HOLD_SECONDS
    ) -> tuple[Holder, ...]:
        """Say that `reviewer` has this example open, and no other; call again to renew.

        Returns:
            Who else has it open. It is a courtesy: nobody is kept from saving.
        """
        return desk.take_hold(self._database, example_id, reviewer, seconds)

    def release(self, reviewer: str) -> None:
        """Say that `reviewer` has nothing open."""
        desk.release(self._database, reviewer)

    def holders(self, ids: Sequence[int]) -> dict[int, tuple[Holder, ...]]:
        """Who has these examples open now."""
        return desk.holders(self._database, ids)

    def guidelines(self, version: int | None = None) -> Guidelines:
        """The newest guidelines, or a version of them; empty before the first."""
        return desk.guidelines(self._database, version)

    def save_guidelines(self, text: str, author: str, base_version: int) -> Guidelines:
        """Save a new version of the guidelines.

        Raises:
            StaleGuidelines: somebody saved since `base_version`.
        """
        return desk.save_guidelines(self._database, text, author, base_version)

    def mark_golden(self, example_id: int, golden: bool = True) -> None:
        """Make an example one of those shown beside the guidelines, or no more."""
        desk.mark_golden(self._database, example_id, golden)

    def set_problems(self, found: Mapping[int, Collection[str]], among: Collection[str]) -> None:
        """Replace what a check over the store found: of the codes `among`, each example of
        `found` has exactly those given. Other codes, and the text's own problems, stay.
        """
        desk.set_problems(self._database, found, among)

    # Safety

    def backup(self, path: Path) -> Archive:
        """Write everything into one zip file, whole or not at all; equal stores, equal bytes.

        Raises:
            StoreError: it cannot be written.
        """
        return archive.back_up(self._database, path)

    def restore(self, path: Path, replace: bool = False) -> Archive:
        """Take over what a backup of either database holds, all of it or nothing.

        Args:
            replace: throw away what this store holds; without it, a store in use is refused.

        Raises:
            StoreError: the store is in use, or the file is damaged or of another version.
        """
        return archive.restore(self._database, path, replace)
