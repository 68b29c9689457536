"""Organisations, programmes, their vectors and history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from matcher.corpus import Corpus, canonical_json
from matcher.document import parse_profile, parse_programme, profile_document, programme_document
from web.models import AuditEvent, CorpusState, Entry, Revision, Vector
from web.store.audit import record

ORGANISATION = "organisation"
PROGRAMME = "programme"
# An organisation that was merged into another: its row stays for its history (web.store.merging).
MERGED = "merged"


class DatabaseNotReady(RuntimeError):
    """The database cannot be opened, has no tables yet, or holds no organisation."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What saving a corpus changed."""

    added: int
    updated: int
    unchanged: int


def find_corpus_version(session: Session) -> int:
    """How often the corpus has changed; 0 where nothing was ever loaded. Raises :class:`DatabaseNotReady`."""
    try:
        return session.scalar(select(CorpusState.version)) or 0
    except (OperationalError, ProgrammingError) as error:
        raise DatabaseNotReady(str(error.orig)) from error


def get_corpus(session: Session) -> Corpus:
    """All organisations and programmes; :class:`DatabaseNotReady` where there is no organisation."""
    if not find_corpus_version(session):
        raise DatabaseNotReady("no organisation has been loaded")
    entries = session.execute(select(Entry.entry_type, Entry.document)).all()
    return Corpus(
        (parse_profile(document, complete=False) for entry_type, document in entries if entry_type == ORGANISATION),
        (parse_programme(document) for entry_type, document in entries if entry_type == PROGRAMME),
    )


def save_corpus(session: Session, corpus: Corpus, *, actor: str, keeps_edits: bool = False) -> Loaded:
    """Adds or updates every entry of a corpus, with revision and audit row; leaves others alone. Idempotent.

    What was merged into another entry stays merged. With ``keeps_edits`` an entry also stays as it is where the corpus
    says the same of it as when this actor saved it last: others have changed it since, and the corpus has no news.
    The caller commits: all or nothing.
    """
    documents = [(ORGANISATION, profile_document(p)) for p in corpus.organisations.values()]
    documents += [(PROGRAMME, programme_document(p)) for p in corpus.programmes.values()]
    known = {entry.id: entry for entry in session.scalars(select(Entry))}
    numbers = session.execute(select(Revision.entry_id, func.max(Revision.number)).group_by(Revision.entry_id))
    latest: dict[str, int] = dict(numbers.all())
    counts = {"create": 0, "update": 0}
    saved = _saved_by(session, actor) if keeps_edits else {}
    for entry_type, document in documents:
        digest = hashlib.sha256(canonical_json(document)).hexdigest()
        entry = known.get(document["id"])
        if entry is not None and (digest in (entry.digest, saved.get(entry.id)) or entry.entry_type == MERGED):
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
    return Loaded(counts["create"], counts["update"], len(documents) - sum(counts.values()))


def save_change(session: Session, entry: Entry, document: Mapping[str, Any], *, actor: str, action: str) -> None:
    """Puts another document in the place of an entry's, with revision and audit row."""
    entry.document, entry.digest = dict(document), hashlib.sha256(canonical_json(document)).hexdigest()
    number = (session.scalar(select(func.max(Revision.number)).where(Revision.entry_id == entry.id)) or 0) + 1
    session.add(Revision(entry_id=entry.id, number=number, document=entry.document))
    record(session, actor, action, entry.id, {"revision": number, "digest": entry.digest})
    _bump(session)


def _saved_by(session: Session, actor: str) -> dict[str, str]:
    """The digest of what an actor saved last of each entry."""
    actions = [f"{entry_type}.{action}" for entry_type in (ORGANISATION, PROGRAMME) for action in ("create", "update")]
    query = select(AuditEvent.subject, AuditEvent.detail).where(
        AuditEvent.actor == actor, AuditEvent.action.in_(actions)
    )
    return {subject: detail["digest"] for subject, detail in session.execute(query.order_by(AuditEvent.id))}


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


def _bump(session: Session) -> None:
    state = session.get(CorpusState, 1, with_for_update=True)
    if state is None:
        session.add(CorpusState(id=1, version=1))
    else:
        state.version += 1
