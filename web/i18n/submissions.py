"""Profiles in their organisations' own hands, in words: where they stand, what is wrong, what would help.

The codes are those of web.store.submissions, web.store.showings and matcher.advice, which tests compare.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.advice import Advice, Aim, Assessment, Grade
from matcher.document import TEXT_LENGTHS, Fault
from web.i18n.formats import listed, number

SUBMISSION_STATUSES: Final[Mapping[str, Any]] = {
    "draft": pgettext("submission", "not sent yet"),
    "submitted": pgettext("submission", "with the reviewers"),
    "returned": pgettext("submission", "returned with comments"),
    "published": pgettext("submission", "published"),
}
LISTING_STATUSES: Final[Mapping[str, Any]] = {
    "published": pgettext("listing", "listed"),
    "expired": pgettext("listing", "expired"),
    "withdrawn": pgettext("listing", "withdrawn"),
}
OBJECTIONS: Final[Mapping[str, Any]] = {
    "source_missing": _("A source is missing: name the page that says so."),
    "source_differs": _("The source says something else."),
    "unclear": _("Not clear: say what it is and for whom."),
    "too_general": _("Too general: say what exactly, and what it is for."),
    "no_need": _("What you look for is missing."),
    "personal_data": _("It names a person or holds an address or telephone number."),
    "names_partner": _("It names another organisation. Say what you do yourselves."),
    "duplicate": _("This organisation is listed already."),
    "not_entitled": _("It is not clear that you may speak for this organisation."),
    "wrong_language": _("The text is not in the language that it is marked with."),
    "other": _("Another reason, as written below."),
}
GRADES: Final[Mapping[Grade, Any]] = {
    Grade.THIN: pgettext("profile", "thin"),
    Grade.FAIR: pgettext("profile", "fair"),
    Grade.GOOD: pgettext("profile", "good"),
    Grade.RICH: pgettext("profile", "rich"),
}
SHOWING_KINDS: Final[Mapping[str, Any]] = {
    "page": _("On its own page"),
    "list": _("In a list"),
    "match": _("In a match"),
}
# What happened, by the action in the log; what is not here is nothing that an owner needs to know.
EVENTS: Final[Mapping[str, Any]] = {
    "submission.create": _("Begun"),
    "submission.submit": _("Sent to the reviewers"),
    "submission.take_back": _("Taken back"),
    "submission.return": _("Returned with comments"),
    "submission.publish": _("Published"),
    "organisation.create": _("First put into Kakehashi"),
    "organisation.update": pgettext("event", "Changed"),
    "organisation.published": _("Listed for another year"),
    "organisation.withdrawn": _("Withdrawn"),
    "organisation.expired": _("Expired"),
}
STEPS: Final[Mapping[str, Any]] = {
    "about": _("Who you are"),
    "offer": _("What you can offer"),
    "need": _("What you look for"),
    "check": _("Check"),
    "send": _("Send"),
}
# Fields of the form by their names; a reviewer's comment and a fault point at them.
FIELDS: Final[Mapping[str, Any]] = {
    "name_en": _("Name in English"),
    "name_fr": _("Name in French, if it has one"),
    "name_ja": _("Name in Japanese, if it has one"),
    "country": _("Country"),
    "kind": _("What it is"),
    "subdivision": _("Prefecture or province"),
    "city_en": _("City, in English"),
    "city_fr": _("City in French, if it has another name"),
    "city_ja": _("City in Japanese"),
    "website": _("Website"),
    "fields": _("Fields"),
    "size": _("How many people work there"),
    "founded": _("Founded in the year"),
    "source": _("Page that says who you are"),
    "contact_name": _("Whom to introduce"),
    "contact_email": _("Their mail address"),
    "evidence": _("Why you may speak for it"),
    "statements": _("Statements"),
}

_ADVICE: Final[Mapping[Aim, Any]] = {
    Aim.NO_CONTACT: _("Take out addresses, telephone numbers and links: partners reach you through Kakehashi."),
    Aim.NO_PERSON: _("Take out the names of persons."),
    Aim.ADD_CAPABILITY: _("Say more of what you can offer: three statements, one thing each."),
    Aim.ADD_NEED: _("Say what you look for: two statements. Most matches start from a need."),
    Aim.SAY_MORE: _("Write a whole sentence: what it is, for whom, what is special."),
    Aim.BE_SPECIFIC: _("Be specific: name the material, the method, the product or the figure."),
    Aim.NAME_SUBJECT: _("Name the subject in usual words: none was recognised here."),
    Aim.TELL_PROOF: _("Say what you have tested or sold, with whom and where."),
    Aim.GIVE_TRL: _("Give the technology readiness of at least one thing you offer."),
    Aim.NAME_COOPERATION: _("Tick the forms of cooperation that you are open to."),
    Aim.GIVE_SOURCE: _("Name the page that says so, or your website."),
    Aim.READ_AGAIN: _("Look at the page again: it was read more than a year ago."),
    Aim.SECOND_LANGUAGE: _("Say at least one thing in a second language: readers trust their own."),
}
_FAULTS: Final[Mapping[tuple[str, str], Any]] = {
    ("", "required"): _("Fill this in."),
    ("", "choice"): _("Choose one of the values offered."),
    ("", "format"): _("This is not written as it should be."),
    ("", "address"): _("This is not a web address: it starts with https://"),
    ("", "date"): _("Write the day as 2026-01-31."),
    ("", "type"): _("This is not of the right kind."),
    ("", "range"): _("This is outside the limits (%(detail)s)."),
    ("name_en", "required"): _("Enter the name in English, or in Latin letters."),
    ("country", "required"): _("Choose the country."),
    ("kind", "required"): _("Choose what it is."),
    ("subdivision", "required"): _("Choose the prefecture or province."),
    ("subdivision", "format"): _("This is not in the country chosen."),
    ("city_en", "required"): _("Enter the city."),
    ("website", "required"): _("Enter the address of your website."),
    ("fields", "required"): _("Choose one to three fields."),
    ("fields", "range"): _("Choose one to three fields."),
    ("founded", "type"): _("Write the year in four digits."),
    ("contact_email", "format"): _("This is not a mail address: it needs the form name@example.org."),
    ("contact_name", "required"): _("Enter a person or a desk that partners are introduced to."),
    ("contact_email", "required"): _("Enter the mail address for introductions."),
    ("evidence", "required"): _("Say in a sentence why you may speak for this organisation."),
    ("statements", "required"): _("Say at least one thing that you can offer or look for."),
    ("text", "contact"): _("Take out addresses, telephone numbers and links."),
    ("text", "person"): _("Take out the name of the person."),
    ("", "too_long"): _("Too long: at most %(detail)s characters are kept."),
}


def profile_fault(field: str, fault: Fault) -> str:
    """What is wrong with a field of the form, and what to do."""
    if fault.code == "length":
        least, most = TEXT_LENGTHS.get(fault.detail, TEXT_LENGTHS["en"])
        return gettext("Write %(least)s to %(most)s characters.", least=number(least), most=number(most))
    words = _FAULTS.get((field, fault.code)) or _FAULTS.get(("", fault.code)) or _FAULTS["", "format"]
    return str(words) % {"detail": fault.detail}


def advice_words(advice: Advice) -> str:
    """What to do next, in one sentence."""
    return str(_ADVICE[advice.aim])


def grade_outlook(assessment: Assessment) -> str:
    """What the next grade takes."""
    if assessment.next_grade is None:
        return gettext("Readers and the matcher have all they need.")
    grade = GRADES[assessment.next_grade]
    if assessment.advice[0].gain >= assessment.needed:
        return gettext("The first point below makes it %(grade)s.", grade=grade)
    return gettext("The points below make it %(grade)s, the first ones most.", grade=grade)


def place_words(place: str, document: Mapping[str, Any]) -> str:
    """What a comment or an advice is about: a field by its name, a statement by its first words."""
    if place in FIELDS:
        return str(FIELDS[place])
    for statement in document.get("statements", ()):
        if isinstance(statement, dict) and statement.get("id") == place and statement.get("text"):
            return gettext("“%(text)s”", text=textwrap.shorten(str(statement["text"])[:200], 80, placeholder="…"))
    return place or gettext("The profile as a whole")


def places_words(places: Sequence[str], document: Mapping[str, Any]) -> str:
    """Several of them in a row."""
    return listed([place_words(place, document) for place in places], "unit")


def days_ahead(days: int) -> str:
    """How long a listing still lasts."""
    return ngettext("%(days)s day left", "%(days)s days left", days, days=number(days))
