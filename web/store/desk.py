"""Shortlists: matches in order, how far each has come, and who changed what.

What an account may not see does not exist for it (:class:`UnknownShortlist`); what it may see but not change raises
:class:`ReadOnly`. Two people who save at once never overwrite each other: the second gets :class:`Stale`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, load_only

from matcher.match import Relation
from web import models
from web.models.base import now, utc
from web.security import TeamRight
from web.store.accounts import Account, TooMany
from web.store.audit import record
from web.store.people import list_actor_names, list_names
from web.store.snapshots import Snapshot

MAX_ITEMS: Final = 200
MAX_SHORTLISTS: Final = 200
# How long what was deleted can be brought back.
KEPT: Final = timedelta(days=30)


class Status(StrEnum):
    """How far a match has come."""

    NEW = "new"
    CONTACTED = "contacted"
    IN_TALKS = "in_talks"
    AGREEMENT = "agreement"
    DECLINED = "declined"
    PARKED = "parked"

    @property
    def is_resting(self) -> bool:
        """Nobody is to be reminded of it."""
        return self in (Status.AGREEMENT, Status.DECLINED, Status.PARKED)


class Refusal(StrEnum):
    """Why a side declined."""

    TOO_EARLY = "too_early"
    NO_FIT = "no_fit"
    NO_RESOURCES = "no_resources"
    HAS_PARTNER = "has_partner"
    BENEFIT_UNCLEAR = "benefit_unclear"
    ROUTE_UNCLEAR = "route_unclear"
    IP_TERMS = "ip_terms"
    OTHER = "other"


class UnknownShortlist(LookupError):
    """No shortlist or item of this id that the account may see."""


class ReadOnly(PermissionError):
    """The account may look at this shortlist, but its right does not reach as far as was asked."""

    def __init__(self, head: Head, needed: TeamRight) -> None:
        self.head = head
        self.needed = needed
        super().__init__(f"{needed} needed for {head.id}")


class Full(ValueError):
    """A shortlist has as many matches as it may have."""


class Stale(Exception):
    """Someone else has saved since the form was loaded; nothing was written."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who owns, is assigned or has changed something."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class TeamName:
    """A team that a shortlist is or could be shared in."""

    id: uuid.UUID
    name: str
    right: TeamRight


@dataclass(frozen=True, slots=True)
class Head:
    """A shortlist without its items, as one account sees it."""

    id: uuid.UUID
    title: str
    owner: Person
    team: TeamName | None
    right: TeamRight
    is_own: bool
    version: int
    created_at: datetime
    archived_at: datetime | None
    deleted_at: datetime | None

    @property
    def can_edit(self) -> bool:
        return self.right.includes(TeamRight.EDIT)

    @property
    def can_manage(self) -> bool:
        return self.right.includes(TeamRight.MANAGE)


@dataclass(frozen=True, slots=True)
class Listing:
    """A shortlist in a list of them: how many matches it has in each status, and how many next steps are overdue."""

    head: Head
    counts: Mapping[Status, int]
    overdue: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Edit:
    """What an officer can change on an item."""

    status: Status
    refusal: Refusal | None
    refusal_note: str
    note: str
    next_step: str
    next_step_on: date | None
    assignee_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Item:
    """One match on a shortlist: how far it has come, and the match as it was when it was added."""

    id: uuid.UUID
    shortlist_id: uuid.UUID
    seeker_id: str
    partner_id: str
    relation: Relation
    status: Status
    refusal: Refusal | None
    refusal_note: str
    note: str
    next_step: str
    next_step_on: date | None
    assignee: Person | None
    snapshot: Snapshot
    corpus_id: str
    matcher_version: str
    version: int
    created_at: datetime
    deleted_at: datetime | None

    def is_overdue(self, today: date) -> bool:
        """Its next step should have happened; never so for what is agreed, declined or parked."""
        return self.next_step_on is not None and self.next_step_on < today and not self.status.is_resting

    @property
    def edit(self) -> Edit:
        return Edit(
            self.status, self.refusal, self.refusal_note, self.note, self.next_step, self.next_step_on,
            self.assignee.id if self.assignee else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shortlist:
    """A shortlist with its items in order, and the people to whom they can be assigned."""

    head: Head
    items: tuple[Item, ...]
    people: tuple[Person, ...]

    @property
    def id(self) -> uuid.UUID:
        return self.head.id

    @property
    def title(self) -> str:
        return self.head.title


@dataclass(frozen=True, slots=True)
class Event:
    """One change to an item. ``old`` and ``new`` are codes, ISO dates, names of people or free text."""

    happened_at: datetime
    actor: Person
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a pair is on a shortlist already, and how far it has come."""

    item_id: uuid.UUID
    shortlist_id: uuid.UUID
    title: str
    status: Status


@dataclass(frozen=True, slots=True)
class Added:
    """What adding a match did: the item, and whether it was not there before."""

    item_id: uuid.UUID
    is_new: bool


# --- shortlists ------------------------------------------------------------------------------------------------------


def list_shortlists(session: Session, account: Account, *, today: date) -> tuple[Listing, ...]:
    """All shortlists that an account may see, also archived and recently deleted ones, by title."""
    heads = _heads(session, account, _reachable(account))
    item = models.ShortlistItem
    found = session.execute(
        select(item.shortlist_id, item.status, item.next_step_on).where(
            item.shortlist_id.in_([h.id for h in heads]), item.deleted_at.is_(None)
        )
    ).all()
    counts = Counter((row.shortlist_id, Status(row.status)) for row in found)
    overdue = Counter(
        row.shortlist_id
        for row in found
        if row.next_step_on and row.next_step_on < today and not Status(row.status).is_resting
    )
    return tuple(Listing(h, {s: counts[h.id, s] for s in Status if counts[h.id, s]}, overdue[h.id]) for h in heads)


def list_editable(session: Session, account: Account) -> tuple[Head, ...]:
    """The shortlists that an account may add to, the newest first."""
    heads = _heads(session, account, _reachable(account))
    usable = [h for h in heads if h.can_edit and h.archived_at is None and h.deleted_at is None]
    return tuple(sorted(usable, key=lambda h: h.created_at, reverse=True))


def list_teams(session: Session, account: Account) -> tuple[TeamName, ...]:
    """The teams that an account may share a shortlist in, by name."""
    rows = session.execute(
        select(models.Team, models.Membership.right)
        .join(models.Membership, models.Membership.team_id == models.Team.id)
        .where(models.Membership.user_id == account.id)
        .order_by(models.Team.name, models.Team.id)
    )
    teams = (TeamName(team.id, team.name, TeamRight(right)) for team, right in rows)
    return tuple(team for team in teams if team.right.includes(TeamRight.EDIT))


def get_head(session: Session, account: Account, *, shortlist_id: uuid.UUID) -> Head:
    """A shortlist without its items; :class:`UnknownShortlist` where the account may not see it."""
    heads = _heads(session, account, and_(models.Shortlist.id == shortlist_id, _reachable(account)))
    if not heads:
        raise UnknownShortlist(str(shortlist_id))
    return heads[0]


def get_shortlist(
    session: Session, account: Account, *, shortlist_id: uuid.UUID, right: TeamRight = TeamRight.VIEW
) -> Shortlist:
    """A shortlist with its items in order; :class:`UnknownShortlist` also where it is deleted."""
    head = _usable(session, account, shortlist_id, right)
    items = _items(
        session,
        select(models.ShortlistItem)
        .where(models.ShortlistItem.shortlist_id == head.id, models.ShortlistItem.deleted_at.is_(None))
        .order_by(models.ShortlistItem.position, models.ShortlistItem.created_at, models.ShortlistItem.id),
    )
    return Shortlist(head, items, _people(session, head))


def save_shortlist(session: Session, account: Account, *, title: str, team_id: uuid.UUID | None = None) -> uuid.UUID:
    """A new shortlist; :class:`UnknownShortlist` where it is to be shared in a team that is not the account's.

    Raises :class:`~web.store.accounts.TooMany` where somebody has made :data:`MAX_SHORTLISTS`, deleted ones included.
    """
    _check_team(session, account, team_id)
    own = select(func.count()).where(models.Shortlist.owner_id == account.id, _can_be_had())
    if session.scalars(own).one() >= MAX_SHORTLISTS:
        raise TooMany
    row = models.Shortlist(title=title, owner_id=account.id, team_id=team_id)
    session.add(row)
    session.flush()
    _record(session, account, "shortlist.create", row.id, {"team": _text(team_id)})
    return row.id


def save_head(  # noqa: PLR0913 - a form sends what was there beside what shall be
    session: Session,
    account: Account,
    *,
    shortlist_id: uuid.UUID,
    version: int,
    was: str,
    title: str,
    team_id: uuid.UUID | None,
) -> None:
    """Renames or shares a shortlist. Whoever did not make it may rename it, but not share it otherwise.

    Raises :class:`Stale` where someone else has given it a third title since ``version``, when it was called ``was``.
    """
    head = _usable(session, account, shortlist_id, TeamRight.EDIT)
    if not head.is_own:
        team_id = head.team.id if head.team else None
    elif team_id != (head.team.id if head.team else None):
        _check_team(session, account, team_id)
    if version != head.version and head.title not in (was, title):
        raise Stale
    _replace_head(session, head, title=title, team_id=team_id)
    detail = {"is_renamed": title != head.title, "team": _text(team_id)}
    _record(session, account, "shortlist.save", head.id, detail)


def save_order(  # noqa: PLR0913 - the same
    session: Session,
    account: Account,
    *,
    shortlist_id: uuid.UUID,
    version: int,
    was: Sequence[uuid.UUID],
    order: Sequence[uuid.UUID],
) -> None:
    """Puts items in order. Items that were added since come last, those that were removed since are left out.

    Raises :class:`Stale` where someone else has put them in a third order since ``version``.
    """
    head = _usable(session, account, shortlist_id, TeamRight.EDIT)
    item = models.ShortlistItem
    query = select(item).where(item.shortlist_id == head.id, item.deleted_at.is_(None))
    query = query.options(load_only(item.id, item.position)).order_by(item.position, item.created_at, item.id)
    rows = {row.id: row for row in session.scalars(query)}
    wanted = [i for i in dict.fromkeys(order) if i in rows]
    current = [i for i in rows if i in set(wanted)]
    if version != head.version and current not in ([i for i in was if i in rows], wanted):
        raise Stale
    wanted += [i for i in rows if i not in set(wanted)]
    if wanted == list(rows):
        return
    _replace_head(session, head)
    for position, item_id in enumerate(wanted, 1):
        rows[item_id].position = position
    _record(session, account, "shortlist.order", head.id, {"order": [str(i) for i in wanted]})


def save_archived(session: Session, account: Account, *, shortlist_id: uuid.UUID, is_archived: bool) -> Head:
    """Puts a shortlist away, or takes it out again."""
    head = _usable(session, account, shortlist_id, TeamRight.MANAGE)
    _replace_head(session, head, archived_at=now() if is_archived else None)
    _record(session, account, "shortlist.archive" if is_archived else "shortlist.unarchive", head.id, {})
    return head


def delete_shortlist(session: Session, account: Account, *, shortlist_id: uuid.UUID) -> Head:
    """Deletes a shortlist so that it can be brought back; what was deleted long ago goes for good."""
    head = _usable(session, account, shortlist_id, TeamRight.MANAGE)
    _replace_head(session, head, deleted_at=now())
    _record(session, account, "shortlist.delete", head.id, {})
    _purge(session)
    return head


def restore_shortlist(session: Session, account: Account, *, shortlist_id: uuid.UUID) -> Head:
    """Brings a deleted shortlist back."""
    head = _usable(session, account, shortlist_id, TeamRight.MANAGE, is_deleted=True)
    _replace_head(session, head, deleted_at=None)
    _record(session, account, "shortlist.restore", head.id, {})
    return head


# --- items -----------------------------------------------------------------------------------------------------------


def get_item(
    session: Session, account: Account, *, item_id: uuid.UUID, right: TeamRight = TeamRight.VIEW
) -> tuple[Shortlist, Item]:
    """An item with its shortlist (without the other items); :class:`UnknownShortlist` where it may not be seen."""
    items = _items(session, select(models.ShortlistItem).where(models.ShortlistItem.id == item_id))
    if not items or items[0].deleted_at is not None:
        raise UnknownShortlist(str(item_id))
    head = _usable(session, account, items[0].shortlist_id, right)
    return Shortlist(head, items, _people(session, head)), items[0]


def list_events(session: Session, account: Account, *, item_id: uuid.UUID) -> tuple[Event, ...]:
    """Everything that was changed on an item, the newest first."""
    get_item(session, account, item_id=item_id)
    rows = session.execute(
        select(models.ItemEvent, models.User.name)
        .outerjoin(models.User, models.User.id == models.ItemEvent.actor_id)
        .where(models.ItemEvent.item_id == item_id)
        .order_by(models.ItemEvent.created_at.desc(), models.ItemEvent.field)
    ).all()
    values = (value for event, _name in rows if event.field == "assignee_id" for value in (event.old, event.new))
    names = list_actor_names(session, values)

    def shown(event: models.ItemEvent, value: str) -> str:
        return names.get(value, value) if event.field == "assignee_id" else value

    return tuple(
        Event(utc(e.created_at), Person(e.actor_id, name or ""), e.field, shown(e, e.old), shown(e, e.new))
        for e, name in rows
    )


def list_listed(
    session: Session, account: Account, *, profile_id: str, other_ids: Collection[str]
) -> Mapping[str, tuple[Listed, ...]]:
    """On which visible shortlists the pairs of one organisation with others are, whoever of both was the seeker."""
    item, others = models.ShortlistItem, list(other_ids)
    heads = {h.id: h for h in _heads(session, account, _reachable(account)) if h.deleted_at is None}
    rows = session.execute(
        select(item.id, item.shortlist_id, item.seeker_id, item.partner_id, item.status).where(
            item.shortlist_id.in_(heads),
            item.deleted_at.is_(None),
            or_(
                and_(item.seeker_id == profile_id, item.partner_id.in_(others)),
                and_(item.partner_id == profile_id, item.seeker_id.in_(others)),
            ),
        )
    )
    found: dict[str, list[Listed]] = {}
    for row in rows:
        other = row.partner_id if row.seeker_id == profile_id else row.seeker_id
        title = heads[row.shortlist_id].title
        found.setdefault(other, []).append(Listed(row.id, row.shortlist_id, title, Status(row.status)))
    return {other: tuple(sorted(listed, key=lambda e: e.title)) for other, listed in found.items()}


def save_new_item(  # noqa: PLR0913 - a snapshot comes with what it was computed on
    session: Session,
    account: Account,
    *,
    shortlist_id: uuid.UUID,
    snapshot: Snapshot,
    corpus_id: str,
    matcher_version: str,
) -> Added:
    """Adds a match at the end. A pair that is there, in either direction, stays as it is; a removed one comes back."""
    head = _usable(session, account, shortlist_id, TeamRight.EDIT)
    _lock(session, head.id)
    pair = snapshot.seeker.id, snapshot.partner.id
    known = _find_pair(session, head.id, *pair)
    if known is not None:
        return _bring_back(session, account, known)
    row = models.ShortlistItem(
        shortlist_id=head.id, position=_next_position(session, head.id), seeker_id=pair[0], partner_id=pair[1],
        relation=snapshot.relation.value, status=Status.NEW.value, refusal=None, refusal_note="", note="",
        next_step="", next_step_on=None, assignee_id=None, snapshot=snapshot.document(), corpus_id=corpus_id,
        matcher_version=matcher_version,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _log(session, account, row.id, [("added", "", head.title)])
    _record(session, account, "item.create", row.id, {"shortlist": str(head.id), "pair": list(pair)})
    return Added(row.id, is_new=True)


def save_item(session: Session, account: Account, *, item_id: uuid.UUID, version: int, edit: Edit) -> bool:
    """Changes an item and logs each changed field; whether anything was changed.

    Raises :class:`Stale` where someone else has saved since ``version``, unless both want the same.
    """
    shortlist, item = get_item(session, account, item_id=item_id, right=TeamRight.EDIT)
    if edit.assignee_id not in (None, item.edit.assignee_id, *(p.id for p in shortlist.people)):
        raise UnknownShortlist(str(edit.assignee_id))
    changes = [
        (f.name, _text(getattr(item.edit, f.name)), _text(getattr(edit, f.name)))
        for f in fields(Edit)
        if getattr(item.edit, f.name) != getattr(edit, f.name)
    ]
    if not changes:
        return False
    if version != item.version:
        raise Stale
    values = {f.name: getattr(edit, f.name) for f in fields(Edit)} | {"version": version + 1}
    row = models.ShortlistItem
    # The version is compared again by the database, for the one who saves between our reading and our writing.
    done = session.execute(update(row).where(row.id == item_id, row.version == version).values(**values))
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Stale
    _log(session, account, item_id, changes)
    _record(session, account, "item.save", item_id, {"fields": [name for name, *_ in changes]})
    return True


def list_changed_since(session: Session, account: Account, *, item_id: uuid.UUID, version: int) -> Mapping[str, str]:
    """The fields of an item that were saved after a version, each with what it was then."""
    _, item = get_item(session, account, item_id=item_id)
    names = [f.name for f in fields(Edit)]
    event = models.ItemEvent
    query = select(event).where(event.item_id == item_id, event.field.in_(names)).order_by(event.created_at.desc())
    events = session.scalars(query).all()
    # Every save raises the version by one and logs all its fields with one time.
    saves = list(dict.fromkeys(e.created_at for e in events))[: max(item.version - version, 0)]
    return {e.field: e.old for e in events if e.created_at in saves}


def delete_item(session: Session, account: Account, *, item_id: uuid.UUID) -> Item:
    """Takes a match off its shortlist so that it can be brought back."""
    shortlist, item = get_item(session, account, item_id=item_id, right=TeamRight.EDIT)
    row = models.ShortlistItem
    session.execute(update(row).where(row.id == item_id).values(deleted_at=now()))
    _log(session, account, item_id, [("removed", shortlist.title, "")])
    _record(session, account, "item.delete", item_id, {"shortlist": str(shortlist.id)})
    return item


def restore_item(session: Session, account: Account, *, item_id: uuid.UUID) -> Item:
    """Brings a removed match back to its place; :class:`Full` where others have taken it."""
    items = _items(session, select(models.ShortlistItem).where(models.ShortlistItem.id == item_id))
    if not items:
        raise UnknownShortlist(str(item_id))
    _usable(session, account, items[0].shortlist_id, TeamRight.EDIT)
    _lock(session, items[0].shortlist_id)
    row = session.get_one(models.ShortlistItem, item_id, populate_existing=True)
    _bring_back(session, account, row)
    return items[0]


# --- within ----------------------------------------------------------------------------------------------------------


def _can_be_had() -> ColumnElement[bool]:
    """Shortlists that are there, or can be brought back."""
    return or_(models.Shortlist.deleted_at.is_(None), models.Shortlist.deleted_at > now() - KEPT)


def _reachable(account: Account) -> ColumnElement[bool]:
    """Shortlists of one's own, and those of one's teams: what is shared stays with the team when its maker leaves."""
    is_private = and_(models.Shortlist.owner_id == account.id, models.Shortlist.team_id.is_(None))
    return or_(is_private, models.Membership.id.is_not(None))


def _heads(session: Session, account: Account, condition: ColumnElement[bool]) -> list[Head]:
    shortlist, membership = models.Shortlist, models.Membership
    rows = session.execute(
        select(shortlist, membership.right, models.User.name, models.Team.name)
        .outerjoin(membership, and_(membership.team_id == shortlist.team_id, membership.user_id == account.id))
        .outerjoin(models.User, models.User.id == shortlist.owner_id)
        .outerjoin(models.Team, models.Team.id == shortlist.team_id)
        .where(condition, _can_be_had())
        .order_by(shortlist.title, shortlist.id)
    )
    return [_head(account, row, right, owner or "", team) for row, right, owner, team in rows]


def _head(account: Account, row: models.Shortlist, right: str | None, owner: str, team: str | None) -> Head:
    is_own = row.owner_id == account.id
    reach = TeamRight.MANAGE if is_own else TeamRight(right or TeamRight.VIEW)
    return Head(
        id=row.id, title=row.title, owner=Person(row.owner_id, owner),
        team=TeamName(row.team_id, team, reach) if row.team_id and team is not None else None,
        right=reach, is_own=is_own, version=row.version, created_at=utc(row.created_at),
        archived_at=row.archived_at and utc(row.archived_at), deleted_at=row.deleted_at and utc(row.deleted_at),
    )  # fmt: skip


def _items(session: Session, query: Select[models.ShortlistItem]) -> tuple[Item, ...]:
    # Never from what the session remembers: a conflict shows what the other has saved.
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    ids = {row.assignee_id for row in rows if row.assignee_id}
    people = {user_id: Person(user_id, name) for user_id, name in list_names(session, ids).items()}
    return tuple(
        Item(
            id=row.id, shortlist_id=row.shortlist_id, seeker_id=row.seeker_id, partner_id=row.partner_id,
            relation=Relation(row.relation), status=Status(row.status),
            refusal=Refusal(row.refusal) if row.refusal else None, refusal_note=row.refusal_note, note=row.note,
            next_step=row.next_step, next_step_on=row.next_step_on,
            assignee=people.get(row.assignee_id) if row.assignee_id else None,
            snapshot=Snapshot.read(row.snapshot), corpus_id=row.corpus_id, matcher_version=row.matcher_version,
            version=row.version, created_at=utc(row.created_at), deleted_at=row.deleted_at,
        )
        for row in rows
    )  # fmt: skip


def _people(session: Session, head: Head) -> tuple[Person, ...]:
    user = models.User
    query = select(user.id, user.name).where(user.is_active)
    if head.team is None:
        query = query.where(user.id == head.owner.id)
    else:
        members = select(models.Membership.user_id).where(models.Membership.team_id == head.team.id)
        query = query.where(user.id.in_(members))
    return tuple(Person(user_id, name) for user_id, name in session.execute(query.order_by(user.name, user.id)))


def _find_pair(session: Session, shortlist_id: uuid.UUID, one: str, other: str) -> models.ShortlistItem | None:
    row = models.ShortlistItem
    either = or_(
        and_(row.seeker_id == one, row.partner_id == other), and_(row.seeker_id == other, row.partner_id == one)
    )
    query = select(row).where(row.shortlist_id == shortlist_id, either)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _lock(session: Session, shortlist_id: uuid.UUID) -> None:
    """Waits for whoever adds to this shortlist at the moment; what is read from now on stands until the commit.

    A write does so in every database. A savepoint around an insert would not: the driver of SQLite commits with it.
    """
    row = models.Shortlist
    query = update(row).where(row.id == shortlist_id).values(version=row.version)
    session.execute(query, execution_options={"synchronize_session": False})


def _next_position(session: Session, shortlist_id: uuid.UUID) -> int:
    """The place after the last match; :class:`Full` where there is room for no other."""
    item = models.ShortlistItem
    query = select(func.count(), func.max(item.position))
    count, last = session.execute(query.where(item.shortlist_id == shortlist_id, item.deleted_at.is_(None))).one()
    if count >= MAX_ITEMS:
        raise Full(str(shortlist_id))
    return (last or 0) + 1


def _bring_back(session: Session, account: Account, row: models.ShortlistItem) -> Added:
    if row.deleted_at is None:
        return Added(row.id, is_new=False)
    _next_position(session, row.shortlist_id)
    row.deleted_at = None
    _log(session, account, row.id, [("restored", "", "")])
    _record(session, account, "item.restore", row.id, {"shortlist": str(row.shortlist_id)})
    return Added(row.id, is_new=True)


def _usable(
    session: Session, account: Account, shortlist_id: uuid.UUID, right: TeamRight, *, is_deleted: bool = False
) -> Head:
    """A shortlist with which the account may do so much; unless it is to be brought back, one that is not deleted."""
    head = get_head(session, account, shortlist_id=shortlist_id)
    if head.deleted_at is not None and not is_deleted:
        raise UnknownShortlist(str(shortlist_id))
    if not head.right.includes(right):
        raise ReadOnly(head, right)
    return head


def _check_team(session: Session, account: Account, team_id: uuid.UUID | None) -> None:
    if team_id is not None and team_id not in {team.id for team in list_teams(session, account)}:
        raise UnknownShortlist(str(team_id))


def _replace_head(session: Session, head: Head, **values: object) -> None:
    row = models.Shortlist
    query = update(row).where(row.id == head.id, row.version == head.version)
    if not session.execute(query.values(version=head.version + 1, **values)).rowcount:  # type: ignore[attr-defined]
        raise Stale


def _purge(session: Session) -> None:
    """What can no longer be brought back. Children first: not every database follows foreign keys."""
    item, before = models.ShortlistItem, now() - KEPT
    old_lists = select(models.Shortlist.id).where(models.Shortlist.deleted_at < before).scalar_subquery()
    is_old = or_(item.shortlist_id.in_(old_lists), item.deleted_at < before)
    old_items = select(item.id).where(is_old).scalar_subquery()
    options = {"synchronize_session": False}
    session.execute(delete(models.ItemEvent).where(models.ItemEvent.item_id.in_(old_items)), execution_options=options)
    session.execute(delete(item).where(is_old), execution_options=options)
    session.execute(delete(models.Shortlist).where(models.Shortlist.deleted_at < before), execution_options=options)


def _log(session: Session, account: Account, item_id: uuid.UUID, changes: Iterable[tuple[str, str, str]]) -> None:
    at = now()
    session.add_all(
        models.ItemEvent(item_id=item_id, actor_id=account.id, field=field, old=old, new=new, created_at=at)
        for field, old, new in changes
    )


def _record(session: Session, account: Account, action: str, subject: uuid.UUID, detail: dict[str, Any]) -> None:
    record(session, str(account.id), action, str(subject), detail)


def _text(value: object) -> str:
    return "" if value is None else str(value)
