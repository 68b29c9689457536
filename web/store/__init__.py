"""The only package that queries, by subject. Verbs: get (one or raises), find (one or None), list, save, delete.

Functions take the session first, never commit, and write their audit row in the same transaction. What comes back is a
frozen dataclass, never a row of a table.
"""

# What the database raises where two write the same thing at once.
from sqlalchemy.exc import IntegrityError as Collision

from web.store.audit import list_audit_events
from web.store.corpus import (
    DatabaseNotReady,
    Loaded,
    find_corpus_version,
    get_corpus,
    list_vectors,
    save_corpus,
    save_vectors,
)

__all__ = [
    "Collision",
    "DatabaseNotReady",
    "Loaded",
    "find_corpus_version",
    "get_corpus",
    "list_audit_events",
    "list_vectors",
    "save_corpus",
    "save_vectors",
]
