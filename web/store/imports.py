"""Files of organisations: kept while they are looked at, taken in one transaction, taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from matcher.corpus import Corpus
from matcher.document import parse_profile
from matcher.profile import Profile
from web.models import (
    CorpusState,
    Entry,
    ImportDraft,
    Keeper,
    Listing,
    Revision,
    SavedSearch,
    Shortlist,
    ShortlistItem,
    Submission,
)
from web.models.base import now, utc
from web.store.audit import record
from web.store.corpus import Outdated, find_corpus_version, save_corpus

# How long a file waits for a decision.
KEPT: Final = timedelta(days=7)
# As many as a database takes in one question.
_AT_ONCE: Final = 500


class UnknownImport(LookupError):
    """There is no such file, or it is somebody else's and not taken yet."""


class CannotUndo(RuntimeError):
    """An import cannot be taken back: these of its organisations have changed since, or are used."""

    def __init__(self, changed: tuple[str, ...], used: tuple[str, ...]) -> None:
        self.changed = changed
        self.used = used
        super().__init__(f"changed: {changed}; used: {used}")


@dataclass(frozen=True, slots=True)
class Taken:
    """An organisation that an import changed: from which revision (None: it was added) to which."""

    entry_id: str
    name: str
    before: int | None
    after: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a list shows of an import."""

    id: uuid.UUID
    file_name: str
    created_at: datetime
    accepted_at: datetime | None
    undone_at: datetime | None
    result: tuple[Taken, ...]

    @property
    def added(self) -> tuple[Taken, ...]:
        return tuple(t for t in self.result if t.before is None)

    @property
    def changed(self) -> tuple[Taken, ...]:
        return tuple(t for t in self.result if t.before is not None)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An import with what was read of the file; ``content`` only where it may be read in another encoding."""

    head: Head
    rows: Mapping[str, Any]
    choices: Mapping[str, str]
    content: bytes | None
    corpus_version: int


def save_draft(
    session: Session,
    owner_id: uuid.UUID | None,
    *,
    file_name: str,
    rows: Mapping[str, Any],
    content: bytes | None = None,
) -> uuid.UUID:
    """Keeps a file for its preview, and lets go of those that waited too long."""
    session.execute(delete(ImportDraft).where(ImportDraft.accepted_at.is_(None), ImportDraft.created_at < now() - KEPT))
    draft = ImportDraft(
        owner_id=owner_id, file_name=file_name[:200], content=content, rows=dict(rows), choices={}, result=[],
        corpus_version=find_corpus_version(session),
    )  # fmt: skip
    session.add(draft)
    session.flush()
    return draft.id


def get_import(session: Session, *, owner_id: uuid.UUID, import_id: uuid.UUID) -> ImportFile:
    """A file that somebody sent, or one that was accepted, whoever sent it; raises :class:`UnknownImport`."""
    draft = _get(session, owner_id, import_id)
    return ImportFile(_head(draft), draft.rows, draft.choices, draft.content, draft.corpus_version)


def list_imports(session: Session, *, owner_id: uuid.UUID, most: int = 50) -> tuple[Head, ...]:
    """One's own files that wait, and the last that were accepted, whoever sent them; newest first."""
    columns = [getattr(ImportDraft, name) for name in ("id", *Head.__slots__[1:])]
    mine = (ImportDraft.owner_id == owner_id) & (ImportDraft.created_at >= now() - KEPT)
    query = select(*columns).where(or_(mine, ImportDraft.accepted_at.is_not(None)))
    return tuple(_head(row) for row in session.execute(query.order_by(ImportDraft.created_at.desc()).limit(most)))


def save_rows(session: Session, *, owner_id: uuid.UUID, import_id: uuid.UUID, rows: Mapping[str, Any]) -> None:
    """Puts what was read anew in the place of what was read before; the choices were made for that."""
    draft = _waiting(session, owner_id, import_id)
    draft.rows, draft.choices = dict(rows), {}


def save_choices(session: Session, *, owner_id: uuid.UUID, import_id: uuid.UUID, choices: Mapping[str, str]) -> None:
    """Keeps a person's choices by row; an empty one takes a choice back."""
    draft = _waiting(session, owner_id, import_id)
    draft.choices = {row: choice for row, choice in ({**draft.choices, **choices}).items() if choice}


def delete_draft(session: Session, *, owner_id: uuid.UUID, import_id: uuid.UUID) -> None:
    """Throws a file away that was not accepted."""
    session.delete(_waiting(session, owner_id, import_id))


def save_accepted(
    session: Session, import_id: uuid.UUID, profiles: Sequence[Profile], *, version: int, actor: str
) -> Head:
    """Saves the organisations of a preview, with revisions and audit rows; :class:`Outdated` where it is too late.

    The caller commits: all or nothing.
    """
    # Takes the lock that every change of the corpus takes, so that nobody changes it between the question and the save.
    same = update(CorpusState).where(CorpusState.version == version).values(version=version)
    if not session.execute(same.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        raise Outdated
    draft = session.get_one(ImportDraft, import_id)
    if draft.accepted_at is not None:
        raise Outdated
    before = _revisions(session, [p.id for p in profiles])
    save_corpus(session, Corpus(profiles), actor=actor)
    session.flush()
    after = _revisions(session, [p.id for p in profiles])
    result = [
        {"entry_id": p.id, "name": p.names["en"], "before": before.get(p.id), "after": after[p.id]}
        for p in profiles
        if before.get(p.id) != after[p.id]
    ]
    draft.result, draft.accepted_at = result, now()
    draft.content, draft.rows, draft.choices = None, {}, {}
    record(session, actor, "import.accept", str(import_id), {"organisations": len(result)})
    session.flush()
    return _head(draft)


def save_undone(session: Session, *, owner_id: uuid.UUID, import_id: uuid.UUID, actor: str) -> Head:
    """Takes an accepted import back: earlier revisions become new ones, added organisations go.

    Raises :class:`CannotUndo` where anybody has changed one of them since, or put an added one on a shortlist.
    """
    draft = _get(session, owner_id, import_id)
    if draft.accepted_at is None or draft.undone_at is not None:
        raise UnknownImport(str(import_id))
    taken = _head(draft).result
    _bump(session)
    latest = _revisions(session, [t.entry_id for t in taken])
    changed = tuple(t.entry_id for t in taken if latest.get(t.entry_id) != t.after)
    used = _used(session, [t.entry_id for t in taken if t.before is None])
    if changed or used:
        raise CannotUndo(changed, used)
    earlier = [_document(session, t.entry_id, t.before) for t in taken if t.before is not None]
    save_corpus(session, Corpus(parse_profile(document, complete=False) for document in earlier), actor=actor)
    _delete_entries(session, [t.entry_id for t in taken if t.before is None], actor)
    draft.undone_at = now()
    record(session, actor, "import.undo", str(import_id), {"organisations": len(taken)})
    session.flush()
    return _head(draft)


def _get(session: Session, owner_id: uuid.UUID, import_id: uuid.UUID) -> ImportDraft:
    draft = session.get(ImportDraft, import_id)
    is_mine = draft is not None and draft.owner_id == owner_id and utc(draft.created_at) >= now() - KEPT
    if draft is None or not (is_mine or draft.accepted_at is not None):
        raise UnknownImport(str(import_id))
    return draft


def _waiting(session: Session, owner_id: uuid.UUID, import_id: uuid.UUID) -> ImportDraft:
    draft = _get(session, owner_id, import_id)
    if draft.accepted_at is not None:
        raise UnknownImport(str(import_id))
    return draft


def _head(row: Any) -> Head:
    def at(value: datetime | None) -> datetime | None:
        return utc(value) if value else None

    result = tuple(Taken(**taken) for taken in row.result)
    return Head(row.id, row.file_name, utc(row.created_at), at(row.accepted_at), at(row.undone_at), result)


def _revisions(session: Session, entry_ids: Sequence[str]) -> dict[str, int]:
    """The number of the last revision of each."""
    query = select(Revision.entry_id, func.max(Revision.number)).group_by(Revision.entry_id)
    wanted = set(entry_ids)
    return {entry_id: number for entry_id, number in session.execute(query) if entry_id in wanted}


def _document(session: Session, entry_id: str, number: int | None) -> Mapping[str, Any]:
    query = select(Revision).where(Revision.entry_id == entry_id, Revision.number == number)
    return session.scalars(query).one().document


def _used(session: Session, entry_ids: Sequence[str]) -> tuple[str, ...]:
    """Those that stand on a shortlist (a deleted one too: it can be brought back), are searched for or kept."""
    wanted = set(entry_ids)
    pairs = session.execute(
        select(ShortlistItem.seeker_id, ShortlistItem.partner_id).join(
            Shortlist, Shortlist.id == ShortlistItem.shortlist_id
        )
    )
    used = {entry_id for pair in pairs for entry_id in pair} | set(session.scalars(select(SavedSearch.seeker_id)))
    for table in (Keeper, Listing, Submission):
        used |= set(session.scalars(select(table.entry_id)))
    return tuple(entry_id for entry_id in entry_ids if entry_id in used & wanted)


def _delete_entries(session: Session, entry_ids: Sequence[str], actor: str) -> None:
    for start in range(0, len(entry_ids), _AT_ONCE):
        some = entry_ids[start : start + _AT_ONCE]
        for entry in session.scalars(select(Entry).where(Entry.id.in_(some))):
            # With its history gone, this row is what remains of it.
            record(session, actor, "organisation.delete", entry.id, {"document": entry.document})
        session.flush()
        session.execute(delete(Revision).where(Revision.entry_id.in_(some)))
        session.execute(delete(Entry).where(Entry.id.in_(some)))


def _bump(session: Session) -> None:
    session.execute(update(CorpusState).values(version=CorpusState.version + 1))
