"""What is asked of a pair: which partner is meant, and what it might say in addition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from matcher.profile import Role
from matcher.standing import Addition, Filter
from web.forms.search import is_unprintable

# As long as the longest statement that a profile may have.
MAX_STATEMENT: Final = 500
_MAX_NAME: Final = 80


class Who(StrEnum):
    """Which of the two would say more."""

    SEEKER = "seeker"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement typed to see what it would change: kept as typed, whether it can be tried or not."""

    text: str
    who: Who
    role: Role

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > MAX_STATEMENT

    def addition(self, seeker_id: str, partner_id: str) -> Addition | None:
        """What to try; None where there is nothing to."""
        if not self.text or self.is_too_long:
            return None
        return Addition(seeker_id if self.who is Who.SEEKER else partner_id, self.role, self.text)


def read_saying(args: MultiDict[str, str]) -> Saying:
    """The statement that was typed, if any; a capability of the partner unless told otherwise."""
    who = Who.SEEKER if args.get("who") == Who.SEEKER else Who.PARTNER
    role = Role.NEED if args.get("role") == Role.NEED else Role.CAPABILITY
    return Saying(_plain(args.get("said", "")), who, role)


def read_partner_name(args: MultiDict[str, str]) -> str:
    """The name that was typed; what is too long for one is cut where no name goes on."""
    return _plain(args.get("name", ""))[:_MAX_NAME]


def filters(args: MultiDict[str, str]) -> dict[str, Any]:
    """The filters of the list that one came from, to take along."""
    return {one.value: values for one in Filter if (values := [v for v in args.getlist(one.value) if v])}


def _plain(text: str) -> str:
    return " ".join("".join(" " if is_unprintable(c) else c for c in text).split())
