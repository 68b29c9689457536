"""People, how they sign in, and their teams."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Update, delete, select, update
from sqlalchemy.orm import Session

from web.models import (
    ApiToken,
    AuditEvent,
    Dismissal,
    Identity,
    ItemEvent,
    Judgement,
    Letter,
    Membership,
    SavedSearch,
    Shortlist,
    ShortlistItem,
    Team,
    User,
)
from web.models.base import now, utc
from web.security import AccountRole, TeamRight
from web.store.audit import record
from web.store.people import GONE
from web.store.submissions import forget_owner

# How many teams one person can be in and still make another.
MOST_TEAMS: Final = 50


class NoSuchTeam(LookupError):
    """There is no such team, or the person is not in it, which must look alike."""


class RightMissing(PermissionError):
    """The person is in the team, but may not do this."""


class TooMany(ValueError):
    """More of a thing than one person can use; only a program makes that many."""


class LastAdministrator(ValueError):
    """Without this person nobody could administer the service any more."""


class LastManager(ValueError):
    """Without this person nobody could manage the team any more."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person with an account. ``stamp`` is in every session and mailed link, and ends them all when it changes."""

    id: uuid.UUID
    email: str
    name: str
    role: AccountRole
    lang: str
    is_verified: bool
    is_active: bool
    has_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    stamp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with the hash of its password."""

    account: Account
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a team."""

    account_id: uuid.UUID
    name: str
    email: str
    right: TeamRight


@dataclass(frozen=True, slots=True)
class TeamMembership:
    """A team as one of its members sees it."""

    id: uuid.UUID
    name: str
    right: TeamRight
    members: tuple[Member, ...]

    def allows(self, right: TeamRight) -> bool:
        """Whether the member who looks may do this."""
        return self.right.includes(right)


# --- accounts ---------------------------------------------------------------------------------------------------------


def find_account(session: Session, account_id: uuid.UUID) -> Account | None:
    """A person by id; nobody who has left or was deactivated."""
    user = session.get(User, account_id)
    return _account(user) if user is not None and user.is_active else None


def find_person(session: Session, account_id: uuid.UUID) -> Account | None:
    """A person by id, also one who was deactivated; nobody who has left."""
    user = session.get(User, account_id)
    return None if user is None or user.email.endswith(GONE) else _account(user)


def find_account_by_email(session: Session, email: str) -> Account | None:
    """A person by address, also one who was deactivated."""
    user = _user_by_email(session, email)
    return None if user is None else _account(user)


def find_account_by_identity(session: Session, *, issuer: str, subject: str) -> Account | None:
    """A person by an account elsewhere."""
    joined = select(User).join(Identity, Identity.user_id == User.id)
    user = session.scalar(joined.where(Identity.issuer == issuer, Identity.subject == subject))
    return None if user is None else _account(user)


def find_credentials(session: Session, email: str) -> Credentials | None:
    """A person by address, to sign in; nobody who was deactivated."""
    user = _user_by_email(session, email)
    return Credentials(_account(user), user.password_hash) if user is not None and user.is_active else None


def list_accounts(session: Session, account_ids: Collection[uuid.UUID] | None = None) -> tuple[Account, ...]:
    """Everybody who has not left, or those of some ids, by address."""
    query = select(User).where(User.email.not_like(f"%{GONE}"))
    if account_ids is not None:
        query = query.where(User.id.in_(account_ids))
    users = session.scalars(query.order_by(User.email))
    return tuple(_account(user) for user in users)


def save_new_account(  # noqa: PLR0913 - the columns of a row, by name
    session: Session,
    *,
    email: str,
    name: str,
    role: AccountRole,
    lang: str,
    password_hash: str | None,
    is_verified: bool = False,
    actor: str = "",
) -> Account:
    """Adds a person; whoever has this address without ever having confirmed it is replaced."""
    user = _user_by_email(session, email)
    if user is None:
        user = User(id=uuid.uuid4(), created_at=now(), email=email, is_active=True)
        session.add(user)
    elif user.email_verified_at is not None or not user.is_active:
        raise ValueError("this address has an account")
    user.name, user.role, user.lang, user.password_hash, user.stamp = name, role.value, lang, password_hash, _stamp()
    user.email_verified_at = now() if is_verified else None
    session.flush()
    record(session, actor or str(user.id), "account.create", str(user.id), {"role": role.value})
    return _account(user)


def save_administrator(
    session: Session, *, email: str, name: str, password_hash: str, actor: str
) -> tuple[Account, bool]:
    """Makes an administrator of somebody, with a new password; also says whether the account is new."""
    user = _user_by_email(session, email)
    if user is None:
        role = AccountRole.ADMINISTRATOR
        account = save_new_account(
            session, email=email, name=name, role=role, lang="en", password_hash=password_hash, is_verified=True,
            actor=actor,
        )  # fmt: skip
        return account, True
    user.role, user.is_active, user.password_hash, user.stamp = "administrator", True, password_hash, _stamp()
    user.email_verified_at = user.email_verified_at or now()
    return _saved(session, user, "account.administrator", actor), False


def save_verified(session: Session, account_id: uuid.UUID) -> Account:
    """Writes down that the person can read mail at the address."""
    user = session.get_one(User, account_id)
    user.email_verified_at = user.email_verified_at or now()
    return _saved(session, user, "account.verify")


def save_password(
    session: Session, account_id: uuid.UUID, password_hash: str | None, *, actor: str = "", is_verified: bool = False
) -> Account:
    """Sets the password, and ends all sessions and mailed links. With None there is no password any more."""
    user = session.get_one(User, account_id)
    user.password_hash, user.stamp = password_hash, _stamp()
    if is_verified:
        user.email_verified_at = user.email_verified_at or now()
    return _saved(session, user, "account.password", actor)


def save_rehashed_password(session: Session, account_id: uuid.UUID, password_hash: str) -> None:
    """Keeps the same password under newer parameters; sessions go on."""
    session.get_one(User, account_id).password_hash = password_hash


def save_new_stamp(session: Session, account_id: uuid.UUID, *, actor: str = "") -> Account:
    """Ends all sessions and mailed links of a person."""
    user = session.get_one(User, account_id)
    user.stamp = _stamp()
    return _saved(session, user, "account.sign_out_everywhere", actor)


def save_seen(session: Session, account_id: uuid.UUID, how: str) -> None:
    """Writes down that the person has just signed in."""
    session.get_one(User, account_id).last_seen_at = now()
    record(session, str(account_id), "account.sign_in", str(account_id), {"how": how})


def save_name_and_language(session: Session, account_id: uuid.UUID, *, name: str, lang: str) -> Account:
    """Sets how the person is called and in which language mail comes."""
    user = session.get_one(User, account_id)
    user.name, user.lang = name, lang
    return _saved(session, user, "account.update")


def save_role(session: Session, account_id: uuid.UUID, role: AccountRole, *, actor: str) -> Account:
    """Gives a person another role."""
    user = session.get_one(User, account_id)
    detail = {"old": user.role, "new": role.value}
    user.role = role.value
    return _saved(session, user, "account.role", actor, **detail)


def save_active(session: Session, account_id: uuid.UUID, *, is_active: bool, actor: str) -> Account:
    """Lets a person in, or keeps the person out and ends all sessions."""
    user = session.get_one(User, account_id)
    user.is_active, user.stamp = is_active, _stamp()
    return _saved(session, user, "account.activate" if is_active else "account.deactivate", actor)


def save_identity(session: Session, account_id: uuid.UUID, *, issuer: str, subject: str) -> None:
    """Lets an account elsewhere sign a person in."""
    session.add(Identity(user_id=account_id, issuer=issuer, subject=subject))
    record(session, str(account_id), "account.link", str(account_id), {"issuer": issuer})


def delete_account(session: Session, account_id: uuid.UUID) -> None:
    """Takes a person out: name, address, password, searches and private shortlists go.

    Shortlists in a team stay with the team, and their history with its dates, under no name; so do judgements of pairs,
    without their notes, and nobody's lists follow them any more. Raises
    :class:`LastAdministrator`.
    """
    user = session.get_one(User, account_id)
    is_administrator = User.role == AccountRole.ADMINISTRATOR.value
    _lock(session, update(User).where(is_administrator).values(role=User.role))
    if list(session.scalars(select(User.id).where(is_administrator, User.is_active))) == [account_id]:
        raise LastAdministrator
    for membership in session.scalars(select(Membership).where(Membership.user_id == account_id)).all():
        _hand_over(session, membership)
    forget_owner(session, account_id)
    session.execute(delete(Letter).where(Letter.recipient == user.email))
    _delete_shortlists(session, Shortlist.owner_id == account_id, Shortlist.team_id.is_(None))
    session.execute(update(ShortlistItem).where(ShortlistItem.assignee_id == account_id).values(assignee_id=None))
    searches = select(SavedSearch.id).where(SavedSearch.owner_id == account_id)
    session.execute(delete(Dismissal).where(Dismissal.search_id.in_(searches)))
    session.execute(delete(SavedSearch).where(SavedSearch.owner_id == account_id))
    session.execute(delete(Identity).where(Identity.user_id == account_id))
    session.execute(delete(ApiToken).where(ApiToken.user_id == account_id))
    judgements = update(Judgement).where(Judgement.account_id == account_id)
    session.execute(judgements.values(note="", is_hidden=False, team_id=None))
    user.email, user.name, user.password_hash = f"{user.id.hex}{GONE}", "", None
    user.stamp, user.is_active, user.email_verified_at, user.last_seen_at = _stamp(), False, None, None
    record(session, str(account_id), "account.delete", str(account_id), {})


def save_reset_sent(session: Session, account_id: uuid.UUID, *, actor: str) -> None:
    """Writes down that an administrator had a link for a new password mailed to somebody."""
    record(session, actor, "account.send_reset", str(account_id), {})


def save_attempt(session: Session, action: str, digest: str) -> None:
    """Writes down a request that named an address, known or not, so that both cost the same write."""
    record(session, "visitor", action, digest, {})


# --- teams ------------------------------------------------------------------------------------------------------------


def list_teams(session: Session, account_id: uuid.UUID) -> tuple[TeamMembership, ...]:
    """The teams a person is in, by name."""
    joined = select(Team).join(Membership, Membership.team_id == Team.id).where(Membership.user_id == account_id)
    return tuple(_team(session, team, account_id) for team in session.scalars(joined.order_by(Team.name, Team.id)))


def get_team(
    session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID, right: TeamRight = TeamRight.VIEW
) -> TeamMembership:
    """A team that the person is in; raises :class:`NoSuchTeam` and, for want of the right, :class:`RightMissing`."""
    team = session.get(Team, team_id)
    if team is None or _membership(session, team_id, account_id) is None:
        raise NoSuchTeam(team_id)
    seen = _team(session, team, account_id)
    if not seen.allows(right):
        raise RightMissing(right)
    return seen


def is_member(session: Session, account_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Whether a person is in a team."""
    session.flush()
    return _membership(session, team_id, account_id) is not None


def save_new_team(session: Session, account_id: uuid.UUID, *, name: str) -> uuid.UUID:
    """Makes a team that the person manages; :class:`TooMany` where there are :data:`MOST_TEAMS`."""
    if len(list_teams(session, account_id)) >= MOST_TEAMS:
        raise TooMany
    team = Team(id=uuid.uuid4(), name=name)
    session.add(team)
    session.flush()
    session.add(Membership(team_id=team.id, user_id=account_id, right=TeamRight.MANAGE.value))
    record(session, str(account_id), "team.create", str(team.id), {})
    session.flush()
    return team.id


def save_team_name(session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID, name: str) -> None:
    """Renames a team."""
    get_team(session, account_id, team_id=team_id, right=TeamRight.MANAGE)
    session.get_one(Team, team_id).name = name
    record(session, str(account_id), "team.rename", str(team_id), {})


def save_member(  # noqa: PLR0913 - the columns of a row, by name
    session: Session,
    account_id: uuid.UUID,
    *,
    team_id: uuid.UUID,
    right: TeamRight,
    invited_by: uuid.UUID,
    invited_at: datetime,
) -> bool:
    """Takes up an invitation. False where whoever invited may not any more, or where the person was taken out since."""
    inviter = _membership(session, team_id, invited_by)
    out = select(AuditEvent.detail).where(
        AuditEvent.subject == str(team_id), AuditEvent.action == "team.remove", AuditEvent.happened_at >= invited_at
    )
    was_removed = any(detail["member"] == str(account_id) for detail in session.scalars(out))
    if inviter is None or inviter.right != TeamRight.MANAGE or was_removed:
        return False
    if _membership(session, team_id, account_id) is None:
        save_new_member(session, account_id, team_id=team_id, right=right)
    return True


def save_new_member(session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID, right: TeamRight) -> None:
    """Puts a person into a team. Who may do so is for the caller to know."""
    session.add(Membership(team_id=team_id, user_id=account_id, right=right.value))
    record(session, str(account_id), "team.join", str(team_id), {"right": right.value})
    session.flush()


def save_member_right(
    session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID, member_id: uuid.UUID, right: TeamRight
) -> None:
    """Gives a member another right; raises :class:`LastManager` where nobody could manage the team any more."""
    get_team(session, account_id, team_id=team_id, right=TeamRight.MANAGE)
    member = _member(session, team_id, member_id)
    if right is not TeamRight.MANAGE:
        _keep_a_manager(session, member)
    record(session, str(account_id), "team.right", str(team_id), {"member": str(member_id), "right": right.value})
    member.right = right.value


def delete_member(session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Takes a member out of a team; anybody may leave, a manager may remove others."""
    needed = TeamRight.VIEW if member_id == account_id else TeamRight.MANAGE
    get_team(session, account_id, team_id=team_id, right=needed)
    member = _member(session, team_id, member_id)
    _keep_a_manager(session, member)
    _unassign(session, member)
    session.delete(member)
    record(session, str(account_id), "team.remove", str(team_id), {"member": str(member_id)})


def delete_team(session: Session, account_id: uuid.UUID, *, team_id: uuid.UUID) -> None:
    """Takes a team apart; its shortlists go back to those who made them."""
    get_team(session, account_id, team_id=team_id, right=TeamRight.MANAGE)
    _delete_team(session, team_id)
    record(session, str(account_id), "team.delete", str(team_id), {})


# --- within -----------------------------------------------------------------------------------------------------------


def _stamp() -> str:
    return secrets.token_hex(16)


def _account(user: User) -> Account:
    return Account(
        id=user.id,
        email=user.email,
        name=user.name,
        role=AccountRole(user.role),
        lang=user.lang,
        is_verified=user.email_verified_at is not None,
        is_active=user.is_active,
        has_password=user.password_hash is not None,
        created_at=utc(user.created_at),
        last_seen_at=utc(user.last_seen_at) if user.last_seen_at else None,
        stamp=user.stamp,
    )


def _user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.lower()))


def _saved(session: Session, user: User, action: str, actor: str = "", **detail: str) -> Account:
    record(session, actor or str(user.id), action, str(user.id), dict(detail))
    session.flush()
    return _account(user)


def _membership(session: Session, team_id: uuid.UUID, account_id: uuid.UUID) -> Membership | None:
    wanted = select(Membership).where(Membership.team_id == team_id, Membership.user_id == account_id)
    return session.scalar(wanted)


def _member(session: Session, team_id: uuid.UUID, member_id: uuid.UUID) -> Membership:
    member = _membership(session, team_id, member_id)
    if member is None:
        raise NoSuchTeam(member_id)
    return member


def _team(session: Session, team: Team, account_id: uuid.UUID) -> TeamMembership:
    rows = session.execute(
        select(User.id, User.name, User.email, Membership.right)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.team_id == team.id)
        .order_by(User.name, User.id)
    )
    members = tuple(Member(i, name, email, TeamRight(right)) for i, name, email, right in rows.all())
    right = next(member.right for member in members if member.account_id == account_id)
    return TeamMembership(team.id, team.name, right, members)


def _others(session: Session, member: Membership) -> Iterable[Membership]:
    others = select(Membership).where(Membership.team_id == member.team_id, Membership.id != member.id)
    return session.scalars(others.order_by(Membership.created_at).execution_options(populate_existing=True)).all()


def _keep_a_manager(session: Session, member: Membership) -> None:
    _lock(session, update(Team).where(Team.id == member.team_id).values(name=Team.name))
    if not any(other.right == TeamRight.MANAGE for other in _others(session, member)):
        raise LastManager


def _lock(session: Session, same: Update) -> None:
    """Waits for whoever changes these rows at the moment: a write that changes nothing does so in every database."""
    session.execute(same, execution_options={"synchronize_session": False})


def _hand_over(session: Session, member: Membership) -> None:
    """Takes a member out for good: the longest-standing of the others with the most rights manages, if nobody does."""
    others = list(_others(session, member))
    if not others:
        _delete_team(session, member.team_id)
        return
    if not any(other.right == TeamRight.MANAGE for other in others):
        heir = next((other for other in others if other.right == TeamRight.EDIT), others[0])
        heir.right = TeamRight.MANAGE.value
    session.delete(member)
    session.flush()


def _unassign(session: Session, member: Membership) -> None:
    lists = select(Shortlist.id).where(Shortlist.team_id == member.team_id)
    items = update(ShortlistItem).where(ShortlistItem.shortlist_id.in_(lists))
    session.execute(items.where(ShortlistItem.assignee_id == member.user_id).values(assignee_id=None))


def _delete_team(session: Session, team_id: uuid.UUID) -> None:
    # The lists of those who have left have nobody to go back to.
    gone = select(User.id).where(User.email.like(f"%{GONE}"))
    _delete_shortlists(session, Shortlist.team_id == team_id, Shortlist.owner_id.in_(gone))
    session.execute(update(Shortlist).where(Shortlist.team_id == team_id).values(team_id=None))
    session.execute(update(Judgement).where(Judgement.team_id == team_id).values(team_id=None))
    session.execute(delete(Membership).where(Membership.team_id == team_id))
    session.execute(delete(Team).where(Team.id == team_id))


def _delete_shortlists(session: Session, *which: ColumnElement[bool]) -> None:
    # Step by step: a database that was made before foreign keys were kept may hold what nothing points to.
    lists = select(Shortlist.id).where(*which)
    items = select(ShortlistItem.id).where(ShortlistItem.shortlist_id.in_(lists))
    session.execute(delete(ItemEvent).where(ItemEvent.item_id.in_(items)))
    session.execute(delete(ShortlistItem).where(ShortlistItem.shortlist_id.in_(lists)))
    session.execute(delete(Shortlist).where(*which))
