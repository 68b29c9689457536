"""Saved searches: who keeps which query, what was reported of it, and what must not be named again.

Only the owner sees a saved search: to anyone else it does not exist. A deleted one is kept for a while, so that
deleting can be undone.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from web import models
from web.models.base import now, utc
from web.store.audit import record

MOST_SEARCHES: Final = 100


class Page(StrEnum):
    """Which page a saved search opens."""

    SEARCH = "search"
    PARTNERS = "partners"


class Frequency(StrEnum):
    """How often mail may follow."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


class UnknownSearch(LookupError):
    """There is no such saved search, or it is someone else's."""


class TooManySearches(ValueError):
    """One person keeps :data:`MOST_SEARCHES` searches and no more."""


class AlreadyReported(RuntimeError):
    """Another run reported this search meanwhile, or its owner changed or deleted it."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A stored query with its alert. ``seen`` was reported before, ``dismissed`` is never named again."""

    id: uuid.UUID
    owner_id: uuid.UUID
    title: str
    page: Page
    seeker_id: str | None
    query: str
    lang: str
    frequency: Frequency
    feed_key: str
    seen: tuple[str, ...]
    dismissed: tuple[str, ...]
    created_at: datetime
    reported_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A saved search that mail may follow, with where the mail goes."""

    search: SavedSearch
    email: str
    is_verified: bool


# --- the owner's own -------------------------------------------------------------------------------------------------


def list_searches(session: Session, *, owner_id: uuid.UUID) -> tuple[SavedSearch, ...]:
    """The searches of one person, the newest first."""
    wanted = _present().where(models.SavedSearch.owner_id == owner_id)
    return _read(session, wanted.order_by(models.SavedSearch.created_at.desc(), models.SavedSearch.id))


def get_search(session: Session, *, owner_id: uuid.UUID, search_id: uuid.UUID) -> SavedSearch:
    """One search of one person; :class:`UnknownSearch` otherwise."""
    return _frozen(session, _row(session, owner_id, search_id))


def find_deleted_search(session: Session, *, owner_id: uuid.UUID, search_id: uuid.UUID) -> SavedSearch | None:
    """A deleted search that can still be brought back."""
    row = session.get(models.SavedSearch, search_id)
    return _frozen(session, row) if row and row.owner_id == owner_id and row.deleted_at else None


def save_search(  # noqa: PLR0913 - a row takes its columns one by one
    session: Session,
    *,
    owner_id: uuid.UUID,
    title: str,
    page: Page,
    seeker_id: str | None,
    query: str,
    lang: str,
    frequency: Frequency,
    seen: Iterable[str],
) -> SavedSearch:
    """Keeps a query. What its owner has just ``seen`` is not reported as new."""
    _check_room(session, owner_id)
    row = models.SavedSearch(
        owner_id=owner_id, title=title, page=page.value, seeker_id=seeker_id, query=query, lang=lang,
        frequency=frequency.value, feed_key=_new_key(), seen=sorted(set(seen)), reported_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, str(owner_id), "search.create", str(row.id), {"page": page.value, "frequency": frequency.value})
    return _frozen(session, row)


def save_search_settings(
    session: Session, search: SavedSearch, *, title: str, frequency: Frequency, lang: str
) -> SavedSearch:
    """Renames a search, and says how often and in which language mail follows."""
    row = _row(session, search.owner_id, search.id)
    row.title, row.frequency, row.lang = title, frequency.value, lang
    record(session, str(row.owner_id), "search.update", str(row.id), {"frequency": frequency.value, "lang": lang})
    session.flush()
    return _frozen(session, row)


def save_new_feed_key(session: Session, *, owner_id: uuid.UUID, search_id: uuid.UUID) -> SavedSearch:
    """Gives the feed a new address; the old one leads nowhere from then on."""
    row = _row(session, owner_id, search_id)
    row.feed_key = _new_key()
    record(session, str(owner_id), "search.renew_feed", str(row.id), {})
    session.flush()
    return _frozen(session, row)


def delete_search(session: Session, *, owner_id: uuid.UUID, search_id: uuid.UUID) -> None:
    """Puts a search away: no mail, no feed, gone from the list."""
    row = _row(session, owner_id, search_id)
    row.deleted_at = now()
    record(session, str(owner_id), "search.delete", str(row.id), {})


def save_deleted_search(session: Session, *, owner_id: uuid.UUID, search_id: uuid.UUID) -> SavedSearch:
    """Brings a deleted search back as it was; :class:`TooManySearches` where others have taken its place."""
    row = session.get(models.SavedSearch, search_id)
    if row is None or row.owner_id != owner_id:
        raise UnknownSearch(str(search_id))
    if row.deleted_at is not None:
        _check_room(session, owner_id)
    row.deleted_at = None
    record(session, str(owner_id), "search.restore", str(row.id), {})
    session.flush()
    return _frozen(session, row)


# --- trimming --------------------------------------------------------------------------------------------------------


def save_dismissals(session: Session, *, search_id: uuid.UUID, profile_ids: Iterable[str], actor: str) -> None:
    """Never names these organisations again for this search. The caller has checked that ``actor`` may say so."""
    row = _any_row(session, search_id)
    known = set(_dismissed(session, row.id))
    fresh = sorted(set(profile_ids) - known)
    session.add_all(models.Dismissal(search_id=row.id, profile_id=profile_id) for profile_id in fresh)
    if fresh:
        record(session, actor, "search.dismiss", str(row.id), {"profiles": fresh})
    session.flush()


def delete_dismissals(session: Session, *, search_id: uuid.UUID, profile_ids: Iterable[str], actor: str) -> None:
    """Takes dismissed organisations back in. The caller has checked that ``actor`` may say so."""
    row = _any_row(session, search_id)
    back = sorted(set(profile_ids) & set(_dismissed(session, row.id)))
    matching = (models.Dismissal.search_id == row.id, models.Dismissal.profile_id.in_(back))
    session.execute(delete(models.Dismissal).where(*matching))
    if back:
        record(session, actor, "search.undismiss", str(row.id), {"profiles": back})


# --- by a mailed link or a feed's address, without signing in --------------------------------------------------------


def find_search(session: Session, *, search_id: uuid.UUID) -> SavedSearch | None:
    """A search by its id alone: only for a caller who holds a link that we signed."""
    row = session.get(models.SavedSearch, search_id)
    return _frozen(session, row) if row and row.deleted_at is None else None


def find_search_by_feed_key(session: Session, *, feed_key: str) -> SavedSearch | None:
    """The search whose feed has this key, while its owner may sign in."""
    owner = models.User.id == models.SavedSearch.owner_id
    wanted = _present().join(models.User, owner).where(models.User.is_active)
    return next(iter(_read(session, wanted.where(models.SavedSearch.feed_key == feed_key))), None)


def list_alerts(session: Session, *, owner_id: uuid.UUID) -> tuple[SavedSearch, ...]:
    """The searches of one person that mail follows."""
    wanted = _present().where(models.SavedSearch.owner_id == owner_id)
    return _read(session, wanted.where(models.SavedSearch.frequency != Frequency.OFF.value))


def save_alerts_off(session: Session, *, search_ids: Iterable[uuid.UUID], actor: str) -> None:
    """Stops the mail of these searches; the searches stay."""
    for search_id in search_ids:
        row = _any_row(session, search_id)
        if row.frequency != Frequency.OFF.value:
            row.frequency = Frequency.OFF.value
            record(session, actor, "search.stop_mail", str(row.id), {})


# --- the run of alerts -----------------------------------------------------------------------------------------------


def list_subscriptions(session: Session) -> tuple[Subscription, ...]:
    """All searches that mail follows, of people who may sign in, each person's together and oldest first."""
    rows = session.execute(
        select(models.SavedSearch, models.User)
        .join(models.User, models.User.id == models.SavedSearch.owner_id)
        .where(models.User.is_active, models.SavedSearch.deleted_at.is_(None))
        .where(models.SavedSearch.frequency != Frequency.OFF.value)
        .order_by(models.User.email, models.SavedSearch.created_at, models.SavedSearch.id)
    ).all()
    dismissed = _dismissed_by_search(session, [row.id for row, _ in rows])
    return tuple(
        Subscription(_freeze(row, dismissed.get(row.id, ())), user.email, user.email_verified_at is not None)
        for row, user in rows
    )


def save_report(session: Session, search: SavedSearch, *, profile_ids: Iterable[str], at: datetime) -> None:
    """Notes what a run reports of a search; :class:`AlreadyReported` where the search is not as the run read it.

    The comparison is in the statement itself: of two runs at the same time only one gets through.
    """
    fresh = sorted(set(profile_ids) - set(search.seen))
    row = models.SavedSearch
    done = session.execute(
        update(row)
        .where(row.id == search.id, row.deleted_at.is_(None), row.frequency == search.frequency.value)
        .where(row.reported_at.is_(None) if search.reported_at is None else row.reported_at == search.reported_at)
        .values(reported_at=at, seen=[*search.seen, *fresh])
        .returning(row.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        raise AlreadyReported(str(search.id))
    if fresh:
        record(session, "kakehashi alerts", "search.report", str(search.id), {"profiles": fresh})


def delete_searches_deleted_before(session: Session, *, before: datetime) -> int:
    """Removes for good what was deleted long enough ago; returns how many."""
    old = session.scalars(select(models.SavedSearch.id).where(models.SavedSearch.deleted_at < before)).all()
    session.execute(delete(models.Dismissal).where(models.Dismissal.search_id.in_(old)))
    session.execute(delete(models.SavedSearch).where(models.SavedSearch.id.in_(old)))
    for search_id in old:
        record(session, "kakehashi alerts", "search.purge", str(search_id), {})
    return len(old)


def list_change_times(session: Session, *, profile_ids: Iterable[str]) -> dict[str, datetime]:
    """When each organisation was last changed here."""
    rows = session.execute(
        select(models.Entry.id, models.Entry.updated_at).where(models.Entry.id.in_(list(profile_ids)))
    )
    return {entry_id: utc(updated_at) for entry_id, updated_at in rows}


# --- rows ------------------------------------------------------------------------------------------------------------


def _present() -> Select[models.SavedSearch]:
    return select(models.SavedSearch).where(models.SavedSearch.deleted_at.is_(None))


def _check_room(session: Session, owner_id: uuid.UUID) -> None:
    kept = select(func.count()).select_from(_present().where(models.SavedSearch.owner_id == owner_id).subquery())
    if (session.scalar(kept) or 0) >= MOST_SEARCHES:
        raise TooManySearches


def _row(session: Session, owner_id: uuid.UUID, search_id: uuid.UUID) -> models.SavedSearch:
    row = _any_row(session, search_id)
    if row.owner_id != owner_id:
        raise UnknownSearch(str(search_id))
    return row


def _any_row(session: Session, search_id: uuid.UUID) -> models.SavedSearch:
    row = session.get(models.SavedSearch, search_id)
    if row is None or row.deleted_at is not None:
        raise UnknownSearch(str(search_id))
    return row


def _read(session: Session, wanted: Select[models.SavedSearch]) -> tuple[SavedSearch, ...]:
    rows = session.scalars(wanted).all()
    dismissed = _dismissed_by_search(session, [row.id for row in rows])
    return tuple(_freeze(row, dismissed.get(row.id, ())) for row in rows)


def _frozen(session: Session, row: models.SavedSearch) -> SavedSearch:
    return _freeze(row, _dismissed(session, row.id))


def _dismissed(session: Session, search_id: uuid.UUID) -> tuple[str, ...]:
    return _dismissed_by_search(session, [search_id]).get(search_id, ())


def _dismissed_by_search(session: Session, search_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    rows = session.execute(
        select(models.Dismissal.search_id, models.Dismissal.profile_id)
        .where(models.Dismissal.search_id.in_(search_ids))
        .order_by(models.Dismissal.created_at, models.Dismissal.profile_id)
    )
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    for search_id, profile_id in rows:
        found[search_id] = (*found.get(search_id, ()), profile_id)
    return found


def _freeze(row: models.SavedSearch, dismissed: tuple[str, ...]) -> SavedSearch:
    return SavedSearch(
        id=row.id, owner_id=row.owner_id, title=row.title, page=Page(row.page), seeker_id=row.seeker_id,
        query=row.query, lang=row.lang, frequency=Frequency(row.frequency), feed_key=row.feed_key,
        seen=tuple(row.seen), dismissed=dismissed, created_at=utc(row.created_at),
        reported_at=utc(row.reported_at) if row.reported_at else None,
        deleted_at=utc(row.deleted_at) if row.deleted_at else None,
    )  # fmt: skip


def _new_key() -> str:
    return secrets.token_urlsafe(32)
