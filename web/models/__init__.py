"""Tables. Only :mod:`web.store` reads or writes them.

``corpus``: organisations, programmes and their history. ``accounts``: people and teams. ``desk``: what officers keep.
"""

from web.models.accounts import Identity, Membership, Team, User
from web.models.base import Model
from web.models.corpus import AuditEvent, CorpusState, Entry, Revision, Vector
from web.models.desk import (
    Dismissal,
    ItemEvent,
    Letter,
    SavedSearch,
    Shortlist,
    ShortlistItem,
)

__all__ = [
    "AuditEvent",
    "CorpusState",
    "Dismissal",
    "Entry",
    "Identity",
    "ItemEvent",
    "Letter",
    "Membership",
    "Model",
    "Revision",
    "SavedSearch",
    "Shortlist",
    "ShortlistItem",
    "Team",
    "User",
    "Vector",
]
