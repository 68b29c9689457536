"""Organisations, programmes, their vectors and history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from matcher.corpus import Corpus, canonical_json
from matcher.document import parse_profile, parse_programme, profile_document, programme_document
from web.models import AuditEvent, CorpusState, Entry, Listing, Revision, Vector
from web.store.audit import record

ORGANISATION = "organisation"
PROGRAMME = "programme"
# An organisation that was merged into another: its row stays for its history (web.store.merging).
MERGED = "merged"


class DatabaseNotReady(RuntimeError):
    """The database cannot be opened, has no tables yet, or holds no organisation."""


class UnfitDatabase(RuntimeError):
    """The database is set up in a way in which the application would not work; the message says what to do."""


class DatabaseAway(RuntimeError):
    """The database cannot be reached, or is busy for too long: trying again in a while may help."""


class Outdated(RuntimeError):
    """It has changed since it was shown, or is not in a state that allows this; nothing was written."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What saving a corpus changed, and which entries it left as others have edited them."""

    added: int
    updated: int
    unchanged: int
    kept: tuple[str, ...] = ()


def find_corpus_version(session: Session) -> int:
    """How often the corpus has changed; 0 where nothing was ever loaded.

    Raises :class:`DatabaseNotReady`, or :class:`DatabaseAway`.
    """
    try:
        return session.scalar(select(CorpusState.version)) or 0
    except (OperationalError, ProgrammingError) as error:
        raise (DatabaseAway if is_away(error) else DatabaseNotReady)(str(error.orig)) from error


def is_away(error: DBAPIError) -> bool:
    """Whether the database cannot be reached or is busy, rather than missing or without tables.

    A missing table is an operational error too in SQLite, which has a name for each cause.
    """
    cause: str | None = getattr(error.orig, "sqlite_errorname", None)
    return cause.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) if cause else isinstance(error, OperationalError)


def get_corpus(session: Session) -> Corpus:
    """All organisations and programmes, less those that were withdrawn or have expired (web.store.submissions).

    Raises :class:`DatabaseNotReady` where there is no organisation.
    """
    if not find_corpus_version(session):
        raise DatabaseNotReady("no organisation has been loaded")
    hidden = select(Listing.entry_id).where(Listing.status != "published")
    entries = session.execute(select(Entry.entry_type, Entry.document).where(Entry.id.not_in(hidden))).all()
    return Corpus(
        (parse_profile(document, complete=False) for entry_type, document in entries if entry_type == ORGANISATION),
        (parse_programme(document) for entry_type, document in entries if entry_type == PROGRAMME),
    )


def save_corpus(session: Session, corpus: Corpus, *, actor: str, keeps_edits: bool = False) -> Loaded:
    """Adds or updates every entry of a corpus, with revision and audit row; leaves others alone. Idempotent.

    What was merged into another entry stays merged. With ``keeps_edits`` an entry also stays as it is where anybody
    else has changed it since this actor saved it last, or where its organisation keeps it; ``kept`` names those of
    which the corpus says something else. The caller commits: all or nothing.
    """
    _lock(session)
    documents = [(ORGANISATION, profile_document(p)) for p in corpus.organisations.values()]
    documents += [(PROGRAMME, programme_document(p)) for p in corpus.programmes.values()]
    known = {entry.id: entry for entry in session.scalars(select(Entry))}
    numbers = session.execute(select(Revision.entry_id, func.max(Revision.number)).group_by(Revision.entry_id))
    latest: dict[str, int] = dict(numbers.all())
    counts = {"create": 0, "update": 0}
    edited = _edited(session, known.values(), actor) if keeps_edits else frozenset()
    kept = []
    for entry_type, document in documents:
        digest = hashlib.sha256(canonical_json(document)).hexdigest()
        entry = known.get(document["id"])
        if entry is not None and (digest == entry.digest or entry.entry_type == MERGED):
            continue
        if entry is not None and entry.id in edited:
            kept.append(entry.id)
            continue
        action = "create" if entry is None else "update"
        counts[action] += 1
        if entry is None:
            entry = Entry(id=document["id"], entry_type=entry_type)
            session.add(entry)
        entry.digest, entry.document = digest, document
        number = latest.get(entry.id, 0) + 1
        session.flush()
        session.add(Revision(entry_id=entry.id, number=number, document=document))
        record(session, actor, f"{entry_type}.{action}", entry.id, {"revision": number, "digest": digest})
    if any(counts.values()):
        _bump(session)
    unchanged = len(documents) - sum(counts.values()) - len(kept)
    return Loaded(counts["create"], counts["update"], unchanged, tuple(kept))


def save_change(  # noqa: PLR0913 - what an audit row says, by name
    session: Session,
    entry: Entry,
    document: Mapping[str, Any],
    *,
    actor: str,
    action: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Puts another document in the place of an entry's, with revision and audit row."""
    entry.document, entry.digest = dict(document), hashlib.sha256(canonical_json(document)).hexdigest()
    number = (session.scalar(select(func.max(Revision.number)).where(Revision.entry_id == entry.id)) or 0) + 1
    session.add(Revision(entry_id=entry.id, number=number, document=entry.document))
    record(session, actor, action, entry.id, {"revision": number, "digest": entry.digest, **(detail or {})})
    _bump(session)


def _edited(session: Session, entries: Iterable[Entry], actor: str) -> frozenset[str]:
    """Which entries are no longer as an actor saved them last, or are kept by their organisation."""
    actions = [f"{entry_type}.{action}" for entry_type in (ORGANISATION, PROGRAMME) for action in ("create", "update")]
    query = select(AuditEvent.subject, AuditEvent.detail).where(
        AuditEvent.actor == actor, AuditEvent.action.in_(actions)
    )
    saved = {subject: detail["digest"] for subject, detail in session.execute(query.order_by(AuditEvent.id))}
    listed = set(session.scalars(select(Listing.entry_id)))
    return frozenset(e.id for e in entries if e.digest != saved.get(e.id) or e.id in listed)


def get_digest(session: Session, entry_id: str) -> str | None:
    """What an organisation says now, as a digest; None where there is no such organisation."""
    return session.scalar(select(Entry.digest).where(Entry.id == entry_id, Entry.entry_type == ORGANISATION))


def has_entry(session: Session, entry_id: str) -> bool:
    """Whether an id is taken: by an organisation, a programme, or what was merged into another entry."""
    return session.get(Entry, entry_id) is not None


def list_vectors(session: Session) -> dict[str, NDArray[np.float16]]:
    """Sentence vectors kept beside the shipped ones, by key."""
    rows = session.execute(select(Vector.key, Vector.vector))
    return {key: np.frombuffer(vector, np.float16) for key, vector in rows}


def save_vectors(session: Session, vectors: Mapping[str, NDArray[np.float16]]) -> None:
    """Keeps vectors that are not kept yet."""
    known = set(session.scalars(select(Vector.key)))
    session.add_all(Vector(key=k, vector=v.tobytes()) for k, v in vectors.items() if k not in known)


def save_refit(session: Session) -> None:
    """Lets every server fit its matcher again: the data stands, what the matcher is fitted with has changed."""
    _bump(session)


def _lock(session: Session) -> None:
    """Waits for whoever changes the corpus at the moment; what is read from now on stands until the commit.

    A write does so in every database.
    """
    query = update(CorpusState).values(version=CorpusState.version)
    session.execute(query, execution_options={"synchronize_session": False})


def _bump(session: Session) -> None:
    state = session.get(CorpusState, 1, with_for_update=True)
    if state is None:
        session.add(CorpusState(id=1, version=1))
    else:
        state.version += 1
