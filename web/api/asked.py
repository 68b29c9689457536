"""What the API takes, as models: each request is checked by one, and described by it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from matcher.consortium import LARGEST
from matcher.match import Relation, Where
from matcher.profile import Cooperation, Country, Kind, ProgrammeKind, Readiness
from matcher.taxonomy import Taxonomy
from web.api.contract import N_, Sent
from web.facets import PROGRAMME_FACETS
from web.forms.desk import MAX_NOTE, MAX_STEP, MAX_TITLE, line, lines
from web.forms.search import MAX_TEXT
from web.i18n import subdivisions
from web.matching import Sort
from web.store.desk import Refusal, Status

MOST_PER_PAGE: Final = 100
MOST_PAGES: Final = 1000
_LONGEST_ID: Final = 80
_LONGEST_REFUSAL: Final = 2000
_LONGEST_EVIDENCE: Final = 2000

Lang = Literal["en", "fr", "ja"]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A code among options that are known only when this is read."""

    options: tuple[str, ...]

    def _check(self, value: str) -> str:
        if value not in self.options:
            raise PydanticCustomError("choice", "none of the possible values")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Text:
    """A text without control characters, of a length before and after they are taken out."""

    clean: Callable[[object], str]
    most: int
    least: int = 0

    def _check(self, value: str) -> str:
        cleaned = self.clean(value)
        if not self.least <= len(cleaned) <= self.most or len(value) > self.most:
            raise PydanticCustomError("too_long" if cleaned else "too_short", "too long, or nothing but blanks")
        return cleaned

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # For whoever reads the description: something that is no blank and no control character.
        spoken = {"pattern": r"[^\s\u0000-\u001f\u007f-\u009f\ufffe\uffff]", "minLength": self.least}
        return {"type": "string", "maxLength": self.most, **(spoken if self.least else {})}


def _strict_bool(value: object) -> object:
    if value not in ("true", "false"):
        raise PydanticCustomError("choice", "true or false")
    return value == "true"


_FIELDS: Final = tuple(Taxonomy.shipped().fields)
_SUBDIVISIONS: Final = tuple(subdivisions())
_Id = Annotated[str, Field(max_length=_LONGEST_ID)]
_Flag = Annotated[bool, BeforeValidator(_strict_bool)]


class Paged(Sent):
    """Which part of a list."""

    page: int = Field(1, ge=1, le=MOST_PAGES, description=N_("Which page, from 1."))
    per_page: int = Field(20, ge=1, le=MOST_PER_PAGE, description=N_("How many on a page."))
    edition: int | None = Field(
        None, ge=0, le=2**31 - 1,
        description=N_("The edition of the data that the first page came from; with other data the answer is 409."),
    )  # fmt: skip


class Filters(Sent):
    """The filters of the pages; several values of one are alternatives, filters narrow each other."""

    kind: tuple[Kind, ...] = Field((), description=N_("Kind of organisation."))
    field: tuple[Annotated[str, OneOf(_FIELDS)], ...] = Field(
        (), description=N_("Field, by its notation in the taxonomy.")
    )
    subdivision: tuple[Annotated[str, OneOf(_SUBDIVISIONS)], ...] = Field(
        (), description=N_("Prefecture, province or territory (ISO 3166-2).")
    )
    language: tuple[Lang, ...] = Field((), description=N_("Language of at least one statement."))
    trl: tuple[Readiness, ...] = Field((), description=N_("Technology readiness of at least one statement."))
    cooperation: tuple[Cooperation, ...] = Field((), description=N_("What is offered or sought."))

    def where(self, relations: tuple[Relation, ...] = ()) -> Where:
        """The filters as the matcher takes them."""
        return Where(
            self.kind, self.field, self.subdivision, relations, self.language, self.trl, self.cooperation
        )  # fmt: skip


class OrganisationsQuery(Filters, Paged):
    """A list of organisations."""

    country: Country | None = Field(None, description=N_("Country of the organisation."))
    sort: Literal[Sort.NAME, Sort.NEWEST] = Field(Sort.NAME, description=N_("By name, or the newest data first."))
    lang: Lang = Field("en", description=N_("In whose alphabet names are sorted, or the language of a file."))


class SearchQuery(Filters, Paged):
    """A search."""

    q: str = Field(min_length=1, max_length=MAX_TEXT, description=N_("What is looked for: a name, or what it does."))
    country: Country | None = Field(None, description=N_("Country of the organisation."))
    sort: Sort = Field(Sort.BEST, description=N_("The best answers first, by name, or the newest data first."))
    lang: Lang = Field("en", description=N_("In whose alphabet names are sorted, or the language of a file."))


class MatchesQuery(Filters, Paged):
    """The partners of an organisation."""

    relation: tuple[Relation, ...] = Field((), description=N_("Only partners whose best relation it is."))
    explain: _Flag = Field(
        default=False, description=N_("Whether each match comes with all its evidence, gaps and sums.")
    )


class MatchQuery(Sent):
    """One match."""

    relation: Relation | None = Field(
        None, description=N_("The relation to look at; by default the one that fits best.")
    )


class ProgrammesQuery(Sent):
    """The filters of the list of programmes."""

    status: tuple[Annotated[str, OneOf(PROGRAMME_FACETS["status"])], ...] = Field(
        (), description=N_("Whether one can apply today.")
    )
    country: tuple[Country, ...] = Field((), description=N_("Country that runs it."))
    foreign: tuple[Literal["yes"], ...] = Field((), description=N_("Open to organisations of both countries."))
    applicant: tuple[Annotated[str, OneOf(PROGRAMME_FACETS["applicant"])], ...] = Field(
        (), description=N_("Who may apply.")
    )
    funding: tuple[Annotated[str, OneOf(PROGRAMME_FACETS["funding"])], ...] = Field(
        (), description=N_("Whether it pays.")
    )
    kind: tuple[ProgrammeKind, ...] = Field((), description=N_("Kind of programme."))


class CheckQuery(Sent):
    """Some organisations; what else is told of the project is read as on the page (web.forms.programmes)."""

    model_config = ConfigDict(extra="allow")

    members: tuple[_Id, ...] = Field(
        alias="with", min_length=1, max_length=LARGEST, description=N_("Members, by id.")
    )  # fmt: skip


class ConsortiumQuery(CheckQuery):
    """Some members, whom not to invite, and how many there shall be at least."""

    without: tuple[_Id, ...] = Field((), max_length=40, description=N_("Whom not to propose, by id."))
    size: int = Field(0, ge=0, le=LARGEST, description=N_("How many members there shall be at least."))


class ShortlistsQuery(Paged):
    """One's shortlists; they change by the hour, so an edition of the data says nothing of them."""

    edition: None = Field(None, exclude=True)
    archived: _Flag = Field(default=False, description=N_("Also those that were put away."))


class ExportQuery(Sent):
    """A file."""

    format: Literal["csv", "xlsx", "json"] = Field(description=N_("Type of the file."))
    lang: Lang = Field("en", description=N_("In whose alphabet names are sorted, or the language of a file."))


class MatchesExportQuery(Filters, ExportQuery):
    """The partners of an organisation as a file."""

    relation: tuple[Relation, ...] = Field((), description=N_("Only partners whose best relation it is."))
    top: int = Field(10, ge=1, le=200, description=N_("How many partners."))


class NewShortlist(Sent):
    """A shortlist to be made."""

    title: Annotated[str, Text(line, MAX_TITLE, 1)] = Field(examples=["Robots for elder care"])
    team: uuid.UUID | None = Field(None, description=N_("The team to share it in; without one only you see it."))


class NewItem(Sent):
    """A match to be put on a shortlist."""

    seeker: _Id = Field(examples=["kinova"])
    partner: _Id = Field(examples=["cyberdyne"])
    relation: Relation | None = None


def _check_day(day: date) -> date:
    if not 2000 <= day.year < 2100:
        raise PydanticCustomError("date_range", "not from 2000 to 2099")
    return day


_DAY_PATTERN: Final = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_Day = Annotated[
    date, AfterValidator(_check_day), WithJsonSchema({"type": "string", "format": "date", "pattern": _DAY_PATTERN})
]


class ItemChange(Sent):
    """What changes of an item; what is not named stays."""

    status: Status = Status.NEW
    refusal: Refusal | None = Field(None, description=N_("Why they declined: needed with the status “declined”."))
    refusal_note: Annotated[str, Text(lines, _LONGEST_REFUSAL)] = ""
    note: Annotated[str, Text(lines, MAX_NOTE)] = ""
    next_step: Annotated[str, Text(line, MAX_STEP)] = ""
    next_step_on: _Day | None = None
    assignee: uuid.UUID | None = Field(None, description=N_("One of the people of the shortlist."))


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinite numbers, and not every database takes them."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise PydanticCustomError("number", "not a finite number") from error
    return value


class ContactChange(Sent):
    """Whom to introduce, once both sides want it."""

    name: Annotated[str, Text(line, 120)] = ""
    email: Annotated[str, Text(line, 254)] = ""


class SubmissionChange(Sent):
    """A working copy: a profile as in data/README.md, or as much of one as there is."""

    document: Annotated[dict[str, Any], AfterValidator(_storable)]
    is_anonymous: bool = Field(
        default=False, description=N_("Whether only country, kind, size and fields are shown until both sides accept.")
    )  # fmt: skip
    contact: ContactChange = ContactChange()
    evidence: Annotated[str, Text(lines, _LONGEST_EVIDENCE)] = ""
