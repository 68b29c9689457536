"""The sentences about where a partner stands, what hangs on a statement, and what to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from matcher.explain import Drop
from matcher.match import Likeness, Match
from matcher.profile import Profile
from matcher.questions import Ask, Question
from matcher.standing import Change, Filter, Part, Stability, Standing
from web.i18n.formats import decimal, in_a_row, listed, number, points, quoted, short_name
from web.i18n.labels import FACETS, LEVELS, LIKENESSES

_ASKED: Final[Mapping[Ask, Any]] = {
    Ask.STATE_NEED: _("Ask %(name)s what else it looks for."),
    Ask.CONFIRM_NEED: _("Ask %(name)s whether it really needs this: “%(text)s”"),
    Ask.STATE_CAPABILITY: _("Ask %(name)s what else it can offer."),
    Ask.RENEW_SOURCE: _("Ask %(name)s whether this still holds: “%(text)s”"),
    Ask.GIVE_READINESS: _("Ask %(name)s how ready its technology is, from 1 to 9."),
    Ask.NAME_COOPERATION: _("Ask %(name)s to which kinds of cooperation it is open."),
}
FILTERS: Final[Mapping[Filter, Any]] = {one: FACETS[one.value] for one in Filter}


def standing_lines(standing: Standing, seeker: Profile, partner: Profile, last: Profile | None) -> list[str]:
    """Where a partner stands and what keeps it from the first places, in sentences; ``last`` is the tenth."""
    names = {"seeker": short_name(seeker), "partner": short_name(partner)}
    found = [_place(standing, names)]
    if standing.kept_out:
        filters = listed(FILTERS[one] for one in standing.kept_out)
        found.append(gettext("The filters keep it out. It does not pass: %(filters)s.", filters=filters))
    elif standing.within < standing.total and standing.rank_within:
        found.append(
            gettext(
                "Among the %(within)s that pass the filters it is number %(rank)s.",
                within=number(standing.within),
                rank=number(standing.rank_within),
            )
        )
    if standing.is_at_top:
        found.append(gettext("That is among the first %(top)s.", top=number(standing.top)))
    elif standing.last and last:
        found.append(
            gettext(
                "The first %(count)s end with %(last)s at %(least)s points; %(partner)s has %(own)s.",
                count=number(min(standing.top, standing.within)),
                last=short_name(last),
                least=points(standing.last.fit),
                own=points(standing.match.fit),
                **names,
            )
        )
    return found


def _place(standing: Standing, names: Mapping[str, str]) -> str:
    if standing.rank is None:
        return gettext(
            "%(partner)s is not among the partners of %(seeker)s: nothing that one states meets or resembles anything "
            "that the other does.",
            **names,
        )
    rank, total = number(standing.rank), number(standing.total)
    return gettext(
        "%(partner)s is number %(rank)s of the %(total)s partners of %(seeker)s.", rank=rank, total=total, **names
    )


def part_label(part: Part, seeker: Profile) -> str:
    """What one part of a fit is called, whoever the partner is."""
    if part is Part.GETS:
        return gettext("Needs of %(name)s met", name=short_name(seeker))
    if part is Part.GIVES:
        return gettext("Needs of the partner met")
    if part is Part.RELATION:
        return gettext("What the relation makes of both")
    return str(LIKENESSES[Likeness(part.value)])


def drop_sentence(drop: Drop, has: Profile) -> str:
    """What would become of the fit without a statement; ``has`` is the organisation that states it."""
    name, lost = short_name(has), decimal(abs(drop.points))
    if round(drop.points, 2) == 0:
        return gettext("Without this statement of %(name)s the fit would be the same.", name=name)
    if drop.points < 0:
        return gettext(
            "Without this statement of %(name)s the fit would be %(points)s points higher: the profiles would be more "
            "alike.",
            name=name,
            points=lost,
        )
    return gettext(
        "Without this statement of %(name)s the fit would be %(points)s points lower.", name=name, points=lost
    )


def stability_sentence(stability: Stability) -> str:
    """How firm a place among the first is, without a percentage."""
    return gettext(
        "Among the first %(top)s in %(times)s of %(draws)s plausible weightings",
        top=number(stability.top), times=number(stability.times), draws=number(stability.draws),
    )  # fmt: skip


def question_markup(question: Question, profile: Profile) -> Markup:
    """One question, with the language of quoted words marked."""
    words = Markup("")
    if question.statement:
        words = quoted(question.statement, 100)
    message = _ASKED[question.ask]
    if question.ask is Ask.STATE_NEED and not profile.needs:
        message = gettext("Ask %(name)s what it looks for: no public need was found.")
    return Markup(str(message)) % {"name": short_name(profile), "text": words}  # noqa: S704 - a message of ours


def question_worth(question: Question, match: Match) -> str:
    """What an answer would do to the confidence."""
    now, then = match.confidence, question.settled
    if question.gain <= 0:
        return gettext("It does not count for confidence.")
    values = {"now": decimal(now.value), "then": decimal(then.value)}
    if now.level is then.level:
        return gettext("A clear answer would raise confidence from %(now)s to %(then)s.", **values)
    return gettext(
        "A clear answer would raise confidence from %(now)s to %(then)s: %(level)s.", level=LEVELS[then.level], **values
    )


def change_sentence(change: Change) -> str:
    """What an added statement would do to fit and place."""
    before, after = points(change.before.fit), points(change.after.fit)
    if before == after:
        fit = gettext("Fit stays at %(after)s points.", after=after)
    elif change.points > 0:
        fit = gettext("Fit rises from %(before)s to %(after)s points.", before=before, after=after)
    else:
        fit = gettext(
            "Fit falls from %(before)s to %(after)s points: as wholes the profiles would be less alike.",
            before=before, after=after,
        )  # fmt: skip
    one, other = number(change.rank_before), number(change.rank_after)
    if one == other:
        return in_a_row(fit, gettext("It stays number %(rank)s.", rank=one))
    return in_a_row(fit, gettext("It moves from number %(before)s to number %(after)s.", before=one, after=other))
