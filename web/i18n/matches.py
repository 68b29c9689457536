"""The sentences that put an explanation into words."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext
from markupsafe import Markup

from matcher.explain import Coverage, Evidence, Explanation, Side
from matcher.match import Match, Relation
from matcher.profile import Profile, Statement
from web.i18n.formats import added_up, concepts, decimal, in_a_row, points, quoted, short_name, shorten, taxonomy

_Words = Callable[[Statement], str]


def reason(explanation: Explanation, seeker: Profile, partner: Profile) -> str:
    """Why these two, in one plain line."""
    return _reason(explanation, seeker, partner, _plain)


def reason_markup(explanation: Explanation, seeker: Profile, partner: Profile) -> Markup:
    """:func:`reason` with the language of quoted words marked."""
    return Markup("{}").format(_reason(explanation, seeker, partner, _marked))


def gains(explanation: Explanation, seeker: Profile, partner: Profile) -> tuple[str, str]:
    """What each side gains, the seeker first, in one line each."""
    one, other = (_gain(explanation, side, seeker, partner, _plain) for side in (Side.GETS, Side.GIVES))
    return one, other


def gains_markup(explanation: Explanation, seeker: Profile, partner: Profile) -> tuple[Markup, Markup]:
    """:func:`gains` with the language of quoted words marked."""
    lines = (_gain(explanation, side, seeker, partner, _marked) for side in (Side.GETS, Side.GIVES))
    one, other = map(Markup("{}").format, lines)
    return one, other


def rule(match: Match) -> str:
    """The rule that made one fit of what is gained, what is given and the common ground, with its numbers in points."""
    met, ground = map(decimal, added_up([100 * (match.fit - match.ground.value), 100 * match.ground.value]))
    common = gettext(
        "Common ground adds %(ground)s, so the fit is %(fit)s points.", ground=ground, fit=points(match.fit)
    )
    return in_a_row(_relation_rule(match, met), common)


def _relation_rule(match: Match, met: str) -> str:
    gets, gives = points(match.gets.value), points(match.gives.value)
    if match.relation is Relation.SUPPLY:
        sides = sorted(((match.gets_factor, gets), (match.gives_factor, gives)), reverse=True)
        (strong_factor, strong), (weak_factor, weak) = sides
        return gettext(
            "Supply or licensing rests on its stronger direction: "
            "%(strong_factor)s × %(strong)s + %(weak_factor)s × %(weak)s = %(met)s.",
            strong=strong, weak=weak, met=met, strong_factor=decimal(strong_factor), weak_factor=decimal(weak_factor),
        )  # fmt: skip
    if match.gets.value + match.gives.value == 0:
        return gettext("Neither side answers anything the other states: 0.")
    share = decimal(match.gets_factor + match.gives_factor)
    if match.relation is Relation.PEER:
        return gettext(
            "Peers share a mission as far as both do: %(share)s × the harmonic mean of both directions, "
            "%(share)s × 2 × %(gets)s × %(gives)s ÷ (%(gets)s + %(gives)s) = %(met)s.",
            share=share, gets=gets, gives=gives, met=met,
        )  # fmt: skip
    return gettext(
        "Co-development is as good as its weaker side: %(share)s × the harmonic mean of both directions, "
        "%(share)s × 2 × %(gets)s × %(gives)s ÷ (%(gets)s + %(gives)s) = %(met)s.",
        share=share, gets=gets, gives=gives, met=met,
    )  # fmt: skip


def wants_heading(wants: Profile, relation: Relation) -> str:
    """The heading over what one side asks for."""
    if relation is Relation.PEER:
        return gettext("What %(name)s does and seeks", name=short_name(wants))
    return gettext("What %(name)s needs", name=short_name(wants))


def offers_heading(has: Profile, relation: Relation) -> str:
    """The heading over what the other side answers with."""
    if relation is Relation.PEER:
        return gettext("What %(name)s does and seeks", name=short_name(has))
    return gettext("What %(name)s offers", name=short_name(has))


def _reason(explanation: Explanation, seeker: Profile, partner: Profile, quote: _Words) -> str:
    best = explanation.best
    if best is None:
        if explanation.common:
            return gettext("Both work on the same subject: %(words)s", words=concepts(explanation.common))
        return gettext("Nothing that one states answers what the other needs.")
    giver, taker = (partner, seeker) if best.side is Side.GETS else (seeker, partner)
    message = _template(best, explanation.match.relation)
    words = _words(best, quote)
    # A quotation is markup on a page; whatever stands around it must then be escaped too.
    template = Markup(message) if isinstance(words, Markup) else message  # noqa: S704 - a message of ours
    return template % {"giver": short_name(giver), "taker": short_name(taker), "words": words}


def _template(best: Evidence, relation: Relation) -> str:
    if relation is Relation.PEER:
        if best.shared:
            return gettext("Both work on the same subject: %(words)s")
        return gettext("%(giver)s pursues something similar: %(words)s")
    if best.coverage is Coverage.COVERED:
        if best.shared:
            return gettext("%(giver)s offers what %(taker)s needs: %(words)s")
        return gettext("%(giver)s can meet a need of %(taker)s: %(words)s")
    if best.shared:
        return gettext("%(giver)s offers part of what %(taker)s needs: %(words)s")
    return gettext("%(giver)s comes closest to a need of %(taker)s with: %(words)s")


def _words(evidence: Evidence, quote: _Words) -> str:
    known = taxonomy().concepts
    narrow = [n for n in evidence.shared if n not in known or known[n].broader is not None]
    if narrow:
        return concepts(narrow)
    quoted = quote(evidence.met_by)
    if not evidence.shared:
        return quoted
    # A whole field says too little of why these two.
    message = gettext("%(field)s – %(quote)s")
    template = Markup(message) if isinstance(quoted, Markup) else message  # noqa: S704 - a message of ours
    return template % {"field": concepts(evidence.shared, 1), "quote": quoted}


def _gain(explanation: Explanation, side: Side, seeker: Profile, partner: Profile, quote: _Words) -> str:
    taker, giver = (seeker, partner) if side is Side.GETS else (partner, seeker)
    names = {"taker": short_name(taker), "giver": short_name(giver)}
    if side in explanation.unknown:
        return gettext("%(taker)s: no public need found. Ask what it looks for.", **names)
    answered = [e for e in explanation.of(side) if e.coverage is not Coverage.MISSING]
    if any(g.side is side and g.coverage is Coverage.UNKNOWN for g in explanation.gaps):
        return gettext(
            "%(taker)s: not known, since %(giver)s states nothing that it can offer. Ask what it can do.", **names
        )
    if not answered:
        return gettext("%(taker)s: nothing found that %(giver)s could answer with.", **names)
    shared = dict.fromkeys(notation for e in answered for notation in e.shared)
    words = concepts(shared) if shared else quote(answered[0].met_by)
    message = gettext("%(taker)s gains: %(words)s")
    template = Markup(message) if isinstance(words, Markup) else message  # noqa: S704 - a message of ours
    return template % (names | {"words": words})


def _plain(statement: Statement) -> str:
    return gettext("“%(text)s”", text=shorten(statement))


def _marked(statement: Statement) -> str:
    return Markup(gettext("“%(text)s”")) % {"text": quoted(statement, 100)}  # noqa: S704 - a message of ours
