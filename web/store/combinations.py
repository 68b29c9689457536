"""Weights of the matcher that were learned here, which of them is in use, and the way back.

Where none is active, the shipped weights are. Whatever becomes active takes effect on every server: the corpus counts
as changed, so that each fits its matcher again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from matcher.combination import Combination
from web import models
from web.models.base import utc
from web.store.audit import record
from web.store.corpus import save_refit


class UnknownCombination(LookupError):
    """No weights of this version are shipped or stored."""


class NothingBefore(LookupError):
    """The shipped weights are in use: there is nothing to go back to."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Weights under a version. The shipped ones have no date, and nothing that was learned or measured here."""

    version: str
    document: Mapping[str, Any] | None
    created_at: datetime | None
    learned_from: Mapping[str, Any]
    measures: Mapping[str, Any]
    replaced: str
    is_active: bool

    @property
    def is_shipped(self) -> bool:
        return self.document is None

    @property
    def combination(self) -> Combination:
        """The weights; ValueError or KeyError where this release cannot read them."""
        return Combination.shipped() if self.document is None else Combination.of(self.document)


def list_combinations(session: Session) -> tuple[Stored, ...]:
    """All weights, the newest first and the shipped ones last."""
    row = models.Combination
    found = [_stored(r) for r in session.scalars(select(row).order_by(row.created_at.desc(), row.version.desc()))]
    shipped = Stored(Combination.shipped().version, None, None, {}, {}, "", not any(s.is_active for s in found))
    return (*found, shipped)


def get_active(session: Session) -> Stored:
    """The weights in use."""
    return next(stored for stored in list_combinations(session) if stored.is_active)


def next_version(session: Session) -> str:
    """What the next weights that are learned will be called."""
    return f"trained-{(session.scalar(select(func.count()).select_from(models.Combination)) or 0) + 1}"


def save_combination(
    session: Session,
    *,
    document: Mapping[str, Any],
    learned_from: Mapping[str, Any],
    measures: Mapping[str, Any],
    actor: str,
) -> str:
    """Keeps new weights, not in use yet, and returns their version."""
    version = Combination.of(document).version
    session.add(
        models.Combination(
            version=version, document=dict(document), learned_from=dict(learned_from), measures=dict(measures),
            replaced="", is_active=False,
        )
    )  # fmt: skip
    session.flush()
    record(session, actor, "combination.create", version, {"learned_from": dict(learned_from)})
    return version


def save_active(session: Session, *, version: str, actor: str) -> bool:
    """Puts weights in use; whether that changed anything. :class:`UnknownCombination` where there are none such."""
    known = {stored.version: stored for stored in list_combinations(session)}
    if version not in known:
        raise UnknownCombination(version)
    if known[version].is_active:
        return False
    before = get_active(session).version
    _put_in_use(session, version, actor, "combination.activate", before)
    session.execute(update(models.Combination).where(models.Combination.version == version).values(replaced=before))
    return True


def save_rollback(session: Session, *, actor: str) -> str:
    """Puts in use again what was in use before, and returns its version; :class:`NothingBefore` at the very start."""
    active = get_active(session)
    if active.is_shipped:
        raise NothingBefore(active.version)
    known = {stored.version for stored in list_combinations(session)}
    # A release may ship other weights than those that were replaced: the shipped ones are what is left then.
    version = active.replaced if active.replaced in known else Combination.shipped().version
    _put_in_use(session, version, actor, "combination.rollback", active.version)
    return version


def _put_in_use(session: Session, version: str, actor: str, action: str, before: str) -> None:
    row = models.Combination
    session.execute(update(row).values(is_active=row.version == version))
    save_refit(session)
    record(session, actor, action, version, {"before": before})


def _stored(row: models.Combination) -> Stored:
    return Stored(
        row.version, row.document, utc(row.created_at), row.learned_from, row.measures, row.replaced, row.is_active
    )
