"""Programmes as reviewers edit them: as they stand, added, and saved without overwriting unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from matcher.document import programme_document
from matcher.profile import Programme
from web.models import Entry
from web.store.corpus import PROGRAMME, Outdated, save_change


class UnknownProgramme(LookupError):
    """There is no such programme."""


class Taken(ValueError):
    """The id belongs to another entry."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A programme as it stands; ``mark`` changes with it."""

    document: Mapping[str, Any]
    mark: str


def get_programme(session: Session, programme_id: str) -> Stored:
    """A programme as it stands now."""
    entry = _entry(session, programme_id)
    return Stored(entry.document, entry.digest)


def save_new_programme(session: Session, programme: Programme, *, actor: str) -> None:
    """Adds a programme; :class:`Taken` where its id is."""
    if session.get(Entry, programme.id) is not None:
        raise Taken(programme.id)
    entry = Entry(id=programme.id, entry_type=PROGRAMME, digest="", document={})
    session.add(entry)
    session.flush()
    save_change(session, entry, programme_document(programme), actor=actor, action="programme.create")


def save_programme(session: Session, programme: Programme, *, mark: str, actor: str) -> None:
    """Saves a programme where it is as it was shown, else :class:`Outdated`; nothing where it says the same."""
    entry, document = _entry(session, programme.id, is_locked=True), programme_document(programme)
    if entry.digest != mark:
        raise Outdated(programme.id)
    if entry.document != document:
        save_change(session, entry, document, actor=actor, action="programme.update")


def _entry(session: Session, programme_id: str, *, is_locked: bool = False) -> Entry:
    entry = session.get(Entry, programme_id, with_for_update=is_locked or None, populate_existing=is_locked)
    if entry is None or entry.entry_type != PROGRAMME:
        raise UnknownProgramme(programme_id)
    return entry
