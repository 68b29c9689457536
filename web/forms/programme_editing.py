"""A programme on a form: every field of its document, rows for rules and statements, and nothing that is typed lost.

A form is read into a document as the data files hold it, with what cannot be read left as it was typed. So the format
of the files decides what is wrong (:func:`matcher.document.parse_programme`), and the form shows the same values again.
Names of fields are paths through that document: ``statements-0-text``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple

from werkzeug.datastructures import MultiDict

from matcher.document import Fault, InvalidDocument, parse_programme, programme_document
from matcher.profile import LANGUAGES, Programme, ProgrammeStatus, Role, RuleCode
from web.forms.desk import lines
from web.forms.draft import make_id
from web.i18n.editing import fault_words

Document = dict[str, Any]

# What a button asks for; without one it is the first on the page.
PREVIEW, SAVE, BACK, RETIRE = "preview", "save", "back", "retire"
ADD_RULE, ADD_STATEMENT, ADD_READINGS = "add-rule", "add-statement", "add-readings"
_MOST_ROWS: Final = 99
_WHOLE: Final = re.compile(r"-?[0-9]{1,16}")
_TEXTS: Final = ("edition", "website", "opens_on", "closes_on", "source", "read_on")


class Parameter(NamedTuple):
    """One value of a rule: its name, for a value within another both names, and what sort of field it has."""

    name: str
    sort: str


def _parameters(sort: str, *names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, sort) for name in names)


_WHO: Final = (
    Parameter("country", "country"), *_parameters("kinds", "kinds", "unclear_kinds"), Parameter("sme", "flag"),
    *_parameters("whole", "min_people", "max_people"), Parameter("revenue-currency", "currency"),
    *_parameters("whole", "revenue-min", "revenue-max"), Parameter("subdivisions", "subdivisions"),
)  # fmt: skip
# What each rule says beside its source; a rule that is not here says that it holds, and no more.
PARAMETERS: Final[Mapping[RuleCode, tuple[Parameter, ...]]] = {
    RuleCode.APPLICANT: _WHO,
    RuleCode.ROLE: (*_WHO, Parameter("count", "whole")),
    RuleCode.MIN_MEMBERS: _parameters("whole", "JP", "CA"),
    RuleCode.MAX_SHARE: (Parameter("of", "of"), Parameter("percent", "number")),
    RuleCode.FUNDING_CAP: (
        Parameter("country", "country"), Parameter("currency", "currency"), Parameter("amount", "whole"),
        Parameter("percent", "number"),
    ),
    RuleCode.STACKING_LIMIT: _parameters("number", "percent"),
    RuleCode.DURATION_MONTHS: _parameters("whole", "min", "max"),
    RuleCode.LAUNCH_YEARS: _parameters("whole", "min", "max"),
    RuleCode.DATES: _parameters("day", "registration", "interest", "submission", "result"),
    RuleCode.EXCLUDED_TOPICS: _parameters("lines", "topics"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent: the document with what cannot be read in it, the programme where all of it can, and the faults.

    ``mark`` says which state of the programme was shown, ``step`` what the pressed button asks for.
    """

    document: Document
    step: str = BACK
    mark: str = ""
    programme: Programme | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_unfinished(self) -> bool:
        """Whether only a row was added, or the form is wanted back: nothing is wrong with it yet."""
        return self.step == BACK or self.step in _ADDING

    @property
    def values(self) -> Mapping[str, Sequence[str]]:
        """The document as fields."""
        return MultiDict(fields_of(self.document)).to_dict(flat=False)

    def with_fault(self, name: str, words: str) -> Typed:
        """The same with something wrong that only the database knows."""
        return replace(self, programme=None, faults={**self.faults, name: words})


def shown(document: Mapping[str, Any], mark: str) -> Typed:
    """A programme as it stands, to be edited."""
    return Typed(dict(document), mark=mark)


def blank(today: date) -> Typed:
    """A new programme, with the rows that every programme has."""
    document: Document = {"status": ProgrammeStatus.UNKNOWN.value, "read_on": today.isoformat(), "statements": []}
    for role in Role:
        _add_statement(document, role.value, today)
    return Typed(document)


def read_typed(form: MultiDict[str, str], fields: Collection[str], today: date, programme_id: str = "") -> Typed:
    """What was sent; ``fields`` are the notations that a programme may name. A known programme keeps its id."""
    document, step = _read(form, programme_id), form.get("do", PREVIEW)
    typed = Typed(document, step, form.get("mark", ""))
    if step in _ADDING:
        _ADDING[step](document, form.get(step, ""), today)
    if step == RETIRE:
        document["status"] = ProgrammeStatus.CLOSED.value
        typed = replace(typed, step=PREVIEW)
    if typed.is_unfinished:
        return typed
    try:
        programme = parse_programme(document, fields=fields)
    except InvalidDocument as error:
        return replace(typed, faults=_faults(document, error.faults))
    # As a saved document is written, so that what is shown as a change is one.
    return replace(typed, document=programme_document(programme), programme=programme)


# --- from the form to a document --------------------------------------------------------------------------------------


def _read(form: MultiDict[str, str], programme_id: str) -> Document:
    names = {lang: _line(form.get(f"names-{lang}")) for lang in LANGUAGES}
    document: Document = {
        "id": programme_id or _line(form.get("id")) or (make_id(names["en"]) if names["en"] else ""),
        "kind": form.get("kind", ""),
        "names": _filled(names),
        "aliases": _list(form, "aliases"),
        "countries": form.getlist("countries"),
        "operators": _list(form, "operators"),
        "fields": form.getlist("fields"),
        "status": form.get("status", ""),
        **{name: _line(form.get(name)) for name in _TEXTS},
        "founded": _whole(form, "founded"),
        "rules": [_rule(form, f"rules-{i}") for i in _rows(form, "rules", "rule")],
        "links": _filled({lang: _line(form.get(f"links-{lang}")) for lang in LANGUAGES}),
        "budget": _filled({"amount": _whole(form, "budget-amount"), **_plain(form, "budget", "currency", *_SOURCED)}),
        "contradictions": [_readings(form, f"contradictions-{i}") for i in _rows(form, "contradictions", "field")],
    }
    if set(document["budget"]) <= {"currency"}:
        # A currency is always chosen.
        del document["budget"]
    statements = [_statement(form, f"statements-{i}") for i in _rows(form, "statements", "role")]
    # What the format requires stays, so that it can say what is missing.
    kept = {name: value for name, value in document.items() if value not in ("", [], {}, None) or name in _REQUIRED}
    return kept | {"statements": _numbered(statements)}


_SOURCED: Final = ("source", "read_on")
_REQUIRED: Final = ("names", "operators", "fields")


def _line(value: str | None) -> str:
    """What was typed on one line; no-break spaces, which French needs, stay."""
    return re.sub(r"[ \t\n]+", " ", lines(value)).strip()


def _rows(form: MultiDict[str, str], name: str, part: str) -> Iterator[int]:
    """The numbers of the rows that were sent, less those that were ticked to go."""
    for row in range(_MOST_ROWS):
        if f"{name}-{row}-{part}" in form and not form.get(f"{name}-{row}-remove"):
            yield row


def _plain(form: MultiDict[str, str], row: str, *names: str) -> Document:
    return _filled({name: _line(form.get(f"{row}-{name}")) for name in names})


def _filled(values: Mapping[str, Any]) -> Document:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}


def _list(form: MultiDict[str, str], name: str) -> list[str]:
    """A text with one value a line."""
    return [text for text in map(_line, lines(form.get(name)).split("\n")) if text]


def _whole(form: MultiDict[str, str], name: str) -> int | str:
    """A whole number, whatever digits and separators; what is none stays as it was typed."""
    text = _line(form.get(name))
    plain = re.sub(r"(?<=\d)[,  \u202f](?=\d{3}\b)", "", unicodedata.normalize("NFKC", text))
    return int(plain) if _WHOLE.fullmatch(plain) else text


def _number(form: MultiDict[str, str], name: str) -> float | int | str:
    text = _line(form.get(name))
    try:
        value = float(unicodedata.normalize("NFKC", text).replace(",", "."))
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _statement(form: MultiDict[str, str], row: str) -> Document:
    values = _plain(form, row, "id", "role", "lang", "text", *_SOURCED)
    inferred = bool(form.get(f"{row}-inferred")) or None
    more = {"trl": _whole(form, f"{row}-trl"), "cooperation": form.getlist(f"{row}-cooperation"), "inferred": inferred}
    return values | _filled(more)


def _numbered(statements: list[Document]) -> list[Document]:
    """Statements keep their ids, or get the next free one of their role."""
    taken = {s["id"] for s in statements if "id" in s}
    for statement in statements:
        if "id" not in statement:
            letter = statement.get("role", "")[:1]
            free = (f"{letter}{n}" for n in range(1, _MOST_ROWS + 1))
            statement["id"] = next((name for name in free if name not in taken), "")
            taken.add(statement["id"])
    return statements


def _rule(form: MultiDict[str, str], row: str) -> Document:
    code = form.get(f"{row}-rule", "")
    value = _value(form, row, PARAMETERS[RuleCode(code)]) if code in _PARAMETRIC else True
    return {"rule": code, "value": value, **_plain(form, row, "edition", *_SOURCED)}


_PARAMETRIC: Final = frozenset(code.value for code in PARAMETERS)


def _value(form: MultiDict[str, str], row: str, parameters: Sequence[Parameter]) -> Any:
    value: Document = {}
    for name, sort in parameters:
        given = _READERS.get(sort, _text)(form, f"{row}-value-{name}")
        if given not in ("", [], None):
            outer, _dash, inner = name.partition("-")
            if inner:
                value.setdefault(outer, {})[inner] = given
            else:
                value[outer] = given
    # The one rule whose value is a list.
    return value.get("topics", []) if parameters is PARAMETERS[RuleCode.EXCLUDED_TOPICS] else value


def _text(form: MultiDict[str, str], name: str) -> str:
    return _line(form.get(name))


def _flag(form: MultiDict[str, str], name: str) -> bool | None:
    return {"yes": True, "no": False}.get(form.get(name, ""))


def _several(form: MultiDict[str, str], name: str) -> list[str]:
    return form.getlist(name)


_READERS: Final[Mapping[str, Callable[[MultiDict[str, str], str], Any]]] = {
    "whole": _whole, "number": _number, "flag": _flag, "lines": _list, "kinds": _several, "subdivisions": _several,
}  # fmt: skip


def _readings(form: MultiDict[str, str], row: str) -> Document:
    found = [_plain(form, f"{row}-values-{i}", "value", *_SOURCED) for i in _rows(form, f"{row}-values", "value")]
    return {"field": form.get(f"{row}-field", ""), "values": [one for one in found if set(one) - {"read_on"}]}


# --- rows that are added ----------------------------------------------------------------------------------------------


def _add_statement(document: Document, role: str, today: date) -> None:
    if role in set(Role):
        row = {"role": role, "lang": "en", "read_on": today.isoformat()}
        document["statements"] = _numbered([*document["statements"], row])


def _add_rule(document: Document, code: str, today: date) -> None:
    if code in set(RuleCode):
        value: Any = {} if code in _PARAMETRIC else True
        row = {"rule": code, "value": value, "read_on": today.isoformat()}
        document["rules"] = [*document.get("rules", ()), row]


def _add_readings(document: Document, name: str, _today: date) -> None:
    if name:
        document["contradictions"] = [*document.get("contradictions", ()), {"field": name, "values": []}]


_ADDING: Final[Mapping[str, Callable[[Document, str, date], None]]] = {
    ADD_RULE: _add_rule, ADD_STATEMENT: _add_statement, ADD_READINGS: _add_readings,
}  # fmt: skip


# --- from a document to the form --------------------------------------------------------------------------------------


def fields_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a form that holds a document: names and values, a name once for each of its values."""
    for name, value in document.items():
        if name in {"aliases", "operators"}:
            yield name, "\n".join(value)
        else:
            yield from _fields(name, value)


def _fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(f"{name}-{key}", inner)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for row, inner in enumerate(value):
            yield from _fields(f"{name}-{row}", inner)
    elif isinstance(value, list) and name.endswith("-value"):
        yield f"{name}-topics", "\n".join(value)
    elif isinstance(value, list):
        yield from ((name, str(part)) for part in value)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    else:
        yield name, str(value)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _faults(document: Document, faults: Sequence[Fault]) -> Mapping[str, str]:
    """A sentence for each field that is wrong; for the value of a rule, at the parameter where one is to blame."""
    found: dict[str, str] = {}
    for fault in faults:
        name, at = "-".join(map(str, fault.path)), _at(document, fault.path)
        blamed = list(_blamed(at, name, document["rules"][fault.path[1]]["rule"])) if _is_value(fault) else []
        for one, sort in blamed:
            found[one] = fault_words("parameter", sort, "", "")
        if not blamed:
            found.setdefault(name, fault_words(str(fault.path[-1]), fault.code, fault.detail, str(at or "")))
    return found


def _is_value(fault: Fault) -> bool:
    return fault.path[:1] == ("rules",) and fault.path[2:] == ("value",)


def _blamed(value: Any, name: str, code: str) -> Iterator[tuple[str, str]]:
    """The parameters of a rule that hold what is no number or day at all."""
    for parameter, sort in PARAMETERS.get(RuleCode(code), ()):
        given = _at(value, tuple(parameter.split("-")))
        is_number = sort in {"whole", "number"} and isinstance(given, str)
        if is_number or (sort == "day" and given and not _is_day(given)):
            yield f"{name}-{parameter}", sort


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-31")


def _at(document: Any, path: Sequence[str | int]) -> Any:
    """What stands at a path; None where nothing does."""
    for step in path:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document
