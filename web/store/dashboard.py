"""What the dashboard counts: the matches on all shortlists that a person may see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session, defer

from web.models import Membership, Shortlist, ShortlistItem, Team, User
from web.store.desk import Refusal, Status


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A match on a shortlist, as far as the dashboard needs it. ``team`` is the name of the team that shares it."""

    item_id: uuid.UUID
    shortlist_id: uuid.UUID
    shortlist_title: str
    team: str | None
    is_own: bool
    seeker_id: str
    partner_id: str
    status: Status
    refusal: Refusal | None
    next_step: str
    next_step_on: date | None
    assignee: str | None
    added_on: date


def list_follow_ups(session: Session, *, account_id: uuid.UUID) -> tuple[FollowUp, ...]:
    """Every match on the shortlists that are a person's alone or a team's; archived and deleted ones are left out."""
    teams = select(Membership.team_id).where(Membership.user_id == account_id)
    rows = session.execute(
        select(Shortlist, ShortlistItem, Team.name.label("team"), User.name.label("assignee"))
        # Not the snapshots: they are long, and nothing here is said of them.
        .options(defer(ShortlistItem.snapshot, raiseload=True), defer(ShortlistItem.note, raiseload=True))
        .join(Shortlist, Shortlist.id == ShortlistItem.shortlist_id)
        .outerjoin(Team, Team.id == Shortlist.team_id)
        .outerjoin(User, User.id == ShortlistItem.assignee_id)
        .where(or_(and_(Shortlist.owner_id == account_id, Shortlist.team_id.is_(None)), Shortlist.team_id.in_(teams)))
        .where(Shortlist.archived_at.is_(None), Shortlist.deleted_at.is_(None), ShortlistItem.deleted_at.is_(None))
        .order_by(Shortlist.title, Shortlist.id, ShortlistItem.position, ShortlistItem.id)
    )
    return tuple(_follow_up(row, account_id) for row in rows)


def _follow_up(row: Row[Shortlist, ShortlistItem, str, str], account_id: uuid.UUID) -> FollowUp:
    item, shortlist = row.ShortlistItem, row.Shortlist
    return FollowUp(
        item_id=item.id,
        shortlist_id=shortlist.id,
        shortlist_title=shortlist.title,
        team=row.team,
        is_own=shortlist.owner_id == account_id,
        seeker_id=item.seeker_id,
        partner_id=item.partner_id,
        status=Status(item.status),
        refusal=Refusal(item.refusal) if item.refusal else None,
        next_step=item.next_step,
        next_step_on=item.next_step_on,
        assignee=row.assignee,
        added_on=item.created_at.date(),
    )
