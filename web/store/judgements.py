"""What officers say of proposed pairs: relevant or not, why, and which pairs stay away from their lists.

A pair has no direction here: who looks at it from the other side finds the same judgement. What is not one's own does
not exist (:class:`UnknownJudgement`), except that a team sees what its members keep away from the lists of all.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import Session

from matcher.corpus import canonical_json
from matcher.profile import Profile, Statement
from web import models
from web.models.base import now, utc
from web.security import Policy, TeamRight
from web.store import desk
from web.store.accounts import Account
from web.store.audit import record
from web.store.desk import KEPT, Person, Refusal, TeamName


class Reason(StrEnum):
    """Why a pair is relevant or not: two reasons for, and what a side gives when it declines."""

    GOOD_COMPLEMENT = "good_complement"
    KNOWN_CONTACT = "known_contact"
    TOO_EARLY = Refusal.TOO_EARLY.value
    NO_FIT = Refusal.NO_FIT.value
    NO_RESOURCES = Refusal.NO_RESOURCES.value
    HAS_PARTNER = Refusal.HAS_PARTNER.value
    BENEFIT_UNCLEAR = Refusal.BENEFIT_UNCLEAR.value
    ROUTE_UNCLEAR = Refusal.ROUTE_UNCLEAR.value
    IP_TERMS = Refusal.IP_TERMS.value
    OTHER = Refusal.OTHER.value

    @property
    def is_for(self) -> bool:
        """Whether it speaks for the pair."""
        return self in (Reason.GOOD_COMPLEMENT, Reason.KNOWN_CONTACT)

    @property
    def is_about_fit(self) -> bool:
        """Whether it says anything of how well the two complement each other, and not of circumstances only."""
        return self not in (Reason.TOO_EARLY, Reason.NO_RESOURCES, Reason.HAS_PARTNER, Reason.IP_TERMS)


class Respect(StrEnum):
    """What of the two profiles a reason is about: when it changes, the pair may be looked at again."""

    ALL = "all"
    NEEDS = "needs"
    OFFERS = "offers"
    READINESS = "readiness"
    COOPERATION = "cooperation"


_RESPECTS: Final[Mapping[Reason, Respect]] = {
    Reason.TOO_EARLY: Respect.READINESS,
    Reason.NO_RESOURCES: Respect.NEEDS,
    Reason.HAS_PARTNER: Respect.NEEDS,
    Reason.BENEFIT_UNCLEAR: Respect.OFFERS,
    Reason.ROUTE_UNCLEAR: Respect.READINESS,
    Reason.IP_TERMS: Respect.COOPERATION,
}


def respect_of(reason: Reason) -> Respect:
    """What a reason is about.

    >>> respect_of(Reason.HAS_PARTNER).value, respect_of(Reason.NO_FIT).value
    ('needs', 'all')
    """
    return _RESPECTS.get(reason, Respect.ALL)


def digest_of(profile: Profile, respect: Respect) -> str:
    """A digest of a profile in one respect; the order of statements, their sources and dates leave it as it is."""
    stated = sorted(part for s in profile.statements if (part := _part(s, respect)))
    return hashlib.sha256(canonical_json({"respect": respect.value, "stated": stated})).hexdigest()


def _part(statement: Statement, respect: Respect) -> list[str]:
    """What of a statement belongs to a respect; nothing where it does not."""
    is_need = statement.role.value == "need"
    words = [statement.role.value, statement.lang, " ".join(statement.text.split())]
    if respect is Respect.ALL:
        return words
    if respect is Respect.COOPERATION:
        return [statement.id, *sorted(c.value for c in statement.cooperation)] if statement.cooperation else []
    if respect is Respect.NEEDS:
        return words if is_need else []
    if is_need:
        return []
    return words if respect is Respect.OFFERS else [*words, str(statement.trl or "")]


class UnknownJudgement(LookupError):
    """No judgement of this id that is the account's own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an officer says of a pair; ``team_id`` is the team from whose lists it stays away too."""

    is_relevant: bool
    reason: Reason
    note: str = ""
    is_hidden: bool = False
    team_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on a pair, by whom and on which data."""

    id: uuid.UUID
    seeker_id: str
    partner_id: str
    verdict: Verdict
    judge: Person
    team: TeamName | None
    corpus_version: int
    snapshot_id: str
    digests: tuple[str, str]
    judged_at: datetime
    withdrawn_at: datetime | None

    @property
    def respect(self) -> Respect:
        return respect_of(self.verdict.reason)

    def other(self, profile_id: str) -> str:
        """The organisation that the given one was paired with."""
        return self.partner_id if profile_id == self.seeker_id else self.seeker_id

    def holds(self, profiles: Mapping[str, Profile]) -> bool:
        """Whether both profiles are, in what the reason is about, as they were when the pair was judged."""
        found = [profiles.get(i) for i in (self.seeker_id, self.partner_id)]
        return self.digests == tuple(digest_of(p, self.respect) if p else "" for p in found)


# --- reading ---------------------------------------------------------------------------------------------------------


def find_judgement(session: Session, account: Account, *, pair: tuple[str, str]) -> Judgement | None:
    """What the account says of a pair, whoever of both was the seeker."""
    row = _find(session, account, pair)
    return _judgement(session, row) if row is not None and row.withdrawn_at is None else None


def get_judgement(session: Session, account: Account, *, judgement_id: uuid.UUID) -> Judgement:
    """One judgement of the account, a withdrawn one too."""
    return _judgement(session, _own(session, account, judgement_id))


def list_judgements(session: Session, account: Account) -> tuple[Judgement, ...]:
    """All that the account says, the newest first; without what it has withdrawn."""
    row = models.Judgement
    query = select(row).where(row.account_id == account.id, row.withdrawn_at.is_(None), _stands())
    return _judgements(session, query.order_by(row.judged_at.desc(), row.id))


def list_refusals(session: Session, account: Account, *, profile_id: str) -> tuple[Judgement, ...]:
    """What stays away from the account's lists for an organisation: its own refusals, then those of its teams.

    Those of a colleague count as long as both are in the team. Whether each still holds, the profiles say.
    """
    row = models.Judgement
    mine = select(models.Membership.team_id).where(models.Membership.user_id == account.id)
    # What is joined (see _judgements) is the membership of whoever judged.
    is_shared = and_(row.team_id.in_(mine), models.Membership.id.is_not(None))
    query = select(row).where(
        row.withdrawn_at.is_(None), row.is_hidden, _is_about(profile_id), or_(row.account_id == account.id, is_shared)
    )
    own_first = query.order_by(row.account_id != account.id, row.judged_at, row.id)
    best: dict[str, Judgement] = {}
    for found in _judgements(session, own_first):
        best.setdefault(found.other(profile_id), found)
    return tuple(best.values())


def find_refused(
    session: Session, account: Account | None, *, profile_id: str, profiles: Mapping[str, Profile]
) -> dict[str, Judgement]:
    """The partners that stay away from the account's lists for an organisation, each with the refusal that holds.

    Of nobody, and of an account that keeps no lists of pairs, none.
    """
    if account is None or not Policy.OFFICER.admits(account.role):
        return {}
    found = list_refusals(session, account, profile_id=profile_id)
    return {j.other(profile_id): j for j in found if j.holds(profiles)}


def list_given(session: Session) -> tuple[Judgement, ...]:
    """What all say of all pairs, by pair and time; without what was withdrawn."""
    row = models.Judgement
    query = select(row).where(row.withdrawn_at.is_(None), _stands())
    return _judgements(session, query.order_by(row.seeker_id, row.partner_id, row.created_at, row.id))


# --- writing ---------------------------------------------------------------------------------------------------------


def save_judgement(  # noqa: PLR0913 - a verdict comes with what it was formed on
    session: Session,
    account: Account,
    *,
    seeker: Profile,
    partner: Profile,
    verdict: Verdict,
    corpus_version: int,
    snapshot_id: str,
) -> uuid.UUID:
    """Writes down what the account says of a pair, in place of what it said before.

    A relevant pair is never kept away, and only a team in which the account may edit can share it.
    """
    if verdict.is_relevant:
        verdict = Verdict(is_relevant=True, reason=verdict.reason, note=verdict.note)
    if verdict.team_id is not None and verdict.team_id not in {t.id for t in desk.list_teams(session, account)}:
        raise UnknownJudgement(str(verdict.team_id))
    row = _find(session, account, (seeker.id, partner.id))
    before = None if row is None or row.withdrawn_at is not None else _detail(row)
    if row is None:
        row = models.Judgement(account_id=account.id, created_at=now(), id=uuid.uuid4())
        session.add(row)
    row.seeker_id, row.partner_id = seeker.id, partner.id
    row.is_relevant, row.reason, row.note = verdict.is_relevant, verdict.reason.value, verdict.note
    row.is_hidden, row.team_id = verdict.is_hidden, verdict.team_id if verdict.is_hidden else None
    row.corpus_version, row.snapshot_id = corpus_version, snapshot_id
    respect = respect_of(verdict.reason)
    row.seeker_digest, row.partner_digest = digest_of(seeker, respect), digest_of(partner, respect)
    row.judged_at, row.withdrawn_at = now(), None
    session.flush()
    _record(session, account, "judgement.save", row, before=before)
    return row.id


def save_shown(session: Session, account: Account, *, judgement_id: uuid.UUID) -> None:
    """Lets a pair back on the lists from which it was kept away; the judgement itself stands."""
    row = _own(session, account, judgement_id)
    before = _detail(row)
    row.is_hidden, row.team_id = False, None
    _record(session, account, "judgement.show", row, before=before)


def delete_judgement(session: Session, account: Account, *, judgement_id: uuid.UUID) -> None:
    """Takes back what the account said, so that it can be restored; what was withdrawn long ago goes for good."""
    row = _own(session, account, judgement_id)
    row.withdrawn_at = row.withdrawn_at or now()
    _record(session, account, "judgement.withdraw", row)
    judgement = models.Judgement
    session.execute(delete(judgement).where(judgement.withdrawn_at < now() - KEPT))


def restore_judgement(session: Session, account: Account, *, judgement_id: uuid.UUID) -> None:
    """Brings back what was withdrawn, as it was, unless the account has judged the pair anew."""
    row = _own(session, account, judgement_id)
    row.withdrawn_at = None
    _record(session, account, "judgement.restore", row)


# --- merging ---------------------------------------------------------------------------------------------------------


def carry(session: Session, before: tuple[Profile, Profile], after: Profile) -> dict[str, Any]:
    """Lets judgements of the second of two organisations name the first, as it is ``after`` both became one.

    Where an account has judged both pairs the newer judgement stays, and the older one is put aside under the id that
    goes. What held before holds on: merging changes what is known here, not what an organisation needs or offers.
    Returns what :func:`carry_back` needs.
    """
    keep, gone = before
    moved, swapped, digests = [], [], []
    whose = {row.id: keep for row in _about(session, keep.id)}
    for row in _about(session, gone.id):
        rival = next((r for r in _about(session, keep.id) if _same_pair(r, keep.id, row, gone.id)), None)
        if rival is not None and utc(rival.judged_at) >= utc(row.judged_at):
            continue
        if rival is None:
            _rename(row, gone.id, keep.id)
            moved.append(str(row.id))
        else:
            _swap(session, row, gone.id, rival, keep.id)
            swapped.append([str(row.id), str(rival.id)])
            whose.pop(rival.id)
        whose[row.id] = gone
        session.flush()
    for row in _about(session, keep.id):
        side = "seeker_digest" if row.seeker_id == keep.id else "partner_digest"
        respect, digest = respect_of(Reason(row.reason)), getattr(row, side)
        if digest == digest_of(whose[row.id], respect) != digest_of(after, respect):
            setattr(row, side, digest_of(after, respect))
            digests.append([str(row.id), side, digest])
    return {"moved": moved, "swapped": swapped, "digests": digests}


def carry_back(session: Session, *, keep_id: str, gone_id: str, since: datetime, undo: Mapping[str, Any]) -> None:
    """Undoes :func:`carry` for all that was not judged anew ``since`` the merge."""

    def old(judgement_id: str) -> models.Judgement | None:
        row = session.get(models.Judgement, uuid.UUID(judgement_id))
        return row if row is not None and utc(row.judged_at) <= since else None

    for judgement_id, side, digest in undo["digests"]:
        if (row := old(judgement_id)) is not None:
            setattr(row, side, digest)
    for judgement_id in undo["moved"]:
        if (row := old(judgement_id)) is not None:
            _rename(row, keep_id, gone_id)
    for newer_id, older_id in undo["swapped"]:
        newer, older = old(newer_id), old(older_id)
        if newer is not None and older is not None:
            _swap(session, older, gone_id, newer, keep_id)
    session.flush()


def _about(session: Session, profile_id: str) -> list[models.Judgement]:
    query = select(models.Judgement).where(_is_about(profile_id))
    return list(session.scalars(query.order_by(models.Judgement.created_at)))


def _same_pair(one: models.Judgement, one_id: str, other: models.Judgement, other_id: str) -> bool:
    """Whether one account has judged the same organisation with either of two."""
    beside = [{row.seeker_id, row.partner_id} - {known} for row, known in ((one, one_id), (other, other_id))]
    return one.account_id == other.account_id and beside[0] == beside[1]


def _rename(row: models.Judgement, old: str, new: str) -> None:
    row.seeker_id, row.partner_id = (new if i == old else i for i in (row.seeker_id, row.partner_id))


def _swap(session: Session, one: models.Judgement, one_id: str, other: models.Judgement, other_id: str) -> None:
    """Lets each name what the other does; by way of an id that is nobody's, since no two may name one pair."""
    nobody = f"~{other.id.hex}"
    _rename(other, other_id, nobody)
    session.flush()
    _rename(one, one_id, other_id)
    session.flush()
    _rename(other, nobody, one_id)
    session.flush()


# --- within ----------------------------------------------------------------------------------------------------------


def _stands() -> ColumnElement[bool]:
    """Not put aside when its organisation was merged into another."""
    gone = select(models.Redirect.from_id)
    return and_(models.Judgement.seeker_id.not_in(gone), models.Judgement.partner_id.not_in(gone))


def _is_about(profile_id: str) -> ColumnElement[bool]:
    return or_(models.Judgement.seeker_id == profile_id, models.Judgement.partner_id == profile_id)


def _find(session: Session, account: Account, pair: tuple[str, str]) -> models.Judgement | None:
    row, (one, other) = models.Judgement, pair
    either = or_(
        and_(row.seeker_id == one, row.partner_id == other), and_(row.seeker_id == other, row.partner_id == one)
    )
    return session.scalars(select(row).where(row.account_id == account.id, either).order_by(row.created_at)).first()


def _own(session: Session, account: Account, judgement_id: uuid.UUID) -> models.Judgement:
    row = session.get(models.Judgement, judgement_id)
    if row is None or row.account_id != account.id:
        raise UnknownJudgement(str(judgement_id))
    return row


def _judgement(session: Session, row: models.Judgement) -> Judgement:
    return _judgements(session, select(models.Judgement).where(models.Judgement.id == row.id))[0]


def _judgements(session: Session, query: Select[models.Judgement]) -> tuple[Judgement, ...]:
    rows = session.execute(
        query.with_only_columns(models.Judgement, models.User.name, models.Team.name, models.Membership.right)
        .join(models.User, models.User.id == models.Judgement.account_id)
        .outerjoin(models.Team, models.Team.id == models.Judgement.team_id)
        .outerjoin(
            models.Membership,
            and_(
                models.Membership.team_id == models.Judgement.team_id,
                models.Membership.user_id == models.Judgement.account_id,
            ),
        )
    )
    return tuple(
        Judgement(
            id=row.id, seeker_id=row.seeker_id, partner_id=row.partner_id,
            verdict=Verdict(row.is_relevant, Reason(row.reason), row.note, row.is_hidden, row.team_id),
            judge=Person(row.account_id, judge),
            team=TeamName(row.team_id, team, TeamRight(right)) if row.team_id and team and right else None,
            corpus_version=row.corpus_version, snapshot_id=row.snapshot_id,
            digests=(row.seeker_digest, row.partner_digest), judged_at=utc(row.judged_at),
            withdrawn_at=row.withdrawn_at and utc(row.withdrawn_at),
        )
        for row, judge, team, right in rows
    )  # fmt: skip


def _detail(row: models.Judgement) -> dict[str, Any]:
    """What the log keeps: codes, and no free text."""
    return {
        "pair": [row.seeker_id, row.partner_id], "relevant": row.is_relevant, "reason": row.reason,
        "hidden": row.is_hidden, "team": str(row.team_id) if row.team_id else "",
    }  # fmt: skip


def _record(
    session: Session, account: Account, action: str, row: models.Judgement, before: dict[str, Any] | None = None
) -> None:
    record(session, str(account.id), action, str(row.id), _detail(row) | ({"before": before} if before else {}))
