"""What to ask next: the questions of which the answers would make a pair better known, the most useful first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from matcher.match import Confidence
from matcher.profile import Profile, Role, Statement
from matcher.ranking import Matcher

# What counts in full for the completeness of a confidence, and from when on a source is asked about again.
_CAPABILITIES: Final = 4
_NEEDS: Final = 3
_STALE: Final = timedelta(days=365)


class Ask(StrEnum):
    """What can be asked of an organisation."""

    STATE_NEED = "state_need"
    CONFIRM_NEED = "confirm_need"
    STATE_CAPABILITY = "state_capability"
    RENEW_SOURCE = "renew_source"
    GIVE_READINESS = "give_readiness"
    NAME_COOPERATION = "name_cooperation"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one organisation, about a statement of it where there is one, and what an answer is worth.

    ``settled`` is the confidence of the pair were it answered today, by the formula of :class:`Confidence`; ``gain`` is
    how much higher that is. Readiness and cooperation count for no confidence: their gain is 0.
    """

    ask: Ask
    profile_id: str
    statement: Statement | None
    settled: Confidence
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        about = self.statement.id if self.statement else None
        return {"ask": self.ask.value, "of": self.profile_id, "about": about, "confidence": self.settled.value}


def questions(matcher: Matcher, seeker_id: str, partner_id: str) -> tuple[Question, ...]:
    """Every question that is open for a pair, those first whose answers would raise its confidence most.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> asked = questions(matcher, "rapidus", "tenstorrent")
    >>> all(one.gain >= other.gain for one, other in zip(asked, asked[1:]))
    True
    """
    both = matcher.profile(seeker_id), matcher.profile(partner_id)
    now = matcher.confidence(*both).value
    found = []
    for one, other in (both, both[::-1]):
        for ask, statement, answered in _open(one, matcher):
            settled = matcher.confidence(answered, other)
            gain = round(settled.value - now, 12)
            found.append(Question(ask, one.id, statement, settled, gain))
    order = list(Ask)
    return tuple(sorted(found, key=lambda q: (-q.gain, order.index(q.ask), q.profile_id, _id(q.statement))))


def _id(statement: Statement | None) -> str:
    return statement.id if statement else ""


def _open(profile: Profile, matcher: Matcher) -> list[tuple[Ask, Statement | None, Profile]]:
    """What is open at an organisation, and its profile as it would be with the answer."""
    found: list[tuple[Ask, Statement | None, Profile]] = []
    for role, ask, full in (
        (Role.NEED, Ask.STATE_NEED, _NEEDS),
        (Role.CAPABILITY, Ask.STATE_CAPABILITY, _CAPABILITIES),
    ):
        if sum(s.role is role for s in profile.statements) < full:
            new = Statement("+", role, "en", "", profile.source, matcher.as_of_)
            found.append((ask, None, replace(profile, statements=(*profile.statements, new))))
    for s in profile.statements:
        if s.is_inferred:
            answer = replace(s, is_inferred=False, read_on=matcher.as_of_)
            found.append((Ask.CONFIRM_NEED, s, _with(profile, s, answer)))
        elif matcher.as_of_ - s.read_on > _STALE:
            found.append((Ask.RENEW_SOURCE, s, _with(profile, s, replace(s, read_on=matcher.as_of_))))
    if profile.capabilities and all(s.trl is None for s in profile.capabilities):
        found.append((Ask.GIVE_READINESS, None, profile))
    if profile.statements and not profile.cooperations:
        found.append((Ask.NAME_COOPERATION, None, profile))
    return found


def _with(profile: Profile, old: Statement, new: Statement) -> Profile:
    return replace(profile, statements=tuple(new if s is old else s for s in profile.statements))
