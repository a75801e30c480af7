"""How the curation goes: one reviewer's day and pace, and how each provider's drafts fared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from ghost_engine.data.records import Progress, ProviderScore
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.rows import clean
from ghost_engine.data.store.tables import example, review, suggestion, undo

PAUSE = timedelta(minutes=10)  # a longer gap between two decisions is not work
RECENT = 50  # decisions that make the pace


def progress(database: Database, reviewer: str, now: datetime) -> Progress:
    """See `Store.progress`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = (
        select(review.c.created, review.c.batch_id)
        .outerjoin(undo, undo.c.review_id == review.c.id)
        .where(
            review.c.reviewer == clean(reviewer),
            review.c.decision != "edited",
            undo.c.review_id.is_(None),
        )
    )
    today = mine.where(review.c.created >= midnight, review.c.created <= now).subquery()
    single = mine.where(review.c.batch_id.is_(None), review.c.created <= now)
    single = single.order_by(review.c.created.desc()).limit(RECENT)
    waiting = example.c.status.in_(("new", "postponed"))
    with database.reading() as connection:
        decided = connection.scalar(select(func.count()).select_from(today)) or 0
        recent = [row.created for row in connection.execute(single)]
        left = connection.scalar(select(func.count()).select_from(example).where(waiting)) or 0
    per_hour = _pace(recent)
    finish = now + timedelta(hours=left / per_hour) if per_hour else None
    return Progress(decided, per_hour, left, finish, provider_scores(database))


def provider_scores(database: Database) -> tuple[ProviderScore, ...]:
    """Per provider: how many of its drafts were decided and approved, and how far those moved."""
    approved = review.c.decision == "approved"
    query = (
        select(
            suggestion.c.provider,
            func.count().label("decided"),
            func.sum(case((approved, 1), else_=0)).label("approved"),
            func.avg(case((approved, review.c.distance))).label("distance"),
        )
        .select_from(example)
        .join(review, review.c.id == example.c.review_id)
        .join(suggestion, suggestion.c.id == review.c.suggestion_id)
        .where(example.c.status.in_(("approved", "rejected", "needs_work")))
        .group_by(suggestion.c.provider)
        .order_by(suggestion.c.provider)
    )
    with database.reading() as connection:
        return tuple(ProviderScore(**row._mapping) for row in connection.execute(query))


def _pace(newest_first: Sequence[datetime]) -> float | None:
    """Decisions an hour of work: gaps longer than `PAUSE` are left out."""
    gaps = [later - earlier for later, earlier in zip(newest_first, newest_first[1:], strict=False)]
    worked = [gap for gap in gaps if gap <= PAUSE]
    seconds = sum(worked, timedelta()).total_seconds()
    return len(worked) * 3600 / seconds if seconds else None
