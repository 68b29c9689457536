"""Merging two entries of one organisation, taking that back, and remembering which pairs are two after all.

The entry that goes keeps its row, with its history, under another type: it is no organisation any more, its address
leads to the one that stays, and what named it names that one.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from matcher.document import parse_profile, profile_document
from matcher.duplicates import Union, unite
from matcher.profile import Profile
from web.models import (
    Dismissal,
    Distinct,
    Entry,
    Keeper,
    Listing,
    Redirect,
    Revision,
    SavedSearch,
    ShortlistItem,
    Submission,
)
from web.models.base import utc
from web.store import interests, judgements
from web.store.audit import record
from web.store.corpus import MERGED, ORGANISATION, Outdated, save_change


class UnknownPair(LookupError):
    """One of the two is no organisation, or both are the same, or they are of two countries."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a merge carried over to the entry that stays, and how many matches stand on a list with it already."""

    items: int
    searches: int
    left: int


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that was made, as a list shows it."""

    removed_id: str
    removed_name: str
    kept_id: str
    kept_name: str
    actor: str
    made_at: datetime
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two organisations and what one of them would be; ``mark`` changes when either does.

    ``kept`` are those of the two that are in their organisation's own hands.
    """

    keep: Profile
    remove: Profile
    union: Union
    mark: str
    kept: tuple[Profile, ...]


def get_proposal(session: Session, *, keep_id: str, remove_id: str) -> Proposal:
    """What merging would give; raises :class:`UnknownPair`."""
    keep, remove = _pair(session, keep_id, remove_id)
    profiles = [parse_profile(entry.document, complete=False) for entry in (keep, remove)]
    if profiles[0].country is not profiles[1].country:
        raise UnknownPair(f"{keep_id} and {remove_id} are of two countries")
    kept = tuple(profile for profile in profiles if session.get(Listing, profile.id) is not None)
    return Proposal(profiles[0], profiles[1], unite(*profiles), _mark(keep, remove), kept)


def save_merge(session: Session, *, keep_id: str, remove_id: str, actor: str, mark: str | None = None) -> Moved:
    """Merges one organisation into another; with a ``mark`` only where both are as they were shown."""
    proposal = get_proposal(session, keep_id=keep_id, remove_id=remove_id)
    keep, remove = _pair(session, keep_id, remove_id)
    if mark is not None and mark != _mark(keep, remove):
        raise Outdated(f"{keep_id}, {remove_id}")
    before = keep.document
    save_change(session, keep, profile_document(proposal.union.profile), actor=actor, action="organisation.merge")
    remove.entry_type = MERGED
    _add_revision(session, remove)
    carried = _carry(session, remove_id, keep_id)
    carried["judgements"] = judgements.carry(session, (proposal.keep, proposal.remove), proposal.union.profile)
    undo = {"before": before, "after": keep.digest, **carried}
    session.add(Redirect(from_id=remove_id, to_id=keep_id, actor=actor, undo=undo))
    record(session, actor, "organisation.merged_into", remove_id, {"into": keep_id})
    session.flush()
    return Moved(len(carried["items"]), len(carried["searches"]), carried["left"])


def save_unmerge(session: Session, *, removed_id: str, actor: str) -> str:
    """Makes two of one again, and returns the id of the one that stayed.

    Raises :class:`UnknownPair` where there was no merge, :class:`Outdated` where the one that stayed is no longer as
    the merge left it. What came to name it after the merge stays with it.
    """
    made = session.get(Redirect, removed_id, with_for_update=True)
    removed = session.get(Entry, removed_id, with_for_update=True)
    if made is None or removed is None:
        raise UnknownPair(removed_id)
    keep = session.get(Entry, made.to_id, with_for_update=True)
    if keep is None or keep.entry_type != ORGANISATION or keep.digest != made.undo["after"]:
        raise Outdated(made.to_id)
    save_change(session, keep, made.undo["before"], actor=actor, action="organisation.unmerge")
    removed.entry_type = ORGANISATION
    _add_revision(session, removed)
    _carry_back(session, made)
    session.delete(made)
    record(session, actor, "organisation.unmerged_from", removed_id, {"from": keep.id})
    session.flush()
    return keep.id


def list_redirects(session: Session) -> dict[str, str]:
    """Where the address of each merged entry leads in the end."""
    rows = session.execute(select(Redirect.from_id, Redirect.to_id))
    next_id = {from_id: to_id for from_id, to_id in rows}  # noqa: C416 - a result of rows is no mapping
    found = {}
    for start in next_id:
        end = start
        while end in next_id:
            end = next_id[end]
        found[start] = end
    return found


def list_merged_identifiers(session: Session, scheme: str) -> dict[str, str]:
    """The identifiers that merged entries had in a scheme, and the entry that each stands for now."""
    ends = list_redirects(session)
    entries = session.execute(select(Entry.id, Entry.document).where(Entry.id.in_(ends)))
    return {
        document["identifiers"][scheme]: ends[entry_id]
        for entry_id, document in entries
        if scheme in document.get("identifiers", {})
    }


def list_merges(session: Session, *, most: int = 20) -> tuple[Merge, ...]:
    """The last merges, newest first."""
    query = select(Redirect).order_by(Redirect.created_at.desc(), Redirect.from_id).limit(most)
    found = []
    for made in session.scalars(query):
        removed, kept = session.get_one(Entry, made.from_id), session.get_one(Entry, made.to_id)
        can_undo = kept.entry_type == ORGANISATION and kept.digest == made.undo["after"]
        found.append(
            Merge(
                removed.id, removed.document["names"]["en"], kept.id, kept.document["names"]["en"], made.actor,
                utc(made.created_at), can_undo,
            )
        )  # fmt: skip
    return tuple(found)


# --- pairs that are two -----------------------------------------------------------------------------------------------


def save_distinct(session: Session, *, one_id: str, other_id: str, actor: str) -> None:
    """Remembers that two organisations are not one."""
    _pair(session, one_id, other_id)
    one, other = sorted((one_id, other_id))
    if session.get(Distinct, (one, other)) is None:
        session.add(Distinct(one_id=one, other_id=other, actor=actor))
        record(session, actor, "organisation.distinct", one, {"other": other})


def delete_distinct(session: Session, *, one_id: str, other_id: str, actor: str) -> None:
    """Takes that back."""
    one, other = sorted((one_id, other_id))
    decided = session.get(Distinct, (one, other))
    if decided is None:
        raise UnknownPair(f"{one_id}, {other_id}")
    session.delete(decided)
    record(session, actor, "organisation.distinct_undone", one, {"other": other})


def list_distinct(session: Session) -> tuple[tuple[str, str], ...]:
    """Pairs that were found to be two, the last decided first."""
    query = select(Distinct.one_id, Distinct.other_id).order_by(Distinct.created_at.desc(), Distinct.one_id)
    return tuple((one, other) for one, other in session.execute(query))


# --- within -----------------------------------------------------------------------------------------------------------


def _pair(session: Session, one_id: str, other_id: str) -> tuple[Entry, Entry]:
    one, other = (session.get(Entry, i, with_for_update=True, populate_existing=True) for i in (one_id, other_id))
    if one is None or other is None or one is other or {one.entry_type, other.entry_type} != {ORGANISATION}:
        raise UnknownPair(f"{one_id}, {other_id}")
    return one, other


def _mark(keep: Entry, remove: Entry) -> str:
    return hashlib.sha256(f"{keep.digest} {remove.digest}".encode()).hexdigest()[:16]


def _add_revision(session: Session, entry: Entry) -> None:
    last = session.scalar(select(func.max(Revision.number)).where(Revision.entry_id == entry.id)) or 0
    session.add(Revision(entry_id=entry.id, number=last + 1, document=entry.document))


def _carry(session: Session, old: str, new: str) -> dict[str, Any]:
    """Lets matches on shortlists and saved searches name the entry that stays; says which, to take it back."""
    items, left = [], 0
    row = ShortlistItem
    for item in session.scalars(select(row).where(or_(row.seeker_id == old, row.partner_id == old))).all():
        if _is_listed(session, item, old, new):
            left += 1
            continue
        _rename(item, old, new)
        items.append(str(item.id))
    searches = session.scalars(select(SavedSearch).where(SavedSearch.seeker_id == old)).all()
    for search in searches:
        search.seeker_id = new
    return {
        "items": items, "left": left, "searches": [str(search.id) for search in searches],
        "seen": _carry_seen(session, old, new), "dismissals": _carry_dismissals(session, old, new),
        "interests": interests.carry(session, old, new), **_carry_hands(session, old, new),
    }  # fmt: skip


def _is_listed(session: Session, item: ShortlistItem, old: str, new: str) -> bool:
    """Whether its shortlist has the same match with the entry that stays already."""
    seeker, partner = (new if i == old else i for i in (item.seeker_id, item.partner_id))
    row = ShortlistItem
    query = select(row.id).where(
        row.shortlist_id == item.shortlist_id, row.seeker_id == seeker, row.partner_id == partner
    )
    return session.scalars(query).first() is not None


def _rename(item: ShortlistItem, old: str, new: str) -> None:
    """Changes whom a kept match names, and nothing of what it says."""
    item.seeker_id, item.partner_id = (new if i == old else i for i in (item.seeker_id, item.partner_id))
    snapshot = json.loads(json.dumps(item.snapshot))
    for names, key in (
        (snapshot["seeker"], "id"), (snapshot["partner"], "id"),
        (snapshot["match"], "seeker"), (snapshot["match"], "partner"),
    ):  # fmt: skip
        if names.get(key) == old:
            names[key] = new
    item.snapshot = snapshot


def _carry_seen(session: Session, old: str, new: str) -> list[str]:
    """What was reported of the one counts as reported of the other, so that no mail calls it new."""
    changed = []
    for search in session.scalars(select(SavedSearch)):
        if old in search.seen and new not in search.seen:
            search.seen = [*search.seen, new]
            changed.append(str(search.id))
    return changed


def _carry_dismissals(session: Session, old: str, new: str) -> list[str]:
    known = set(session.scalars(select(Dismissal.search_id).where(Dismissal.profile_id == new)))
    changed = []
    for dismissal in session.scalars(select(Dismissal).where(Dismissal.profile_id == old)):
        if dismissal.search_id not in known:
            dismissal.profile_id = new
            changed.append(str(dismissal.id))
    return changed


def _carry_hands(session: Session, old: str, new: str) -> dict[str, Any]:
    """Who keeps the one keeps the other from then on, and what was sent about it is about the other."""
    keepers = session.scalars(select(Keeper).where(Keeper.entry_id == old)).all()
    sent = session.scalars(select(Submission).where(Submission.entry_id == old)).all()
    rows: list[Keeper | Submission] = [*keepers, *sent]
    for row in rows:
        row.entry_id = new
    listing = _carry_listing(session, old, new)
    return {"keepers": [str(k.id) for k in keepers], "submissions": [str(s.id) for s in sent], "listing": listing}


def _hand_back(session: Session, old: str, new: str, undo: Mapping[str, Any]) -> None:
    rows: list[Keeper | Submission | None] = [session.get(Keeper, uuid.UUID(i)) for i in undo.get("keepers", ())]
    rows += [session.get(Submission, uuid.UUID(i)) for i in undo.get("submissions", ())]
    for row in rows:
        if row is not None and row.entry_id == new:
            row.entry_id = old
    if undo.get("listing"):
        _carry_listing(session, new, old)


def _carry_listing(session: Session, old: str, new: str) -> bool:
    """Lists the one that stays as the other was, also without its name or not at all, unless it has its own way."""
    listing = session.get(Listing, old, with_for_update=True)
    if listing is None or session.get(Listing, new) is not None:
        return False
    listing.entry_id = new
    session.flush()
    return True


def _carry_back(session: Session, made: Redirect) -> None:
    """Undoes :func:`_carry` for all that still names the entry that stayed."""
    old, new, undo = made.from_id, made.to_id, made.undo
    for item_id in undo["items"]:
        item = session.get(ShortlistItem, uuid.UUID(item_id))
        if item is not None and not _is_listed(session, item, new, old):
            _rename(item, new, old)
    for search_id in undo["searches"]:
        search = session.get(SavedSearch, uuid.UUID(search_id))
        if search is not None and search.seeker_id == new:
            search.seeker_id = old
    for search_id in undo["seen"]:
        search = session.get(SavedSearch, uuid.UUID(search_id))
        if search is not None:
            search.seen = [profile_id for profile_id in search.seen if profile_id != new]
    for dismissal_id in undo["dismissals"]:
        dismissal = session.get(Dismissal, uuid.UUID(dismissal_id))
        if dismissal is not None:
            dismissal.profile_id = old
    _hand_back(session, old, new, undo)
    interests.carry_back(session, old, new, undo.get("interests", {}))
    if "judgements" in undo:
        judgements.carry_back(session, keep_id=new, gone_id=old, since=utc(made.created_at), undo=undo["judgements"])
