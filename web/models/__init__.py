"""Tables. Only :mod:`web.store` reads or writes them.

``corpus``: organisations, programmes and their history. ``accounts``: people and teams. ``desk``: what officers keep.
``imports``: files of organisations.
``feedback``: what officers say of pairs, and what was learned from it.
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
from web.models.feedback import Combination, Judgement
from web.models.imports import ImportDraft
from web.models.merging import Distinct, Redirect

__all__ = [
    "AuditEvent",
    "Combination",
    "CorpusState",
    "Dismissal",
    "Distinct",
    "Entry",
    "Identity",
    "ImportDraft",
    "ItemEvent",
    "Judgement",
    "Letter",
    "Membership",
    "Model",
    "Redirect",
    "Revision",
    "SavedSearch",
    "Shortlist",
    "ShortlistItem",
    "Team",
    "User",
    "Vector",
]
