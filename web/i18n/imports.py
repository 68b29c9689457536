"""Imports in words: why a file is refused, what is wrong with a cell and what to do, what a column holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.profile import LANGUAGES
from web.i18n.formats import concept, listed, number, taxonomy
from web.i18n.labels import COOPERATIONS, COUNTRIES, KINDS, SIZES

# The codes of web.imports.draft, which tests compare.
ROW_STATES: Final[Mapping[str, Any]] = {
    "new": pgettext("row", "new"),
    "changed": pgettext("row", "changes something"),
    "unchanged": pgettext("row", "nothing new"),
    "kept": pgettext("row", "kept by its organisation"),
    "undecided": pgettext("row", "known already?"),
    "faulty": pgettext("row", "to be mended"),
}
BASES: Final[Mapping[str, Any]] = {
    "id": _("recognised by its id"),
    "identifier": _("recognised by an identifier"),
    "name": _("recognised by its name"),
    "choice": _("as you chose"),
}
# Those of matcher.duplicates.
LIKENESSES: Final[Mapping[str, Any]] = {
    "same_identifier": _("same identifier"),
    "same_name": _("same name"),
    "same_name_other_legal_form": _("same name, other legal form"),
    "same_name_other_script": _("same name in another script"),
    "same_words": _("same words in the name"),
    "near_name": _("nearly the same name"),
    "acronym": _("same acronym"),
    "same_website": _("same website"),
}

_REFUSALS: Final[Mapping[str, Any]] = {
    "none": _("Choose a file first."),
    "empty": _("The file is empty."),
    "no_rows": _("The file has headings, but no row under them."),
    "too_large": _("The file is larger than %(most)s megabytes. Divide it into several."),
    "too_many_rows": _("The file has more than %(most)s rows. Divide it into several."),
    "too_many_columns": _("The file has more than %(most)s columns. Take out those that are not needed."),
    "too_slow": _("Reading the file took too long. Divide it into several."),
    "old_excel": _(
        "This is an old or a protected Excel file. Open it in Excel, and save it as .xlsx without a password."
    ),
    "broken_excel": _(
        "This file cannot be read as a spreadsheet. Open it in Excel and save it again as .xlsx, or as CSV."
    ),
    "unpacks_too_large": _(
        "The spreadsheet unpacks to more than %(most)s megabytes. Save only the rows and columns that are "
        "needed."
    ),
    "too_many_merged": _("The sheet has more than %(most)s merged ranges. Unmerge the cells, and fill each of them."),
    "no_text": _("This is no text file. Send a spreadsheet as .xlsx or .csv, or JSON Lines."),
    "wrong_encoding": _("The file is not written in that encoding. Choose another one."),
    "bad_quotes": _(
        "From row %(row)s on, a quotation mark is not closed, or stands within a cell. Save the file again as CSV "
        "from the spreadsheet."
    ),
    "twice": _("More than one column means the same: %(headings)s. Keep one of each."),
    "no_header": _(
        "No row of headings was found. The file starts with “%(first)s”. Put the headings of the template in "
        "the first row."
    ),
}  # fmt: skip

_CHOICES: Final[Mapping[str, Callable[[], list[str]]]] = {
    "country": lambda: [str(label) for label in COUNTRIES.values()],
    "kind": lambda: [str(label) for label in KINDS.values()],
    "size": lambda: [str(label) for label in SIZES.values()],
    "cooperation": lambda: [str(label) for label in COOPERATIONS.values()],
    "fields": lambda: [concept(notation) for notation in taxonomy().fields],
}

# What is wrong with a value: by field and code, and by code alone. Forms say most of it alike (web.i18n.editing).
FAULTS: Final[Mapping[tuple[str, str], Any]] = {
    ("", "required"): _("Fill in this cell."),
    ("", "choice"): _("“%(value)s” is not known here."),
    ("", "format"): _("“%(value)s” is not written as it should be."),
    ("", "address"): _("“%(value)s” is no web address. Write it in full, as in https://www.example.com/."),
    ("", "date"): _("“%(value)s” is no date that can be understood. Write it as 2026-01-31."),
    ("", "type"): _("“%(value)s” is not of the right kind."),
    ("", "range"): _("“%(value)s” is outside the limits (%(detail)s)."),
    ("", "unknown"): _("This does not belong here."),
    ("", "duplicate"): _("This stands there twice."),
    ("", "repeated"): _("Row %(detail)s is about the same organisation. Put both into one row."),
    ("", "taken"): _("The id “%(value)s” belongs to a programme. Choose another one."),
    ("", "example"): _("This is the example of the template. Delete the row."),
    ("", "json"): _("This line is not valid JSON."),
    ("", "object"): _("This line is no JSON object."),
    ("", "merged"): _(
        "The cells %(detail)s are merged, and only the first holds a value. Unmerge them, and fill each."
    ),
    ("", "formula"): _("The formula %(detail)s has no stored result. Replace it by its value."),
    ("", "error_value"): _("The cell shows the error %(detail)s. Put the value in its place."),
    ("", "beyond"): _("“%(detail)s” stands beyond the last heading. A cell may have slipped, or a heading is missing."),
    ("", "too_long"): _("The text has %(detail)s characters, more than a cell may have."),
    ("id", "required"): _(
        "The name has no Latin letter that an id could be made of. Write the English name in Latin letters, "
        "or give an id."
    ),
    ("id", "format"): _("The id “%(value)s” may have small letters, digits and hyphens only, as in example-robotics."),
    ("name_en", "required"): _("Give the English name; where there is no official one, the name in Latin letters."),
    ("city_en", "required"): _("Give the city in Latin letters."),
    ("subdivision", "format"): _(
        "“%(value)s” is no prefecture, province or territory of that country. Write its name or its code, as "
        "in Quebec or CA-QC."
    ),
    ("founded", "type"): _("“%(value)s” is no year. Write four digits."),
    ("fields", "range"): _("Give one to three fields."),
    ("statement", "length"): _(
        "The text has %(have)s characters; there must be %(least)s to %(most)s. Say one thing in one sentence."
    ),
    ("statement", "format"): _("There are too many statements of this sort: 99 at most."),
    ("trl", "type"): _("“%(value)s” is no technology readiness level. Write a whole number from 1 to 9."),
    ("inferred", "type"): _("Write yes or no instead of “%(value)s”."),
    ("inferred", "unknown"): _("Only a need can be derived from plans; a capability has to be stated."),
    ("ror", "format"): _("“%(value)s” is no ROR identifier, as in https://ror.org/012345678."),
    ("wikidata", "format"): _("“%(value)s” is no Wikidata identifier, as in Q1234."),
    ("corporate_number", "format"): _("“%(value)s” is no Japanese corporate number: it has 13 digits."),
    ("lei", "format"): _("“%(value)s” is no LEI: it has 20 letters and digits."),
    ("business_number", "format"): _("“%(value)s” is no Canadian business number: it has 9 digits."),
}  # fmt: skip

# On the command line, where nobody can tick a box.
DECIDE: Final = _("Where it is one of these, give its id in the column of ids; else give a new id.")

# What belongs in a column: for the sheet that explains the template.
COLUMN_NOTES: Final[Mapping[str, Any]] = {
    "id": _(
        "May stay blank: it is then made of the English name. Give it to change an organisation that is known "
        "here."
    ),
    "name_en": _("The official English name; where there is none, the name in Latin letters."),
    "name_fr": _("The official French name, where there is one."),
    "name_ja": _("The official Japanese name, where there is one."),
    "aliases": _("Short forms, acronyms and former names, with a semicolon between them."),
    "country": _("Where its head office or its seat is."),
    "kind": _("What sort of organisation it is."),
    "subdivision": _("Name or ISO 3166-2 code, as in Quebec or CA-QC."),
    "city_en": _("In Latin letters."),
    "city_fr": _("Only where French has another name for the city."),
    "city_ja": _("In Japanese."),
    "website": _("The address of its own site."),
    "founded": _("The year, in four digits."),
    "size": _("By the people it employs: in words, or their number."),
    "ror": _("Its identifier in the Research Organization Registry."),
    "wikidata": _("As in Q1234."),
    "corporate_number": _("13 digits."),
    "lei": _("20 letters and digits."),
    "business_number": _("9 digits."),
    "fields": _("One to three, with a semicolon between them."),
    "source": _(
        "The web address of the page that says all this. It applies to every statement of the row that has no "
        "source of its own."
    ),
    "read_on": _("The day on which that page was read, as 2026-01-31."),
    "capability": _(
        "What it makes, knows, owns or runs: one thing in one sentence, in English, French or Japanese. Add "
        "more columns with higher numbers as needed."
    ),
    "need": _(
        "What it lacks, seeks or has announced that it wants: one thing in one sentence. Add more columns "
        "with higher numbers as needed."
    ),
    "own_source": _("Only where this statement stands on another page."),
    "own_read_on": _("Only where that page was read on another day."),
    "own_trl": _("Its technology readiness level, from 1 to 9, where the page says so."),
    "own_cooperation": _("What is offered or sought, with a semicolon between them, as in supply; joint research."),
    "own_inferred": _("Yes, where a need is not asked for in so many words but follows from a published plan."),
}  # fmt: skip


def refusal_words(code: str, values: Mapping[str, object]) -> str:
    """Why a file cannot be read, and what to do."""
    shown = {name: number(value) if isinstance(value, int) else value for name, value in values.items()}
    return str(_REFUSALS[code]) % shown if shown else str(_REFUSALS[code])


def fault_words(key: str, code: str, detail: str, value: str) -> str:
    """What is wrong with a cell, and what to do; ``key`` is the field."""
    text = fault_sentence(FAULTS, key, code, detail, value)
    if code == "choice" and key in _CHOICES:
        return gettext("%(sentence)s One of: %(choices)s.", sentence=text, choices=in_a_list(_CHOICES[key]()))
    return text


def fault_sentence(faults: Mapping[tuple[str, str], Any], key: str, code: str, detail: str, value: str) -> str:
    """The sentence for a fault of a field, or of any field, with its values in it."""
    sentence = faults.get((key, code)) or faults.get(("", code)) or faults["", "format"]
    shown = (value if len(value) <= 80 else value[:79] + "…") or detail
    # The library's detail of a length: "6, expected 20–400".
    have, least, most = (*re.findall("[0-9]+", detail), "", "", "")[:3]
    return str(sentence) % {"value": shown, "detail": detail, "have": have, "least": least, "most": most}


def in_a_list(texts: Iterable[str]) -> str:
    """Texts that may hold commas, one after the other."""
    return str(_("; ")).join(texts)


def cell_words(key: str, text: str) -> str:
    """A stored value as the reader would write it: codes in words, lists with a semicolon."""
    labels: Mapping[str, Mapping[Any, Any]] = {
        "country": COUNTRIES, "kind": KINDS, "size": SIZES, "cooperation": COOPERATIONS,
    }  # fmt: skip
    if not text:
        return ""
    if key == "fields":
        return in_a_list(concept(part) for part in text.split("; "))
    if key in labels:
        return in_a_list(str(labels[key].get(part, part)) for part in text.split("; "))
    if key == "inferred":
        return gettext("yes") if text == "True" else gettext("no")
    return text


def likeness_words(reasons: tuple[str, ...]) -> str:
    """Why two organisations may be one."""
    return listed([str(LIKENESSES.get(str(reason), reason)) for reason in reasons], "unit")


def cell_language(key: str) -> str:
    """The language that a field's text is in, where its name says so."""
    lang = key.rpartition("_")[2]
    return lang if lang in LANGUAGES else ""
