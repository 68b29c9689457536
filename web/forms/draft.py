"""A profile drafted from text: what is sent to draft from, which proposals were accepted, and whose profile it is.

Everything is in the form and goes with it: nothing is stored between two requests. The wizard of an organisation uses
the same functions.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from matcher.document import TEXT_LENGTHS, InvalidDocument, parse_profile, profile_document
from matcher.draft import MOST_PROPOSALS, Draft
from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Profile, Role
from matcher.sentences import Found, fault_of
from matcher.text import fold, guess_language
from web.exports.tables import cell
from web.forms.desk import line, lines
from web.i18n import COUNTRIES, KINDS, concept, language, subdivision, subdivisions, taxonomy
from web.i18n.draft import FAULTS, PROBLEMS
from web.imports.columns import Column, heading, known_columns
from web.uploads import MOST_TEXT, Read, Unreadable, read

_MAX_NAME: Final = 200
_MAX_ADDRESS: Final = 500
# As sent back with each proposal; the longest piece of matcher.sentences.
_MAX_SENTENCE: Final = 2000


class TextForm(FlaskForm):
    """A text, pasted or as a file; the file is taken where there are both."""

    text = TextAreaField(
        _("Text"), filters=[lines],
        description=_("A page about the organisation, a brochure or a call, in English, French or Japanese."),
    )  # fmt: skip
    file = FileField(_("Or a file"), description=_("Text, Word (.docx) or PDF; at most 4 megabytes and 40 pages."))

    found: Read | None = None

    def validate_file(self, field: FileField) -> None:
        """Reads the file; says why where it cannot be read."""
        sent = field.data
        if not isinstance(sent, FileStorage) or not sent.filename:
            return
        try:
            self.found = read(sent.read())
        except Unreadable as error:
            raise ValidationError(PROBLEMS[error.problem.value]) from error

    def validate_text(self, field: TextAreaField) -> None:
        """There must be one of the two."""
        has_file = isinstance(self.file.data, FileStorage) and bool(self.file.data.filename)
        if not has_file and not field.data:
            raise ValidationError(_("Paste a text or choose a file."))

    @property
    def given(self) -> Read:
        """The text of a valid form, in which a person's line breaks are kept."""
        text: str = self.text.data or ""
        return self.found or Read(text[:MOST_TEXT], len(text) > MOST_TEXT)


# --- the proposals ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A proposal on the form: the sentence it comes from, and what is made of it; without a role it is left out."""

    sentence: str
    text: str
    role: Role | None
    lang: str
    cooperation: tuple[Cooperation, ...] = ()
    certainty: str = ""

    @property
    def concepts(self) -> tuple[str, ...]:
        """The shared concepts that the text names."""
        return taxonomy().tag(self.text)

    @property
    def fault(self) -> str:
        """What is wrong with an accepted text: a key of :data:`web.i18n.draft.FAULTS`, empty where nothing is."""
        if self.role is None:
            return ""
        least, most = TEXT_LENGTHS[self.lang]
        if not least <= len(self.text) <= most:
            return "length"
        found = fault_of(self.text)
        return found.value if found in {Found.CONTACT, Found.PERSON} else ""

    @property
    def fault_text(self) -> str:
        return str(FAULTS[self.fault]) if self.fault else ""


def entries_of(draft: Draft) -> tuple[Entry, ...]:
    """The proposals as they are first shown: what is unsure waits for a person to take it in."""
    return tuple(
        Entry(p.sentence, p.text, None if p.certainty == "low" else p.role, p.lang, p.cooperation, p.certainty.value)
        for p in draft.proposals
    )


def read_entries(form: MultiDict[str, str]) -> tuple[Entry, ...]:
    """The proposals as they were sent back; what is not a choice is none."""
    return tuple(_entry(form, i) for i in range(MOST_PROPOSALS) if f"text-{i}" in form)


def _entry(form: MultiDict[str, str], i: int) -> Entry:
    text, role, lang = line(form.get(f"text-{i}")), form.get(f"role-{i}", ""), form.get(f"lang-{i}", "")
    certainty = form.get(f"certainty-{i}", "")
    return Entry(
        sentence=line(form.get(f"sentence-{i}"))[:_MAX_SENTENCE],
        text=text,
        role=Role(role) if role in tuple(Role) else None,
        lang=lang if lang in LANGUAGES else guess_language(text),
        cooperation=tuple(c for c in Cooperation if c.value in form.getlist(f"cooperation-{i}")),
        certainty=certainty if certainty in {"high", "medium", "low"} else "",
    )


# --- the organisation -------------------------------------------------------------------------------------------------


def _name(label: Any, *validators: Any, **more: Any) -> StringField:
    too_long = Length(max=_MAX_NAME, message=_("Too long: at most %(most)s characters.", most=_MAX_NAME))
    return StringField(label, [*validators, too_long], filters=[line], **more)


def _address(label: Any, **more: Any) -> StringField:
    given = InputRequired(_("Enter a web address: it starts with https://"))
    return StringField(label, [given, Length(max=_MAX_ADDRESS)], filters=[line], **more)


def offer_choices(country: SelectField, kind: SelectField, region: SelectField) -> None:
    """Fills the lists of where and what an organisation is; none is chosen."""
    blank = SelectChoice("", _("choose"))
    country.choices = [blank, *(SelectChoice(c.value, COUNTRIES[c]) for c in Country)]
    kind.choices = [blank, *(SelectChoice(k.value, KINDS[k]) for k in Kind)]
    region.choices = [blank, *(SelectChoice(code, subdivision(code)) for code in subdivisions())]


class OrganisationForm(FlaskForm):
    """Whose profile it is: what a document needs beside its statements."""

    name_en = _name(_("Name in English"), InputRequired(_("Enter the name in English.")))
    name_fr = _name(_("Name in French, if it has one"), Optional())
    name_ja = _name(_("Name in Japanese, if it has one"), Optional())
    country = SelectField(_("Country"), [InputRequired(_("Choose the country."))])
    kind = SelectField(_("What it is"), [InputRequired(_("Choose what it is."))])
    subdivision = SelectField(_("Prefecture or province"), [InputRequired(_("Choose the prefecture or province."))])
    city = _name(_("City, in English"), InputRequired(_("Enter the city.")))
    website = _address(_("Website"))
    source = _address(_("Where the text is from"), description=_("The address of the page; it becomes the source."))
    fields = SelectMultipleField(_("Fields"), description=_("One to three."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self.country, self.kind, self.subdivision)
        self.fields.choices = [SelectChoice(field, concept(field)) for field in taxonomy().fields]

    def validate_subdivision(self, field: SelectField) -> None:
        """A province is in Canada, a prefecture in Japan."""
        if field.data and self.country.data and not field.data.startswith(self.country.data):
            raise ValidationError(_("This is not in the country chosen."))

    def validate_fields(self, field: SelectMultipleField) -> None:
        if not 1 <= len(field.data or ()) <= 3:
            raise ValidationError(_("Choose one to three fields."))


def organisation_form(draft: Draft) -> OrganisationForm:
    """The form with what the text lets guess."""
    return OrganisationForm(formdata=None, data={"kind": draft.kind or "", "fields": list(draft.fields)})


def make_profile(form: OrganisationForm, entries: Sequence[Entry], today: date) -> Profile | None:
    """The profile of a valid form; None where something is wrong, which the form or an entry then says."""
    is_valid = form.validate_on_submit()
    accepted = [entry for entry in entries if entry.role]
    if not accepted:
        form.form_errors.append(gettext("Accept at least one proposal."))
    if not is_valid or not accepted or any(entry.fault for entry in entries):
        return None
    try:
        return parse_profile(_document(form, accepted, today), fields=taxonomy().fields, complete=False)
    except InvalidDocument as error:
        _tell(form, error)
        return None


def _document(form: OrganisationForm, accepted: Sequence[Entry], today: date) -> dict[str, Any]:
    source = {"source": form.source.data, "read_on": today.isoformat()}
    names = {"en": form.name_en.data, "fr": form.name_fr.data, "ja": form.name_ja.data}
    return {
        "id": make_id(form.name_en.data),
        "country": form.country.data,
        "kind": form.kind.data,
        "names": {lang: name for lang, name in names.items() if name},
        "subdivision": form.subdivision.data,
        "city": {"en": form.city.data},
        "website": form.website.data,
        "fields": form.fields.data,
        **source,
        "statements": list(_statements(accepted, source)),
    }


def _statements(accepted: Iterable[Entry], source: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    counts = dict.fromkeys(Role, 0)
    for entry in sorted(accepted, key=lambda e: e.role is Role.NEED):
        assert entry.role is not None  # noqa: S101 - only these are accepted
        counts[entry.role] += 1
        statement_id = f"{entry.role.value[0]}{counts[entry.role]}"
        named = {"cooperation": [c.value for c in entry.cooperation]} if entry.cooperation else {}
        yield {"id": statement_id, "role": entry.role.value, "lang": entry.lang, "text": entry.text, **named, **source}


def _tell(form: OrganisationForm, error: InvalidDocument) -> None:
    """Puts what the document's format refuses beside its field."""
    for fault in error.faults:
        name = str(fault.path[0]) if fault.path else ""
        field = next((one for one in form if one.name == name), None)
        if field is not None and fault.code == "address":
            field.errors = [*field.errors, gettext("This is not a web address: it starts with https://")]
        elif name != "statements" or not form.form_errors:
            form.form_errors.append(gettext("This does not make a profile: %(fault)s", fault=str(fault.field)))


def make_id(name: str) -> str:
    """An id for a name, which an import may still change.

    >>> make_id("Énergie Côté & Fils inc."), make_id("架け橋")
    ('energie-cote-fils-inc', 'organisation')
    """
    return re.sub(r"[^a-z0-9]+", "-", fold(name))[:60].strip("-") or "organisation"


# --- the files --------------------------------------------------------------------------------------------------------


def to_csv(profile: Profile) -> bytes:
    """A heading and one row, as ``/imports`` takes them, in the language of the page."""
    document = profile_document(profile)
    row: dict[Column, str] = {}
    for column in known_columns():
        stem, _line, lang = column.key.partition("_")
        if stem in {"name", "city"} and lang in LANGUAGES:
            row[column] = document["names" if stem == "name" else "city"].get(lang, "")
        else:
            value = document.get(column.key, "")
            row[column] = "; ".join(value) if isinstance(value, list) else str(value)
    for statement in profile.statements:
        column = Column(statement.role.value, int(statement.id[1:]))
        row[column] = statement.text
        row[Column(column.key, column.number, "cooperation")] = "; ".join(statement.cooperation)
    text = io.StringIO(newline="")
    # The byte order mark is what makes Excel read UTF-8.
    csv.writer(text).writerows([[heading(c, language()) for c in row], [cell(value) for value in row.values()]])
    return text.getvalue().encode("utf-8-sig")
