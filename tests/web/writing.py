"""Writes as the application makes them, on a board that takes no time to fit, and what must hold after any of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from matcher.corpus import Corpus
from matcher.encoder import VectorCache
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import ToyEncoder, profile
from web import create_app, store
from web.config import Settings
from web.extensions import db
from web.matching import Board
from web.models import AuditEvent, Entry, ItemEvent, Revision, Shortlist, ShortlistItem, User
from web.security import AccountRole
from web.store import accounts, desk
from web.store.accounts import Account
from web.store.snapshots import Snapshot

OFFERS, WANTS = "Makes light robotic arms for wheelchairs.", "Looks for a distributor of robotic arms in Japan."


def profiles(number: int, *, capability: str = OFFERS) -> list[Profile]:
    """So many organisations of each country."""
    return [
        profile(f"{country.value.lower()}{n}", country, capabilities=[capability], needs=[WANTS])
        for country in Country
        for n in range(number)
    ]


def toy_board(number: int = 2) -> Board:
    corpus = Corpus(profiles(number), [])
    matcher = Matcher(cache=VectorCache(ToyEncoder()), taxonomy=Taxonomy.shipped())
    matcher.fit(corpus.profiles.values())
    return Board(1, corpus, matcher, Taxonomy.shipped())


def written_app(settings: Settings) -> Flask:
    """An application on a database with a few organisations, and a board that was not fitted on it."""
    app = create_app(settings)
    with app.app_context():
        store.save_corpus(db.session, Corpus(profiles(2), []), actor="test")
        db.session.commit()
    return app


def make_officer(session: Session, name: str) -> Account:
    return accounts.save_new_account(
        session, email=f"{name}@example.com", name=name, role=AccountRole.OFFICER, lang="en", password_hash=None,
        is_verified=True,
    )  # fmt: skip


def keep(session: Session, officer: Account, board: Board, title: str) -> uuid.UUID:
    """A new shortlist with one match, in one transaction that the caller commits."""
    made = desk.save_shortlist(session, officer, title=title)
    why = board.pair("jp0", "ca1")
    desk.save_new_item(
        session, officer, shortlist_id=made, snapshot=Snapshot.of(why, *board.parties(why), why.match.relation),
        corpus_id="toy", matcher_version="toy",
    )  # fmt: skip
    return made


def faults(session: Session) -> list[str]:
    """Everything that a write left half done; empty where all is well."""
    found = _faults_of_the_file(session) if session.get_bind().dialect.name == "sqlite" else []
    audited = defaultdict(set)
    for action, subject in session.execute(select(AuditEvent.action, AuditEvent.subject)):
        audited[action].add(subject)
    lists, items = _ids(session.scalars(select(Shortlist.id))), _ids(session.scalars(select(ShortlistItem.id)))
    added = _ids(session.scalars(select(ItemEvent.item_id).where(ItemEvent.field == "added")))
    users = _ids(session.scalars(select(User.id)))
    held = _ids(session.scalars(select(ShortlistItem.shortlist_id)))
    pairs = {
        "shortlists and their audit rows": (lists, audited["shortlist.create"]),
        "shortlists and their items": (lists, held),
        "items and their audit rows": (items, audited["item.create"]),
        "items and their events": (items, added),
        "people and their audit rows": (users, audited["account.create"]),
        "organisations and their audit rows": (set(session.scalars(select(Entry.id))), audited["organisation.create"]),
    }
    found += [f"{name}: {sorted(one ^ other)}" for name, (one, other) in pairs.items() if one != other]
    chains = defaultdict(list)
    for revision in session.scalars(select(Revision).order_by(Revision.entry_id, Revision.number)):
        chains[revision.entry_id].append(revision)
    for entry in session.scalars(select(Entry)):
        chain = chains[entry.id]
        if [r.number for r in chain] != list(range(1, len(chain) + 1)) or chain[-1].document != entry.document:
            found.append(f"the revisions of {entry.id} do not lead to it")
    return found


def _faults_of_the_file(session: Session) -> list[str]:
    broken = [f"foreign key: {row}" for row in session.execute(text("PRAGMA foreign_key_check"))]
    whole = session.scalar(text("PRAGMA integrity_check"))
    return broken if whole == "ok" else [*broken, f"integrity: {whole}"]


def _ids(found: Iterable[uuid.UUID]) -> set[str]:
    return {str(one) for one in found}
