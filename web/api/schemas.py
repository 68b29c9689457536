"""What the API answers, as models: each answer is described by one, and tests hold it against it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from matcher.explain import Coverage, Side
from matcher.match import Band, Level, Likeness, Relation
from matcher.profile import Cooperation, Country, Kind, ProgrammeKind, ProgrammeStatus, Role, Size
from matcher.window import Availability
from web.security import TeamRight
from web.store.desk import Refusal, Status
from web.store.submissions import Objection
from web.store.submissions import Status as SubmissionStatus

Lang = Literal["en", "fr", "ja"]


class Answered(BaseModel):
    """An answer. That nothing else comes is for the tests; the description leaves room for what later releases add."""

    model_config = ConfigDict(extra="forbid")


Names = dict[Lang, str]


class Statement(Answered):
    """What an organisation or a programme offers or looks for, in its own language, with its source."""

    id: str
    role: Role
    lang: Lang
    text: str
    source: str
    read_on: date
    trl: int | None = None
    cooperation: list[Cooperation] = []
    inferred: bool = False


class Quoted(Answered):
    """A statement as evidence."""

    id: str
    lang: Lang
    text: str
    source: str
    read_on: date


class Organisation(Answered):
    """A profile, as in data/README.md; ``state`` says whether it can have matches."""

    id: str
    state: Literal["listed", "closed", "silent"]
    country: Country
    kind: Kind
    names: Names
    aliases: list[str] = []
    subdivision: str = ""
    city: Names = {}
    website: str = ""
    founded: int | None = None
    size: Size | None = None
    identifiers: dict[str, str] = {}
    closed: dict[str, Any] | None = None
    fields: list[str] = []
    source: str
    read_on: date
    statements: list[Statement]


class Party(Answered):
    """An organisation in a list."""

    id: str
    names: Names
    country: Country
    kind: Kind
    subdivision: str
    fields: list[str]


class Count(Answered):
    """How many there would be with this value of a filter."""

    value: str
    count: int


Facets = dict[str, list[Count]]


class OfData(Answered):
    """What follows from the data; ``snapshot`` names the data."""

    snapshot: str


class Page(Answered):
    """Part of a list of ``total``."""

    total: int
    page: int
    per_page: int


class EditionPage(OfData, Page):
    """Part of a list that follows from one edition of the data."""

    edition: int


class Organisations(EditionPage):
    """A list of organisations."""

    organisations: list[Party]
    facets: Facets


class FoundStatement(Answered):
    """The statement that answers a search."""

    id: str
    role: Role
    lang: Lang
    text: str


class Hit(Party):
    """An organisation that a search found: by its name, or by a statement."""

    found_by: Literal["name", "meaning"]
    statement: FoundStatement | None
    shared_concepts: list[str]


class Search(EditionPage):
    """What a search found."""

    organisations: list[Hit]
    facets: Facets
    programmes: list[str]
    suggestions: list[str]


class Signals(Answered):
    """The parts of a similarity."""

    meaning: float
    terms: float
    concepts: float
    hubness: float


class Contribution(Answered):
    """What one want adds to an affinity: weight times the sum of its signals."""

    wanted: str
    met_by: str
    similarity: float
    weight: float
    value: float
    signals: Signals


class Affinity(Answered):
    """How well one side's wants are met; the contributions add up to the value."""

    value: float
    contributions: list[Contribution]


class GroundPart(Answered):
    """One likeness of both profiles as wholes."""

    likeness: Likeness
    similarity: float
    weight: float
    value: float


class Ground(Answered):
    """What both profiles have in common as wholes."""

    value: float
    parts: list[GroundPart]


class Confidence(Answered):
    """How much is known of the pair: the product of its parts."""

    value: float
    level: Level
    completeness: float
    freshness: float
    directness: float


class Evidence(Answered):
    """A want beside the statement that answers it best, and the points (hundredths of fit) it adds."""

    side: Side
    wanted: Quoted
    met_by: Quoted
    coverage: Coverage
    points: float
    shared_concepts: list[str]


class Gap(Answered):
    """A want that nothing answers."""

    side: Side
    wanted: Quoted
    coverage: Coverage


class Bar(Answered):
    """A step of the sum that ends at the fit, in points."""

    side: Side
    wanted: str
    met_by: str
    start: float
    end: float


class Explanation(Answered):
    """A match with everything behind it: fit = gets_factor × gets + gives_factor × gives + ground."""

    seeker: str
    partner: str
    relation: Relation
    fit: float
    band: Band
    gets_factor: float
    gives_factor: float
    gets: Affinity
    gives: Affinity
    ground: Ground
    confidence: Confidence
    evidence: list[Evidence]
    gaps: list[Gap]
    unknown: list[Side]
    common_concepts: list[str]
    waterfall: list[Bar]


class Row(Answered):
    """A partner in a ranked list; ``evidence`` is the one that adds most, ``explanation`` comes where asked for."""

    rank: int
    partner: Party
    relation: Relation
    fit: float
    band: Band
    confidence: Confidence
    evidence: Evidence | None
    explanation: Explanation | None = None


class Matches(EditionPage):
    """The partners of an organisation, best first."""

    organisation: str
    matcher_version: str
    matches: list[Row]
    facets: Facets


class Match(OfData):
    """One match."""

    matcher_version: str
    seeker: Party
    partner: Party
    relations: list[Relation]
    best_relation: Relation
    explanation: Explanation


class Triangle(Answered):
    """A pair and a programme."""

    programme: str
    seeker: str
    partner: str
    value: float
    fit: float
    topic: dict[str, Any]
    availability: Availability
    is_watched: bool
    eligibility: dict[str, Any]


class Today(Answered):
    """A programme as of today."""

    availability: Availability
    is_watched: bool
    days_left: int | None
    dates: dict[str, date]


class Programme(Answered):
    """A programme, as in data/README.md, with its rules and how it stands today."""

    id: str
    kind: ProgrammeKind
    names: Names
    aliases: list[str] = []
    countries: list[Country]
    operators: list[str]
    website: str
    fields: list[str] = []
    edition: str | None = None
    status: ProgrammeStatus
    opens_on: date | None = None
    closes_on: date | None = None
    founded: int | None = None
    source: str
    read_on: date
    rules: list[dict[str, Any]] = []
    links: dict[str, str] = {}
    budget: dict[str, Any] | None = None
    contradictions: list[dict[str, Any]] = []
    statements: list[Statement]
    today: Today


class Programmes(OfData):
    """All programmes that pass the filters."""

    programmes: list[Programme]


class ProgrammeAnswer(OfData):
    """A programme and its best pairs."""

    programme: Programme
    triangles: list[Triangle]


class OrganisationProgrammes(OfData):
    """The best combinations of a partner and a programme."""

    organisation: str
    triangles: list[Triangle]


class MatchProgrammes(OfData):
    """The programmes for a pair: those that pay or may pay, those that give a frame, those to watch."""

    current: list[Triangle]
    frames: list[Triangle]
    watched: list[Triangle]


class Check(OfData):
    """The rules of a programme held against some organisations, and how much it speaks of what they do."""

    eligibility: dict[str, Any]
    topic: float


class Consortium(OfData):
    """Whom else to bring together, and which needs stay uncovered."""

    programme: str
    given: list[str]
    invited: list[dict[str, Any]]
    open_places: list[dict[str, Any]]
    covers: list[dict[str, Any]]
    value: float
    method: str
    bound: float | None
    eligibility: dict[str, Any]


class Person(Answered):
    """Somebody who owns a shortlist or can follow up a match on it."""

    id: uuid.UUID
    name: str


class Team(Answered):
    """The team that a shortlist is shared in."""

    id: uuid.UUID
    name: str


class Shortlist(Answered):
    """A shortlist: how many matches it has in each status, how many next steps are overdue, and what you may do."""

    id: uuid.UUID
    title: str
    owner: Person
    team: Team | None
    right: TeamRight
    created_at: datetime
    archived_at: datetime | None
    total: int
    overdue: int
    counts: dict[Status, int]


class Shortlists(Page):
    """Your shortlists and those of your teams."""

    shortlists: list[Shortlist]


class Item(Answered):
    """A match on a shortlist, as it was when it was put there, and how far it has come."""

    id: uuid.UUID
    shortlist: uuid.UUID
    seeker: str
    partner: str
    relation: Relation
    fit: float
    band: Band
    status: Status
    refusal: Refusal | None
    refusal_note: str
    note: str
    next_step: str
    next_step_on: date | None
    assignee: uuid.UUID | None
    snapshot: str
    matcher_version: str
    created_at: datetime
    version: int


class ItemAnswer(Item):
    """A match on a shortlist, with its explanation of that day."""

    explanation: dict[str, Any]


class ShortlistAnswer(Shortlist):
    """A shortlist with its matches in order, and the people to whom they can be assigned."""

    people: list[Person]
    items: list[Item]


class Fault(Answered):
    """What is wrong with one field of a document."""

    field: str
    code: str


class Comment(Answered):
    """Why a reviewer sent it back; ``place`` is the statement or field that it is about."""

    objection: Objection
    place: str
    note: str


class Contact(Answered):
    """Whom to introduce, once both sides want it."""

    name: str
    email: str


class SubmissionAnswer(Answered):
    """A working copy, with what has to be mended before it can be sent in."""

    organisation: str | None
    status: SubmissionStatus
    document: dict[str, Any]
    is_anonymous: bool
    contact: Contact
    evidence: str
    comments: list[Comment]
    faults: list[Fault]
    version: int
    saved_at: datetime
    submitted_at: datetime | None


class Dossier(Answered):
    """A file of type JSON: what ``kakehashi verify`` reads."""

    model_config = ConfigDict(extra="allow")

    format: Literal["kakehashi-dossier"]
    version: int
    title: str
    lang: Lang
    data_snapshot: str
    matcher_version: str
    entries: list[dict[str, Any]]


class FieldProblem(Answered):
    """What is wrong with one value."""

    field: str
    code: str
    detail: str


class Problem(Answered):
    """Problem details (RFC 9457): ``type`` is stable, the sentences are in the language of Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    suggestions: list[str] | None = None
    missing: list[str] | None = None
    id: str | None = None
