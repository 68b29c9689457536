"""Tables. Only :mod:`web.store` reads or writes them.

``corpus``: organisations, programmes and their history. ``accounts``: people and teams. ``desk``: what officers keep.
``imports``: files of organisations.
``feedback``: what officers say of pairs, and what was learned from it. ``submissions``: what organisations say of
themselves. ``interests``: whom they would like to work with. ``tokens``: what lets a program act for a person.
``taxonomy``: what reviewers change of the shipped subjects.
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
from web.models.interests import Interest, InterestMessage
from web.models.merging import Distinct, Redirect
from web.models.submissions import Keeper, Listing, Reading, Showing, Submission
from web.models.taxonomy import TaxonomyChange
from web.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Combination",
    "CorpusState",
    "Dismissal",
    "Distinct",
    "Entry",
    "Identity",
    "ImportDraft",
    "Interest",
    "InterestMessage",
    "ItemEvent",
    "Judgement",
    "Keeper",
    "Letter",
    "Listing",
    "Membership",
    "Model",
    "Reading",
    "Redirect",
    "Revision",
    "SavedSearch",
    "Shortlist",
    "ShortlistItem",
    "Showing",
    "Submission",
    "TaxonomyChange",
    "Team",
    "User",
    "Vector",
]
