"""A profile as its organisation types it: steps of a form read into a working copy, whatever was typed.

Nothing is refused while typing. What is not right stays as it was typed, and :func:`problems` says where and why; only
what has none can be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from matcher.document import Fault, InvalidDocument, parse_profile
from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Profile, Role, Size
from matcher.sentences import Found, fault_of
from matcher.taxonomy import Taxonomy
from matcher.text import guess_language
from web.forms.accounts import read_email
from web.forms.desk import line, lines
from web.forms.draft import Entry, make_id, offer_choices
from web.i18n import COUNTRIES, SIZES, concept, subdivisions
from web.i18n.submissions import FIELDS, profile_fault
from web.store.submissions import Contact, Submission

# How many statements of a sort one profile may hold; the format allows ids up to 99.
MOST_ROWS: Final = 30
_MOST_NAME: Final = 200
_MOST_TEXT: Final = 2000
_ROW_ID: Final = re.compile(r"[cn][1-9][0-9]?")
# Statements that were taken out, kept until the profile is sent.
_REMOVED: Final = "removed"
_BY_LANGUAGE: Final = {"name": "names", "city": "city"}
_OTHER: Final = {Role.CAPABILITY: Role.NEED, Role.NEED: Role.CAPABILITY}
_PLAIN: Final = ("country", "kind", "subdivision", "website", "size", "source")


class Step(StrEnum):
    """The pages of the form, in order."""

    ABOUT = "about"
    OFFER = "offer"
    NEED = "need"
    CHECK = "check"
    SEND = "send"

    @property
    def role(self) -> Role | None:
        """Which statements are typed on it."""
        return {Step.OFFER: Role.CAPABILITY, Step.NEED: Role.NEED}.get(self)

    @property
    def following(self) -> Step:
        order = list(Step)
        return order[min(order.index(self) + 1, len(order) - 1)]


@dataclass(frozen=True, slots=True)
class Typed:
    """All that a working copy holds, as it was typed; see :class:`web.store.submissions.Submission`."""

    document: Mapping[str, Any]
    is_anonymous: bool = False
    contact: Contact = field(default_factory=Contact)
    evidence: str = ""

    @staticmethod
    def of(submission: Submission) -> Typed:
        return Typed(submission.document, submission.is_anonymous, submission.contact, submission.evidence)

    def rows(self, role: Role) -> list[dict[str, Any]]:
        """The statements of a role."""
        return [row for row in _rows(self.document.get("statements")) if row.get("role") == role.value]

    def removed(self, role: Role) -> list[dict[str, Any]]:
        """Statements of a role that were taken out and can be brought back."""
        return [row for row in _rows(self.document.get(_REMOVED)) if row.get("role") == role.value]

    def with_rows(self, role: Role, rows: Iterable[Mapping[str, Any]]) -> Typed:
        """With other statements of a role; capabilities come first."""
        new: dict[Role, list[Any]] = {role: [*rows], _OTHER[role]: self.rows(_OTHER[role])}
        return self.having(statements=[*new[Role.CAPABILITY], *new[Role.NEED]])

    def with_removed(self, role: Role, rows: Iterable[Mapping[str, Any]]) -> Typed:
        """With other statements of a role to be brought back."""
        return self.having(**{_REMOVED: [*self.removed(_OTHER[role]), *rows]})

    def having(self, **parts: Any) -> Typed:
        """With other parts of the document; blank ones are left out."""
        document = {name: value for name, value in {**self.document, **parts}.items() if value not in ([], "", None)}
        return replace(self, document=document)


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


# --- who you are ------------------------------------------------------------------------------------------------------


def _text(name: str, **more: Any) -> StringField:
    return StringField(FIELDS[name], filters=[line], **more)


class AboutForm(Form):
    """Who the organisation is, whom to introduce, and why this person may speak for it."""

    name_en = _text("name_en")
    name_fr = _text("name_fr")
    name_ja = _text("name_ja")
    country = SelectField(FIELDS["country"])
    kind = SelectField(FIELDS["kind"])
    subdivision = SelectField(FIELDS["subdivision"])
    city_en = _text("city_en")
    city_fr = _text("city_fr")
    city_ja = _text("city_ja")
    website = _text("website", render_kw={"inputmode": "url"})
    source = _text("source", description=_("Your website, if you leave this blank."))
    size = SelectField(FIELDS["size"])
    founded = _text("founded", render_kw={"inputmode": "numeric"})
    fields = SelectMultipleField(FIELDS["fields"], description=_("One to three."))
    contact_name = _text("contact_name", description=_("Shown to a partner only when both sides have accepted."))
    contact_email = _text("contact_email", render_kw={"inputmode": "email", "autocomplete": "email"})
    evidence = TextAreaField(
        FIELDS["evidence"], filters=[lines], render_kw={"rows": 3},
        description=_("For the reviewers only. For example: I head its partnerships desk; my address is on its site."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self.country, self.kind, self.subdivision)
        self.size.choices = [SelectChoice("", _("not said")), *(SelectChoice(s.value, SIZES[s]) for s in Size)]
        self.fields.choices = [SelectChoice(field, concept(field)) for field in Taxonomy.shipped().fields]


def about_data(typed: Typed) -> dict[str, Any]:
    """What the fields of :class:`AboutForm` show."""
    document = typed.document
    data: dict[str, Any] = {name: str(document.get(name, "")) for name in (*_PLAIN, "founded")}
    for stem, part in _BY_LANGUAGE.items():
        texts = document.get(part)
        data |= {f"{stem}_{lang}": texts.get(lang, "") if isinstance(texts, dict) else "" for lang in LANGUAGES}
    contact = {"contact_name": typed.contact.name, "contact_email": typed.contact.email}
    fields = document.get("fields")
    return data | contact | {"evidence": typed.evidence, "fields": fields if isinstance(fields, list) else []}


def _read_about(form: MultiDict[str, str], kept: Typed) -> Typed:
    read = AboutForm(form)
    data = {name: value or "" for name, value in read.data.items()}
    parts: dict[str, Any] = {name: data[name] for name in _PLAIN}
    for stem, part in _BY_LANGUAGE.items():
        parts[part] = {lang: data[f"{stem}_{lang}"] for lang in LANGUAGES if data[f"{stem}_{lang}"]}
    parts["founded"] = int(data["founded"]) if re.fullmatch("[0-9]{1,4}", data["founded"]) else data["founded"]
    parts["fields"] = [field for field in data["fields"] if field in Taxonomy.shipped().fields]
    for name, options in (("country", Country), ("kind", Kind), ("size", Size), ("subdivision", subdivisions())):
        parts[name] = parts[name] if parts[name] in tuple(options) else ""
    contact = Contact(data["contact_name"], data["contact_email"])
    return replace(kept.having(**parts), contact=contact, evidence=data["evidence"])


# --- statements -------------------------------------------------------------------------------------------------------


def shown_rows(typed: Typed, role: Role) -> list[dict[str, Any]]:
    """The statements to be typed in: at least one, if only a blank one."""
    return typed.rows(role) or [{"id": f"{role.value[0]}1", "role": role.value}]


def _read_rows(form: MultiDict[str, str], role: Role, kept: Typed) -> Typed:
    before = {row.get("id"): row for row in kept.rows(role)}
    ids = [i for i in dict.fromkeys(form.getlist("row")) if _ROW_ID.fullmatch(i) and i[0] == role.value[0]]
    rows = [_read_row(form, row_id, role, before.get(row_id, {})) for row_id in ids]
    return kept.with_rows(role, [row for row in rows if row.keys() > {"id", "role"}])


def _read_row(form: MultiDict[str, str], row_id: str, role: Role, before: Mapping[str, Any]) -> dict[str, Any]:
    def typed(name: str) -> str:
        return line(form.get(f"{name}-{row_id}"))

    lang, trl, text = typed("lang"), typed("trl"), typed("text")
    row: dict[str, Any] = {
        "id": row_id,
        "role": role.value,
        "lang": lang if lang in LANGUAGES and text else "",
        "text": text,
        "trl": int(trl) if re.fullmatch("[1-9]", trl) else None,
        "cooperation": [c.value for c in Cooperation if c.value in form.getlist(f"cooperation-{row_id}")],
        "source": typed("source"),
        "read_on": typed("read_on"),
        # What a reader took from plans is the organisation's own word once it has touched it.
        "inferred": bool(before.get("inferred")) and before.get("text") == text,
    }
    return {name: value for name, value in row.items() if value not in ("", None, [], False)}


def _new_id(typed: Typed, role: Role) -> str | None:
    """An id that no statement has, present or taken out; None where there is no room."""
    taken = {row.get("id") for row in (*typed.rows(role), *typed.removed(role))}
    free = (f"{role.value[0]}{number}" for number in range(1, 100))
    return next((i for i in free if i not in taken), None) if len(typed.rows(role)) < MOST_ROWS else None


def _with_new(typed: Typed, role: Role, row: Mapping[str, Any]) -> Typed:
    row_id = _new_id(typed, role)
    if row_id is None:
        return typed
    return typed.with_rows(role, [*typed.rows(role), {**row, "id": row_id, "role": role.value}])


def without(typed: Typed, role: Role, row_id: str) -> Typed:
    """Takes a statement out; it can be brought back until the profile is sent."""
    out = [row for row in typed.rows(role) if row.get("id") == row_id]
    left = typed.with_rows(role, [row for row in typed.rows(role) if row.get("id") != row_id])
    return left.with_removed(role, [*left.removed(role), *(row for row in out if row.get("text"))])


def restored(typed: Typed, role: Role, row_id: str) -> Typed:
    """Brings a statement back, at the end."""
    back = [row for row in typed.removed(role) if row.get("id") == row_id]
    for row in back:
        is_taken = any(one.get("id") == row_id for one in typed.rows(role))
        # Looked for before it leaves the list of those taken out, so that no two ever have one id.
        typed = _with_new(typed, role, row) if is_taken else typed.with_rows(role, [*typed.rows(role), row])
    return typed.with_removed(role, [row for row in typed.removed(role) if row not in back])


def with_entries(typed: Typed, entries: Sequence[Entry], source: str) -> Typed:
    """Takes accepted proposals in as statements; what is there already stays."""
    for entry in entries:
        if entry.role is None:
            continue
        known = {line(row.get("text")) for row in typed.rows(entry.role)}
        row = {"text": entry.text, "lang": entry.lang, "cooperation": [c.value for c in entry.cooperation]}
        named = {name: value for name, value in {**row, "source": source}.items() if value}
        typed = typed if entry.text in known else _with_new(typed, entry.role, named)
    return typed


# --- one step ---------------------------------------------------------------------------------------------------------


def read_step(step: Step, form: MultiDict[str, str], kept: Typed) -> Typed:
    """What was typed on a step, in place of what was kept of it, after the button that was pressed."""
    if step is Step.ABOUT:
        return _read_about(form, kept)
    if step is Step.CHECK:
        return replace(kept, is_anonymous=form.get("visibility") == "anonymous")
    role = step.role
    if role is None:
        return kept
    typed = _read_rows(form, role, kept)
    action, _space, row_id = form.get("do", "").partition(" ")
    if action == "add":
        return _with_new(typed, role, {})
    changes = {"remove": without, "restore": restored}
    return changes[action](typed, role, row_id) if action in changes else typed


@dataclass(frozen=True, slots=True)
class Difference:
    """What two windows have typed in one place. A statement can be kept twice; None where a window does not have it."""

    key: str
    mine: Any
    theirs: Any

    @property
    def can_both(self) -> bool:
        """Whether both can stay: two statements."""
        return isinstance(self.mine, dict) and isinstance(self.theirs, dict)


def differences(step: Step, mine: Typed, theirs: Typed) -> tuple[Difference, ...]:
    """Where what was typed here differs from what was saved meanwhile."""
    one, other = _pieces(step, mine), _pieces(step, theirs)
    keys = dict.fromkeys([*one, *other])
    return tuple(Difference(k, one.get(k), other.get(k)) for k in keys if one.get(k) != other.get(k))


def chosen(step: Step, mine: Typed, theirs: Typed, form: MultiDict[str, str]) -> Typed:
    """What a person made of two versions: for each difference the own one, the other one or both."""
    keep = {d.key: form.get(f"keep_{d.key}", "mine") for d in differences(step, mine, theirs)}
    one, other = _pieces(step, mine), _pieces(step, theirs)
    role = step.role
    if role is None:
        picked = {key: other[key] if keep.get(key) == "theirs" else value for key, value in one.items()}
        return read_step(step, MultiDict(picked), theirs)
    stays = {k: row for k in {**one, **other} if (row := (other if keep.get(k) in {"theirs", "both"} else one).get(k))}
    typed = theirs.with_rows(role, stays.values())
    for key, how in keep.items():
        if how == "both" and one.get(key):
            typed = _with_new(typed, role, one[key])
        elif how == "mine" and key not in one:
            typed = typed.with_removed(role, [*typed.removed(role), other[key]])
    return typed


def _pieces(step: Step, typed: Typed) -> dict[str, Any]:
    """What a step holds, piece by piece: fields by name, statements by id."""
    if step is Step.ABOUT:
        return about_data(typed)
    if step is Step.CHECK:
        return {"visibility": "anonymous" if typed.is_anonymous else "named"}
    rows = typed.rows(step.role) if step.role else []
    return {str(row.get("id")): row for row in rows if row.keys() > {"id", "role"}}


# --- what is wrong ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """What has to be mended before the profile can be sent, at which field; missing: nothing is there yet."""

    step: Step
    key: str
    message: str
    is_missing: bool


def completed(typed: Typed, entry_id: str | None, today: date) -> dict[str, Any]:
    """The document of the profile with what was left blank filled in: id, sources, days and languages."""
    document = {name: value for name, value in typed.document.items() if name != _REMOVED}
    website, names = document.get("website", ""), document.get("names", {})
    own = {"source": document.get("source") or website, "read_on": document.get("read_on") or today.isoformat()}
    statements = [
        {"lang": guess_language(row["text"]), **own, "read_on": today.isoformat(), **row}
        for role in Role
        for row in typed.rows(role)
        if row.get("text")
    ]
    made = {"id": entry_id or make_id(names.get("en", "")), "names": names, "city": document.get("city", {}), **own}
    return {**document, **made, "statements": statements}


def problems(typed: Typed, entry_id: str | None, today: date, *, is_kept: bool) -> tuple[Problem, ...]:
    """All that keeps a profile from being sent. Whoever keeps it already need not say why they may."""
    found = [*_format_faults(typed, entry_id, today), *_own_faults(typed, is_kept=is_kept)]
    return tuple(
        Problem(_step_of(key), key, profile_fault(key.partition("-")[0], fault), fault.code == "required")
        for key, fault in found
    )


def to_profile(typed: Typed, entry_id: str | None, today: date) -> Profile:
    """The profile of a working copy without problems."""
    return parse_profile(completed(typed, entry_id, today), fields=Taxonomy.shipped().fields, complete=False)


def _format_faults(typed: Typed, entry_id: str | None, today: date) -> Iterator[tuple[str, Fault]]:
    document = completed(typed, entry_id, today)
    try:
        parse_profile(document, fields=Taxonomy.shipped().fields, complete=False)
    except InvalidDocument as error:
        statements = document["statements"]
        said = {row.get("id"): row for role in Role for row in typed.rows(role)}
        for fault in error.faults:
            head, *rest = fault.path
            if head == "statements" and rest:
                row = statements[int(rest[0])]
                name = str(rest[1]) if len(rest) > 1 else "text"
                # What was filled in from the website is mended there.
                if name != "source" or said.get(row.get("id"), {}).get("source"):
                    yield f"{name}-{row.get('id')}", replace(fault, detail=str(row["lang"]) if name == "text" else "")
            elif head != "source" or typed.document.get("source"):
                yield _field_of(fault), fault


def _field_of(fault: Fault) -> str:
    head, *rest = (str(part) for part in fault.path)
    stem = {part: stem for stem, part in _BY_LANGUAGE.items()}.get(head)
    return f"{stem}_{rest[0] if rest else 'en'}" if stem else head


def _own_faults(typed: Typed, *, is_kept: bool) -> Iterator[tuple[str, Fault]]:
    """What the format of profiles leaves open and a profile of one's own must have."""
    data = about_data(typed)
    for name in ("website", "contact_name", "contact_email", *(() if is_kept else ("evidence",))):
        if not data[name]:
            yield name, Fault((name,), "required")
    if not data["fields"]:
        yield "fields", Fault(("fields",), "required")
    if data["contact_email"] and not _is_email(data["contact_email"]):
        yield "contact_email", Fault(("contact_email",), "format")
    for name, text in data.items():
        most = _MOST_TEXT if name == "evidence" else _MOST_NAME
        if isinstance(text, str) and len(text) > most:
            yield name, Fault((name,), "too_long", str(most))
    yield from _statement_faults(typed)


def _statement_faults(typed: Typed) -> Iterator[tuple[str, Fault]]:
    """What must not be published, whoever says it."""
    texts = [(row["id"], row["text"]) for role in Role for row in typed.rows(role) if row.get("text")]
    if not texts:
        yield "statements", Fault(("statements",), "required")
    for row_id, text in texts:
        if (unfit := fault_of(text)) in {Found.CONTACT, Found.PERSON}:
            yield f"text-{row_id}", Fault(("text",), str(unfit))


def _is_email(text: str) -> bool:
    try:
        return bool(read_email(text))
    except ValueError:
        return False


def _step_of(key: str) -> Step:
    """On which page a field stands."""
    row_id = key.partition("-")[2]
    if row_id:
        return Step.OFFER if row_id.startswith(Role.CAPABILITY.value[0]) else Step.NEED
    return Step.OFFER if key == "statements" else Step.ABOUT


def comment_step(place: str) -> Step:
    """On which page a reviewer's comment belongs; on the last but one where it is about the whole."""
    if _ROW_ID.fullmatch(place):
        return _step_of(f"text-{place}")
    return Step.ABOUT if place in FIELDS and place != "statements" else Step.CHECK


# --- beginning, and the end -------------------------------------------------------------------------------------------


class ClaimForm(FlaskForm):
    """Why a person may speak for an organisation that is known already."""

    evidence = TextAreaField(
        FIELDS["evidence"],
        [DataRequired(_("Say in a sentence why you may speak for this organisation.")),
         Length(max=_MOST_TEXT, message=_("Too long: at most %(most)s characters.", most=_MOST_TEXT))],
        filters=[lines], description=AboutForm.evidence.kwargs["description"], render_kw={"rows": 3},
    )  # fmt: skip


class NewForm(FlaskForm):
    """What a new organisation is called, and where it is: enough to see whether it is known already."""

    name = StringField(
        _("Name of the organisation"),
        [DataRequired(_("Enter the name.")),
         Length(max=_MOST_NAME, message=_("Too long: at most %(most)s characters.", most=_MOST_NAME))],
        filters=[line],
    )  # fmt: skip
    country = SelectField(FIELDS["country"], [InputRequired(_("Choose the country."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [
            SelectChoice("", _("choose")), *(SelectChoice(c.value, COUNTRIES[c]) for c in Country),
        ]  # fmt: skip

    def begun(self) -> dict[str, Any]:
        """The document that a new profile begins with: the name stands where its letters say."""
        name = self.name.data or ""
        return {"names": {guess_language(name) if guess_language(name) == "ja" else "en": name},
                "country": self.country.data}  # fmt: skip


def read_version(form: Mapping[str, str]) -> int:
    """Which version a form was loaded with; one that cannot be where it does not say."""
    text = form.get("version", "")
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
