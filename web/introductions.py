"""A mail that introduces one organisation to another: a draft from what both have published, for a person to finish."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from flask_babel import force_locale, gettext

from matcher.explain import Coverage, Evidence, Explanation, Side
from matcher.match import Relation
from matcher.profile import Profile, Statement
from web import i18n

# The strongest reasons are read, the others are not.
_MOST_REASONS: Final = 3
_MOST_HOPES: Final = 2
# Mail programs cut longer addresses off without a word.
MAX_MAILTO: Final = 1900


class Check(StrEnum):
    """Why a statement must be looked at before the mail is sent."""

    SOURCE = "source"
    INFERRED = "inferred"
    PARTLY = "partly"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A statement that the draft relies on, and what to check about it."""

    party: Profile
    statement: Statement
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Introduction:
    """A draft in one language."""

    lang: str
    subject: str
    body: str
    to_check: tuple[ToCheck, ...]


def mailto(subject: str, body: str) -> str:
    r"""An address that opens a mail program, without the body where that is too long for one.

    >>> mailto("A & B", "One\nTwo")
    'mailto:?subject=A%20%26%20B&body=One%0D%0ATwo'
    """
    lines = body.replace("\r\n", "\n").replace("\n", "\r\n")
    address = f"mailto:?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"
    return address if len(address) <= MAX_MAILTO else address.partition("&")[0]


def is_whole(subject: str, body: str) -> bool:
    """Whether a mail link can carry the text."""
    return "&body=" in mailto(subject, body)


def unsettled(body: str, lang: str) -> int:
    """How many places of a text still say that something is to be checked or filled in."""
    with force_locale(i18n.LOCALES[lang]):
        opening = gettext("[to check: %(what)s]", what="\0").partition("\0")[0]
    return body.count(opening.rstrip())


def introduce(explanation: Explanation, seeker: Profile, partner: Profile, *, to: Side, lang: str) -> Introduction:
    """A draft to the partner (``Side.GIVES``, whose wants the seeker meets) or to the seeker (``Side.GETS``)."""
    reader, sender = (partner, seeker) if to is Side.GIVES else (seeker, partner)
    back = Side.GETS if to is Side.GIVES else Side.GIVES
    theirs, ours = _reasons(explanation, to), _reasons(explanation, back)[:_MOST_HOPES]
    with force_locale(i18n.LOCALES[lang]):
        return Introduction(
            lang,
            _subject(explanation, reader, sender, theirs or ours),
            "\n\n".join(_body(explanation, reader, sender, theirs, ours)),
            tuple(_to_check(reader, sender, theirs, ours, lang)),
        )


def _reasons(explanation: Explanation, side: Side) -> tuple[Evidence, ...]:
    return tuple(e for e in explanation.of(side) if e.coverage is not Coverage.MISSING)[:_MOST_REASONS]


def _subject(explanation: Explanation, reader: Profile, sender: Profile, reasons: Iterable[Evidence]) -> str:
    names = {"sender": i18n.short_name(sender), "reader": i18n.short_name(reader)}
    subjects = dict.fromkeys(n for e in reasons for n in e.shared) or dict.fromkeys(explanation.common)
    if not subjects:
        return gettext("%(sender)s would like to get to know %(reader)s", **names)
    return gettext("%(sender)s and %(reader)s: %(subjects)s", subjects=i18n.concepts(subjects, 2), **names)


def _body(
    explanation: Explanation, reader: Profile, sender: Profile, theirs: tuple[Evidence, ...], ours: tuple[Evidence, ...]
) -> Iterable[str]:
    names = {"reader": i18n.short_name(reader), "sender": i18n.short_name(sender)}
    yield gettext("To the team at %(reader)s,", reader=reader.name(i18n.language()))
    yield _presented(sender)
    if theirs:
        yield gettext("Why this may be worth your time:")
        yield "\n\n".join(_reason(e, reader, sender, explanation.match.relation) for e in theirs)
    else:
        yield gettext(
            "We have found no public statement of what %(reader)s looks for, and would be glad to hear it.", **names
        )
        yield _mark(gettext("name what %(reader)s could gain, or leave this paragraph out", **names))
        yield gettext("What %(sender)s does:", **names)
        yield "\n".join(gettext("- %(text)s", text=_noted(s)) for s in _offers(sender))
    if ours:
        yield gettext("What %(sender)s hopes to find with you:", **names)
        yield "\n\n".join(_hope(e, reader) for e in ours)
    yield _proposal(explanation.match.relation)
    call = gettext("Would a first call of 30 minutes suit you?")
    yield _marked(call, _mark(gettext("propose two dates, in both time zones")))
    yield gettext("Kind regards,\n[your name, organisation and telephone number]")


def _presented(sender: Profile) -> str:
    if sender.is_anonymous:
        return gettext(
            "I would like to introduce an organisation to you whose name I give once both sides want it "
            "(%(kind)s, %(country)s).",
            kind=i18n.KINDS[sender.kind], country=i18n.COUNTRIES[sender.country],
        )  # fmt: skip
    return gettext(
        "I would like to introduce %(sender)s (%(kind)s, %(place)s, %(country)s) to you: %(website)s",
        sender=sender.name(i18n.language()), kind=i18n.KINDS[sender.kind], place=i18n.place(sender),
        country=i18n.COUNTRIES[sender.country], website=sender.website,
    )  # fmt: skip


def _offers(sender: Profile) -> tuple[Statement, ...]:
    """What to say of the sender where no want of the reader is known."""
    return sender.capabilities[:2]


def _reason(evidence: Evidence, reader: Profile, sender: Profile, relation: Relation) -> str:
    names = {"reader": i18n.short_name(reader), "sender": i18n.short_name(sender)}
    texts = {"wanted": _noted(evidence.wanted), "met_by": _noted(evidence.met_by)}
    if relation is Relation.PEER:
        text = gettext(
            "- Your work, as we read it: %(wanted)s\n  Close to it at %(sender)s: %(met_by)s", **names, **texts
        )
    else:
        text = gettext("- Your need, as we read it: %(wanted)s\n  What %(sender)s offers: %(met_by)s", **names, **texts)
    return _with_marks(text, evidence)


def _hope(evidence: Evidence, reader: Profile) -> str:
    texts = {"wanted": _noted(evidence.wanted), "met_by": _noted(evidence.met_by)}
    text = gettext(
        "- Its need: %(wanted)s\n  What brought us to %(reader)s: %(met_by)s",
        reader=i18n.short_name(reader), **texts,
    )  # fmt: skip
    return _with_marks(text, evidence)


def _noted(statement: Statement) -> str:
    """A statement: our note of a source, no quotation. In another language it is marked for the writer to translate."""
    if i18n.words_language(statement) == i18n.language():
        return i18n.words(statement)
    return _marked(statement.text, _mark(gettext("translate from %(language)s", language=_language(statement.lang))))


def _marked(text: str, mark: str) -> str:
    return gettext("%(text)s %(mark)s", text=text, mark=mark)


def _mark(what: str) -> str:
    return gettext("[to check: %(what)s]", what=what)


def _with_marks(text: str, evidence: Evidence) -> str:
    # Each language indents in its own way: Japanese by a full-width space, as in the lines above.
    return "\n".join([text, *(gettext("  %(text)s", text=mark) for mark in _marks(evidence))])


def _marks(evidence: Evidence) -> Iterable[str]:
    """What stands under a pair of statements: their subject in the language of the mail, and what to check."""
    if evidence.shared:
        yield gettext("Subject: %(subjects)s", subjects=i18n.concepts(evidence.shared))
    if evidence.wanted.is_inferred:
        yield _mark(gettext("derived from published plans, not asked for in so many words"))
    if evidence.coverage is Coverage.PARTLY:
        yield _mark(gettext("covers only part of it"))


def _proposal(relation: Relation) -> str:
    if relation is Relation.CO_DEVELOPMENT:
        return gettext(
            "We could imagine developing something together, in which each side brings what the other lacks."
        )
    if relation is Relation.SUPPLY:
        return gettext("We could imagine supply or a licence, perhaps after a small trial.")
    return gettext("We could imagine an exchange between peers, and joint work where both find it useful.")


def _language(lang: str) -> str:
    return str(i18n.LANGUAGE_NAMES[lang])


def _to_check(
    reader: Profile, sender: Profile, theirs: tuple[Evidence, ...], ours: tuple[Evidence, ...], lang: str
) -> Iterable[ToCheck]:
    offers = () if theirs else _offers(sender)
    used = {
        f"{sender.id}/{s.id}": ToCheck(sender, s, (Check.SOURCE, *((Check.LANGUAGE,) if s.lang != lang else ())))
        for s in offers
    }
    for wants, has, reasons in ((reader, sender, theirs), (sender, reader, ours)):
        for e in reasons:
            partly = (Check.PARTLY,) if e.coverage is Coverage.PARTLY else ()
            for party, statement, more in ((wants, e.wanted, ()), (has, e.met_by, partly)):
                checks = [Check.SOURCE, *([Check.INFERRED] if statement.is_inferred else []), *more]
                checks += [Check.LANGUAGE] if statement.lang != lang else []
                known = used.get(f"{party.id}/{statement.id}")
                every = dict.fromkeys((*(known.checks if known else ()), *checks))
                used[f"{party.id}/{statement.id}"] = ToCheck(party, statement, tuple(every))
    return used.values()
