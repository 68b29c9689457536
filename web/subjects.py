"""The taxonomy in use: the shipped one with what reviewers have changed."""

from __future__ import annotations

import json
import logging
from functools import lru_cache

from matcher.taxonomy import Change, Taxonomy
from web.extensions import db
from web.store.taxonomy import list_changes

_log = logging.getLogger(__name__)


def changed_taxonomy() -> Taxonomy:
    """The shipped taxonomy with what reviewers have changed; what no longer fits a new release is left out."""
    changes = tuple(json.dumps(stored.change.to_dict(), sort_keys=True) for stored in list_changes(db.session))
    return _changed_taxonomy(changes) if changes else Taxonomy.shipped()


# A page about subjects looks at every statement, which the taxonomy then knows by heart.
@lru_cache(maxsize=4)
def _changed_taxonomy(changes: tuple[str, ...]) -> Taxonomy:
    taxonomy, left = Taxonomy.shipped().with_those_that_fit(Change.read(json.loads(change)) for change in changes)
    for error in left:
        _log.warning("a change of the taxonomy does not fit this release and is left out: %s", error)
    return taxonomy
