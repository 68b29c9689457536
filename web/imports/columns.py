"""What a column of a spreadsheet means, and what its cells mean: headings, codes and dates in any of three languages.

The headings are the vocabulary of a file format, as fixed as the names of fields in JSON: they stand here, once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

from flask_babel import force_locale

from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Role, Size
from matcher.taxonomy import Taxonomy
from matcher.text import fold
from web import i18n

# How each column is called, the first as the template has it; whoever writes another is understood too.
_HEADINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "id": {"en": ("Id", "Identifier", "Kakehashi id"), "fr": ("Identifiant",), "ja": ("ID", "識別子")},
    "name_en": {
        "en": ("Name (English)", "Name", "English name", "Organisation", "Organization", "Name en", "Company"),
        "fr": ("Nom (anglais)", "Nom anglais", "Nom en anglais"),
        "ja": ("名称（英語）", "英語名", "英文名称", "英語名称", "会社名（英語）", "機関名（英語）"),
    },
    "name_fr": {
        "en": ("Name (French)", "French name", "Name fr"),
        "fr": ("Nom (français)", "Nom français", "Nom en français", "Nom", "Organisme", "Entreprise"),
        "ja": ("名称（フランス語）", "フランス語名", "仏語名"),
    },
    "name_ja": {
        "en": ("Name (Japanese)", "Japanese name", "Name ja"),
        "fr": ("Nom (japonais)", "Nom japonais", "Nom en japonais"),
        "ja": ("名称（日本語）", "日本語名", "名称", "会社名", "機関名", "組織名", "企業名", "団体名"),
    },
    "aliases": {
        "en": ("Other names", "Aliases", "Alias", "Short names", "Also known as"),
        "fr": ("Autres noms", "Alias", "Sigles"),
        "ja": ("別名", "略称", "通称"),
    },
    "country": {"en": ("Country",), "fr": ("Pays",), "ja": ("国", "国名")},
    "kind": {
        "en": ("Kind", "Type", "Kind of organisation"),
        "fr": ("Type", "Genre", "Type d’organisation"),
        "ja": ("種類", "種別", "区分"),
    },
    "subdivision": {
        "en": ("Prefecture or province", "Province", "Prefecture", "Subdivision", "Region", "State"),
        "fr": ("Préfecture ou province", "Province", "Préfecture", "Région"),
        "ja": ("都道府県・州", "都道府県", "州"),
    },
    "city_en": {
        "en": ("City", "City (English)", "Town"),
        "fr": ("Ville", "Ville (anglais)", "Municipalité"),
        "ja": ("市区町村（英語）", "都市（英語）", "市（英語）"),
    },
    "city_fr": {
        "en": ("City (French)",),
        "fr": ("Ville (français)", "Ville en français"),
        "ja": ("市区町村（フランス語）", "都市（フランス語）"),
    },
    "city_ja": {
        "en": ("City (Japanese)",),
        "fr": ("Ville (japonais)",),
        "ja": ("市区町村（日本語）", "市区町村", "都市", "所在地"),
    },
    "website": {
        "en": ("Website", "Web site", "URL", "Web address", "Homepage"),
        "fr": ("Site Web", "Adresse Web", "URL"),
        "ja": ("ウェブサイト", "ホームページ", "URL", "サイト"),
    },
    "founded": {
        "en": ("Founded", "Year founded", "Founded in"),
        "fr": ("Fondation", "Année de fondation", "Fondée en"),
        "ja": ("設立", "設立年", "創業"),
    },
    "size": {
        "en": ("Size", "People", "Employees"),
        "fr": ("Taille", "Effectif", "Nombre d’employés"),
        "ja": ("規模", "従業員数", "従業員規模"),
    },
    "ror": {"en": ("ROR",), "fr": ("ROR",), "ja": ("ROR",)},
    "wikidata": {"en": ("Wikidata",), "fr": ("Wikidata",), "ja": ("Wikidata", "ウィキデータ")},
    "corporate_number": {
        "en": ("Japanese corporate number", "Corporate number"),
        "fr": ("Numéro d’entreprise japonais",),
        "ja": ("法人番号",),
    },
    "lei": {"en": ("LEI",), "fr": ("LEI", "IEJ"), "ja": ("LEI",)},
    "business_number": {
        "en": ("Canadian business number", "Business number", "BN"),
        "fr": ("Numéro d’entreprise canadien", "Numéro d’entreprise", "NE"),
        "ja": ("カナダ企業番号", "カナダ事業者番号"),
    },
    "fields": {
        "en": ("Fields", "Field", "Sectors", "Sector"),
        "fr": ("Domaines", "Domaine", "Secteurs", "Secteur"),
        "ja": ("分野", "業種"),
    },
    "source": {
        "en": ("Source", "Source address"),
        "fr": ("Source", "Adresse de la source"),
        "ja": ("出典", "情報源"),
    },
    "read_on": {
        "en": ("Read on", "Date read", "Read", "Date"),
        "fr": ("Lu le", "Lue le", "Date de lecture", "Date"),
        "ja": ("確認日", "閲覧日", "日付"),
    },
}
_STATEMENTS: Final[Mapping[Role, Mapping[str, tuple[str, ...]]]] = {
    Role.CAPABILITY: {
        "en": ("Capability", "Capabilities", "Can offer", "Offer", "Offers"),
        "fr": ("Capacité", "Capacités", "Peut offrir", "Offre"),
        "ja": ("提供できること", "提供", "能力", "強み"),
    },
    Role.NEED: {
        "en": ("Need", "Needs", "Looks for", "Looking for", "Seeks"),
        "fr": ("Besoin", "Besoins", "Cherche", "Recherche"),
        "ja": ("求めていること", "求めること", "ニーズ", "課題"),
    },
}
# What may stand beside a statement: "Capability 1 source".
_PARTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "source": {"en": ("source",), "fr": ("source",), "ja": ("出典", "情報源")},
    "read_on": {"en": ("read on", "date"), "fr": ("lu le", "date"), "ja": ("確認日", "閲覧日")},
    "trl": {"en": ("TRL",), "fr": ("TRL", "NMT"), "ja": ("TRL", "技術成熟度")},
    "cooperation": {"en": ("cooperation",), "fr": ("coopération",), "ja": ("協力形態", "連携形態")},
    "inferred": {"en": ("derived",), "fr": ("déduit",), "ja": ("推定",)},
}
IDENTIFIERS: Final = ("ror", "wikidata", "corporate_number", "lei", "business_number")
# The organisation of the template's example row, which nobody means to import.
EXAMPLE_NAME: Final = "Example Robotics Inc."
# What a new organisation cannot do without.
REQUIRED: Final = ("name_en", "country", "kind", "subdivision", "city_en", "source", "read_on")
# By one of these an organisation is told from others.
_TELLING: Final = ("id", "name_en", "name_fr", "name_ja", *IDENTIFIERS)
_MOST_NUMBER: Final = 99
_SEPARATORS: Final = re.compile(r"[;；\n|]|、")


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A field, such as ``name_en``; or a statement (``capability``, ``need``) by number, or a part of one."""

    key: str
    number: int = 0
    part: str = ""

    @property
    def role(self) -> Role | None:
        """Which side a statement speaks for; None for a field."""
        return Role(self.key) if self.number else None


def heading(column: Column, lang: str) -> str:
    """How the template calls a column.

    >>> [heading(Column("need", 2, "source"), lang) for lang in ("en", "fr", "ja")]
    ['Need 2 source', 'Besoin 2 source', '求めていること2 出典']
    """
    if not column.number:
        return _HEADINGS[column.key][lang][0] if column.key in _HEADINGS else column.key
    text = _STATEMENTS[Role(column.key)][lang][0] + ("" if lang == "ja" else " ") + str(column.number)
    return f"{text} {_PARTS[column.part][lang][0]}" if column.part else text


def known_columns() -> tuple[Column, ...]:
    """Every field, in the order of the template."""
    return tuple(map(Column, _HEADINGS))


def find_column(text: str) -> Column | None:
    """The column that a heading means, in any of the three languages; None where it means none of ours.

    >>> find_column(" NOM（anglais）"), find_column("能力 １　出典")
    (Column(key='name_en', number=0, part=''), Column(key='capability', number=1, part='source'))
    """
    key = _key(text)
    if found := _fields().get(key):
        return Column(found)
    if match := _statement_pattern().fullmatch(key):
        number = int(match["number"] or 1)
        if 1 <= number <= _MOST_NUMBER:
            return Column(_roles()[match["role"]], number, _parts()[match["part"]] if match["part"] else "")
    return None


def is_header(values: Sequence[str]) -> bool:
    """Whether a row is the header: two headings of ours, or one by which organisations are told."""
    found = {column for value in values if value and (column := find_column(value))}
    return len(found) >= 2 or any(column.key in _TELLING for column in found)


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns of a file in order (None: not ours), and what is wrong with the headings."""

    columns: tuple[Column | None, ...]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def can_tell(self) -> bool:
        """Whether a row says which organisation it is about."""
        return any(column and column.key in _TELLING for column in self.columns)


def read_headings(header: Iterable[str]) -> Headings:
    """What the columns of a file are.

    >>> read_headings(["Nom (anglais)", "国", "Colour", "Pays"]).twice
    ('Pays',)
    """
    columns: list[Column | None] = []
    unknown, twice = [], []
    for text in header:
        column = find_column(text) if text else None
        if column and column in columns:
            twice.append(text)
        if text and column is None:
            unknown.append(text)
        columns.append(column)
    keys = {column.key for column in columns if column}
    return Headings(tuple(columns), tuple(unknown), tuple(twice), tuple(k for k in REQUIRED if k not in keys))


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


@cache
def _fields() -> Mapping[str, str]:
    named = {_key(text): key for key, by in _HEADINGS.items() for texts in by.values() for text in texts}
    # The names in JSON documents serve as well, as an export has them.
    return {_key(key): key for key in _HEADINGS} | {"city": "city_en", "types": "kind"} | named


@cache
def _roles() -> Mapping[str, str]:
    return {_key(text): role.value for role, by in _STATEMENTS.items() for texts in by.values() for text in texts}


@cache
def _parts() -> Mapping[str, str]:
    return {_key(text): part for part, by in _PARTS.items() for texts in by.values() for text in texts}


@cache
def _statement_pattern() -> re.Pattern[str]:
    def either(words: Iterable[str]) -> str:
        return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    return re.compile(rf"(?P<role>{either(_roles())})(?P<number>[0-9]{{1,2}})?(?P<part>{either(_parts())})?")


# --- cells -----------------------------------------------------------------------------------------------------------

_DATES: Final = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)


def _plain(text: str) -> str:
    """Full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def several(text: str) -> list[str]:
    """The parts of a cell that holds several values.

    >>> several("AIST; 産総研、National Institute, Tsukuba")
    ['AIST', '産総研', 'National Institute, Tsukuba']
    """
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def read_day(text: str) -> str:
    """A date as ISO 8601; the text itself where it is none, or one that two countries read as different days.

    >>> [read_day(t) for t in ("2026/1/2", "２０２６年１月２日", "01/02/2026")]
    ['2026-01-02', '2026-01-02', '01/02/2026']
    """
    plain = _plain(text)
    for pattern in _DATES:
        if match := pattern.fullmatch(plain):
            try:
                return date(*map(int, match.groups())).isoformat()
            except ValueError:
                return text
    return text


def read_whole(text: str) -> int | str:
    """A whole number, with 年 or 名 behind it too; the text itself where it is none."""
    match = re.fullmatch(r"(\d{1,9})(?:\.0+)?\s*[年名人]?", _plain(text))
    return int(match[1]) if match else text


def read_address(text: str) -> str:
    """A web address; what starts as one is given the scheme that it lacks.

    >>> read_address("www.example.com/about"), read_address("see our site")
    ('https://www.example.com/about', 'see our site')
    """
    is_bare = re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", text) is not None
    return f"https://{text}" if is_bare else text


def read_identifier(scheme: str, text: str) -> str:
    """An identifier in the one spelling that is kept.

    >>> read_identifier("ror", "ror.org/012345678"), read_identifier("business_number", "12345 6789 RC0001")
    ('https://ror.org/012345678', '123456789')
    """
    plain = _plain(text).strip()
    last = plain.rstrip("/").rpartition("/")[2]
    if scheme == "ror":
        return f"https://ror.org/{last.lower()}"
    if scheme == "wikidata":
        return last.upper()
    compact = re.sub(r"[\s-]", "", plain).upper()
    if scheme == "business_number":
        return re.sub(r"(?<=^\d{9})R[A-Z]\d{4}$", "", compact.removeprefix("BN"))
    return compact.removeprefix("T") if scheme == "corporate_number" else compact


def read_code(key: str, text: str) -> str:
    """The code that a cell means, by code or label in any of the three languages; the text itself where none fits."""
    codes = _fields_by_name(i18n.taxonomy()) if key == "fields" else _codes(key)
    return codes.get(_key(text), text)


def read_subdivision(text: str, country: str) -> str:
    """The ISO 3166-2 code of a prefecture, province or territory: by code, with or without the country, or name."""
    key = _key(text)
    known = _subdivisions()
    for candidate in (f"{country.lower()}{key}", key):
        if candidate in known:
            return known[candidate]
    return text


@cache
def _subdivisions() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, row in i18n.subdivisions().items():
        names = [row[lang] for lang in LANGUAGES]
        bare = row["ja"][:-1] if row["ja"][-1] in "都府県州" else row["ja"]
        plain = [re.sub(r"(?i)[ -](prefecture|ken|to|fu)$", "", name) for name in names]
        found |= {_key(text): code for text in (code, *names, bare, *plain)}
    return found


@cache
def _codes(key: str) -> Mapping[str, str]:
    """Codes by code and label. Needs an application: labels are translations."""
    labels: Mapping[str, Mapping[Any, Any]] = {
        "country": i18n.COUNTRIES, "kind": i18n.KINDS, "size": i18n.SIZES, "cooperation": i18n.COOPERATIONS,
    }  # fmt: skip
    found = dict(_MORE.get(key, {}))
    for lang in LANGUAGES:
        with force_locale(i18n.LOCALES[lang]):
            found |= {_key(str(label)): str(code) for code, label in labels[key].items()}
    return {_key(text): code for text, code in found.items()} | {_key(str(code)): str(code) for code in labels[key]}


@lru_cache(maxsize=2)
def _fields_by_name(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Fields by notation and label; reviewers may have changed the labels."""
    fields = [taxonomy.concepts[notation] for notation in taxonomy.fields]
    found = {_key(text): f.notation for f in fields for text in (f.notation, *f.labels)}
    # The label of a field before the other words for another one.
    return found | {_key(f.label(lang)): f.notation for f in fields for lang in LANGUAGES}


# Words that people use beside the labels.
_MORE: Final[Mapping[str, Mapping[str, str]]] = {
    "country": {"JPN": Country.JP, "CAN": Country.CA, "日本国": Country.JP},
    "kind": {
        "corporation": Kind.COMPANY, "firm": Kind.COMPANY, "société": Kind.COMPANY, "会社": Kind.COMPANY,
        "startup": Kind.STARTUP, "スタートアップ企業": Kind.STARTUP, "ベンチャー": Kind.STARTUP,
        "college": Kind.UNIVERSITY, "établissement d’enseignement": Kind.UNIVERSITY,
        "institut de recherche": Kind.RESEARCH_INSTITUTE, "centre de recherche": Kind.RESEARCH_INSTITUTE,
        "研究機関": Kind.RESEARCH_INSTITUTE, "研究所": Kind.RESEARCH_INSTITUTE,
        "病院": Kind.HOSPITAL, "ministry": Kind.GOVERNMENT_BODY, "agency": Kind.GOVERNMENT_BODY,
        "ministère": Kind.GOVERNMENT_BODY, "省庁": Kind.GOVERNMENT_BODY, "行政機関": Kind.GOVERNMENT_BODY,
        "city": Kind.MUNICIPALITY, "ville": Kind.MUNICIPALITY, "自治体": Kind.MUNICIPALITY,
        "industry association": Kind.ASSOCIATION, "協会": Kind.ASSOCIATION, "fund": Kind.INVESTOR,
        "investisseur": Kind.INVESTOR, "投資家": Kind.INVESTOR,
    },
    "size": {
        "1-9": Size.MICRO, "10-49": Size.SMALL, "50-249": Size.MEDIUM, "250+": Size.LARGE,
        "petite": Size.SMALL, "moyenne": Size.MEDIUM, "grande": Size.LARGE, "中": Size.MEDIUM, "大": Size.LARGE,
    },
    "cooperation": {"joint research": Cooperation.JOINT_RESEARCH, "licence": Cooperation.LICENSING},
}  # fmt: skip


def read_size(text: str) -> str:
    """A size band: by code, label, or the number of people."""
    people = read_whole(text)
    if isinstance(people, int):
        bands = ((10, Size.MICRO), (50, Size.SMALL), (250, Size.MEDIUM))
        return next((band for below, band in bands if people < below), Size.LARGE).value
    return read_code("size", text)


def read_yes(text: str) -> bool | str:
    """Yes or no in any of the three languages; the text itself where it is neither."""
    words = {"yes": True, "oui": True, "true": True, "1": True, "x": True, "はい": True, "有": True}
    words |= {"no": False, "non": False, "false": False, "0": False, "いいえ": False, "無": False}
    return words.get(fold(text).strip(), text)
