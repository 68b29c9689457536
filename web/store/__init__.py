"""The only package that queries, by subject. Verbs: get (one or raises), find (one or None), list, save, delete.

Functions take the session first, never commit, and write their audit row in the same transaction. What comes back is a
frozen dataclass, never a row of a table.
"""

# What the database raises where it cannot keep a text or a number, where two write the same thing at once, and where it
# is away or busy.
from sqlalchemy.exc import DataError as Unstorable
from sqlalchemy.exc import IntegrityError as Collision
from sqlalchemy.exc import OperationalError as Unavailable

from web.store.audit import list_audit_events
from web.store.corpus import (
    DatabaseAway,
    DatabaseNotReady,
    Loaded,
    Outdated,
    UnfitDatabase,
    find_corpus_version,
    get_corpus,
    has_entry,
    list_vectors,
    save_corpus,
    save_vectors,
)

__all__ = [
    "Collision",
    "DatabaseAway",
    "DatabaseNotReady",
    "Loaded",
    "Outdated",
    "Unavailable",
    "UnfitDatabase",
    "Unstorable",
    "find_corpus_version",
    "get_corpus",
    "has_entry",
    "list_audit_events",
    "list_vectors",
    "save_corpus",
    "save_vectors",
]
