from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import html5lib
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale
from werkzeug.test import TestResponse

from matcher.explain import Coverage, Side
from matcher.match import Band, Level, Relation
from matcher.profile import (
    LANGUAGES,
    Cooperation,
    Country,
    Kind,
    ProgrammeKind,
    ProgrammeStatus,
    Role,
    Rule,
    RuleCode,
    Size,
)
from web import i18n
from web.matching import Board

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
CATALOGUES = {lang: WEB / "translations" / lang / "LC_MESSAGES" / "messages.po" for lang in ("fr", "ja")}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
TAG = re.compile(r"</?\w+[^>]*>")
JAPANESE = r"[ぁ-んァ-ヶー一-龠々]"
NBSP = "\u00a0"

Key = tuple[str | None, str]


def catalogue(lang: str) -> Catalog:
    with CATALOGUES[lang].open("rb") as lines:
        return read_po(lines, locale=lang)


def entries(lang: str) -> list[Message]:
    return [message for message in catalogue(lang) if message.id]


def sources(entry: Message) -> list[str]:
    return [entry.id] if isinstance(entry.id, str) else list(entry.id)


def translations(entry: Message) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string or ())


def all_translations(lang: str) -> list[str]:
    return [text for entry in entries(lang) for text in translations(entry)]


# --- catalogues ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", CATALOGUES)
def test_catalogue_is_complete(lang: str) -> None:
    assert not catalogue(lang).obsolete
    for entry in entries(lang):
        assert all(translations(entry)) and not entry.fuzzy, entry.id


@pytest.mark.parametrize("lang", CATALOGUES)
def test_translations_keep_placeholders_and_tags(lang: str) -> None:
    for entry in entries(lang):
        wanted = sources(entry)[-1]
        for text in translations(entry):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(wanted)), entry.id
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(wanted)), entry.id


def test_plural_forms() -> None:
    counts = {lang: {len(translations(e)) for e in entries(lang) if e.pluralizable} for lang in CATALOGUES}
    assert counts == {"fr": {2}, "ja": {1}}


def extracted() -> set[Key]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(str(WEB), methods)
    return {(context, message[0] if isinstance(message, tuple) else message) for *_, message, _, context in found}


@pytest.mark.parametrize("lang", CATALOGUES)
def test_catalogue_has_the_messages_of_the_code(lang: str) -> None:
    assert {(entry.context, sources(entry)[0]) for entry in entries(lang)} == extracted()


def test_no_message_hides_from_extraction() -> None:
    """Babel overlooks calls within f-strings; the syntax tree does not."""
    known = {message for _, message in extracted()}
    for file in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("_", "gettext"):
                    assert ast.literal_eval(node.args[0]) in known, file
                if node.func.id == "pgettext":
                    assert ast.literal_eval(node.args[1]) in known, file


def test_french_typography() -> None:
    for text in all_translations("fr"):
        assert "'" not in text, text
        assert '"' not in TAG.sub("", text), text
        # A no-break space before a colon and inside guillemets; none before the marks that take none in Canada.
        assert not re.search(rf"[^{NBSP}]:(?!//)", text), text
        assert not re.search(rf"«(?!{NBSP})|(?<!{NBSP})»", text), text
        assert not re.search(rf"[ {NBSP}][;!?,.]", text), text
        assert not re.search(r"(?<=\S)  |\.\.\.", text), text
        assert not re.search(r"(\)s|\d) (points|jours|mois|minutes|caractères|kilooctets|%(?!\())", text), text
        # A name may start with a vowel, before which these words would have to change.
        assert not re.search(r"\b([DdLlNn]e|[Qq]ue|[Ll]a) %\((names?|one|two|reader|sender|taker|giver)", text), text


def test_japanese_typography() -> None:
    for text in all_translations("ja"):
        assert not re.search(r"[\uff61-\uff9f]", text), text  # half-width katakana
        assert not re.search(r"[Ａ-Ｚａ-ｚ０-９]", text), text
        assert not re.search(rf"{JAPANESE}[,.:;!?()]|[,.:;!?()]{JAPANESE}", text), text
        # A command and the name of a licence keep the spaces that they have.
        own = text.replace("コモンズ 表示", "").replace("verify ファイル名", "")
        assert not re.search(rf"{JAPANESE} [\w%]|[\w%] {JAPANESE}", own), text
        assert not re.search(r"[、。」）：] | [「（]", text), text
        # Labels and buttons end in a noun.
        assert not re.search(r"\w[^、。]{2,}する$", text), text


# What one word is called in one place it is called everywhere: words that a translation of another has displaced.
DISPLACED = {
    "fr": (
        r"\b[Pp]aires?\b", r"(?<!\()\be?-?mails?\b", r"[Cc]onnexion\b", r"se connecter", r"[Aa]pprovisionnement",
        r"n’a été changé", r"\bpubli(c|que) (trouvé|n’a)", r"[Tt]apez",
    ),
    "ja": (
        "相手先", "提携", "記載(?!なし)", "題名", "主題", "サインイン", "スナップショット", "公開されたニーズ",
        "噛", "しまう", "しまった", "わから", "ブラウザ(?!ー)", "作って|作る", "三言語", "何も変更",
    ),
}  # fmt: skip
# English words that have one counterpart each.
CHOSEN = [
    (r"[Ss]hortlist", r"[Ll]istes?\b", "リスト"),
    (r"[Ss]aved search", r"[Rr]echerches?\b", "検索"),
    (r"[Cc]onfidence\b", "[Cc]onfiance", "確度"),
    (r"\b[Ff]eed\b", r"\b[Ff]ils?\b", "フィード"),
    (r"(?<!the )\bteams?\b", "équipe", "チーム"),
    (r"\b[Ss]ign in\b", "session|compte", "ログイン"),
]


@pytest.mark.parametrize("lang", CATALOGUES)
def test_one_term_for_one_thing(lang: str) -> None:
    for text in all_translations(lang):
        assert not re.search("|".join(DISPLACED[lang]), text), text
    for entry in entries(lang):
        for wanted, french, japanese in CHOSEN:
            if re.search(wanted, sources(entry)[-1]):
                chosen = {"fr": french, "ja": japanese}[lang]
                assert all(re.search(chosen, text) for text in translations(entry)), (entry.id, entry.string)


# --- nothing half translated -----------------------------------------------------------------------------------------

PAGES = [
    "/", "/search", "/search?q=robot", "/search?q=zzzzqq", "/search?q=" + "x" * 501, "/organisations/kinova",
    "/organisations/kinova/matches", "/organisations/kinova/matches?kind=hospital&field=space",
    "/matches/rapidus/tenstorrent?relation=peer", "/matches/japan-aisi/canada-caisi", "/programmes",
    "/programmes/globalstars-japan", "/about", "/nothing", "/organisations/nobody", "/matches/kinova/mila",
]  # fmt: skip


@pytest.mark.parametrize("lang", CATALOGUES)
@pytest.mark.parametrize("page", PAGES)
def test_no_english_is_left_in_other_languages(client: Any, lang: str, page: str) -> None:
    response: TestResponse = client.get(f"/{lang}{page}")
    foreign = [
        m for e in entries(lang) for m in sources(e)
        if len(m) > 12 and not PLACEHOLDER.search(m) and m not in translations(e)
    ]  # fmt: skip
    shown = " ".join(own_words(html5lib.parse(response.text, namespaceHTMLElements=False), lang))
    assert len(shown) > 200
    # Punctuation that a template writes itself would be that of one language in all.
    assert not re.search(rf"\w:(?!//)|{JAPANESE}[:;!?,]|{JAPANESE} ?\({JAPANESE}", shown)
    # So would a number that is formatted when a template is compiled.
    assert not re.search({"fr": r"\b0\.\d\d\b", "ja": r"\b0,\d\d\b"}[lang], shown)
    assert [message for message in foreign if message in shown] == []


def own_words(element: Any, lang: str) -> Iterator[str]:
    """The text and labels of a page that are in its own language."""
    if element.get("lang", lang) == lang and isinstance(element.tag, str) and "code" not in element.tag:
        yield " ".join(filter(None, (element.text, *map(element.get, ("aria-label", "title", "content")))))
        for child in element:
            yield from own_words(child, lang)
            yield child.tail or ""


# --- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        (i18n.COUNTRIES, Country), (i18n.KINDS, Kind), (i18n.ROLES, Role), (i18n.COOPERATIONS, Cooperation),
        (i18n.SIZES, Size), (i18n.RELATIONS, Relation), (i18n.BANDS, Band), (i18n.LEVELS, Level),
        (i18n.COVERAGES, Coverage), (i18n.PROGRAMME_KINDS, ProgrammeKind), (i18n.RULES, RuleCode),
        (i18n.PROGRAMME_STATUSES, ProgrammeStatus),
    ],
)  # fmt: skip
def test_every_code_has_a_label_of_its_own_in_every_language(app: Flask, labels: Any, codes: Any) -> None:
    assert list(labels) == list(codes) or set(labels) == set(codes)
    with app.app_context():
        for lang in LANGUAGES:
            with force_locale(lang):
                assert len({str(label) for label in labels.values()}) == len(codes)


def test_subdivisions_are_all_named() -> None:
    names = i18n.subdivisions()
    canada = "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()
    assert set(names) == {f"JP-{n:02}" for n in range(1, 48)} | {f"CA-{code}" for code in canada}
    for lang in LANGUAGES:
        assert len({row[lang] for row in names.values()}) == 60
    assert all(row["ja"][-1] in "都道府県" for code, row in names.items() if code.startswith("JP"))


# --- sentences -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=LANGUAGES)
def spoken(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    """Each language in turn, as the command line sets it: without a request."""
    with app.app_context(), force_locale(request.param):
        yield request.param


def test_language_without_a_request(spoken: str) -> None:
    assert i18n.language() == spoken


def test_reasons_are_one_whole_line(spoken: str, board: Board) -> None:
    for profile in board.corpus.profiles.values():
        for why in board.partners(profile.id, 3):
            seeker, partner = board.parties(why)
            for line in (i18n.reason(why, seeker, partner), *i18n.gains(why, seeker, partner)):
                assert 8 < len(line) < 300
                assert "%(" not in line and "\n" not in line and "<" not in line, spoken


def test_reason_names_both_and_what_they_share(app: Flask, board: Board) -> None:
    why = board.pair("rapidus", "tenstorrent")
    lines = {}
    with app.app_context():
        for lang in LANGUAGES:
            with force_locale(lang):
                lines[lang] = i18n.reason(why, *board.parties(why))
    assert all("Rapidus" in line and "Tenstorrent" in line for line in lines.values())
    assert " offers what " in lines["en"]
    assert " offre ce que cherche " in lines["fr"] and f"{NBSP}: " in lines["fr"]
    assert "を提供できます：" in lines["ja"]


def test_markup_of_a_reason_escapes_and_marks_the_language_of_quotations(spoken: str, board: Board) -> None:
    quoted = 0
    for why in board.partners("kinova", 40):
        markup = i18n.reason_markup(why, *board.parties(why))
        plain = i18n.reason(why, *board.parties(why))
        assert re.sub(r"</?span[^>]*>", "", markup).replace("&#39;", "'").replace("&amp;", "&") == plain
        quoted += 'lang="' in markup
    assert quoted, spoken


@pytest.mark.usefixtures("spoken")
def test_rule_carries_its_numbers(board: Board) -> None:
    for pair in (("rapidus", "tenstorrent"), ("japan-aisi", "canada-caisi"), ("kinova", "cyberdyne")):
        for relation in board.relations(*pair):
            why = board.pair(*pair, relation)
            sentence, ground = i18n.rule(why.match), i18n.steps(why)[-1]
            for number in (*map(i18n.points, (why.match.gets.value, why.match.gives.value, why.match.fit)),
                           i18n.decimal(ground)):  # fmt: skip
                assert number in sentence
            # What the sentence says the two parts are must add up to what it says the fit is.
            met, shown, fit = (Decimal(n.replace(",", ".")) for n in re.findall(r"\d+[.,]\d\d", sentence)[-3:])
            assert met + shown == fit


@pytest.mark.usefixtures("spoken")
def test_headings(board: Board) -> None:
    rapidus = board.corpus.profiles["rapidus"]
    headings = {
        f(rapidus, r) for f in (i18n.wants_heading, i18n.offers_heading) for r in (Relation.SUPPLY, Relation.PEER)
    }
    assert len(headings) == 3
    assert all("Rapidus" in heading for heading in headings)


@pytest.mark.parametrize(
    ("code", "value", "sentence"),
    [
        (RuleCode.APPLICANT, {"country": "CA", "kinds": ["company", "startup"], "sme": True},
         "Applicants from Canada: company or start-up. Small and medium-sized only."),
        (RuleCode.APPLICANT, {"sme": False}, "Applicants: any organisation."),
        (RuleCode.MIN_MEMBERS, {"JP": 2, "CA": 3}, "At least: Japan (2) and Canada (3)."),
        (RuleCode.MAX_SHARE, {"of": "organisation", "percent": 70},
         "One organisation carries at most 70% of the budget."),
        (RuleCode.FUNDING_CAP, {"country": "CA", "currency": "CAD", "amount": 500000, "percent": 50},
         "Funding for Canada: up to 500,000 Canadian dollars and up to 50% of costs."),
        (RuleCode.DURATION_MONTHS, {"max": 36}, "Projects run for at most 36 months."),
        (RuleCode.DURATION_MONTHS, {"min": 12}, "Projects run for at least 12 months."),
        (RuleCode.EXCLUDED_TOPICS, ["nuclear power", "R&D"],
         'Not accepted: <span lang="en">nuclear power, R&amp;D</span>.'),
        (RuleCode.CIVILIAN_ONLY, True, "The results must serve civilian purposes only."),
    ],
)  # fmt: skip
def test_rule_sentences(app: Flask, board: Board, code: RuleCode, value: object, sentence: str) -> None:
    read_on = next(iter(board.corpus.programmes.values())).read_on
    rule = Rule(code, value, "https://example.com/", read_on)
    with app.app_context():
        with force_locale("en"):
            assert i18n.rule_sentence(rule) == sentence
        for lang in ("fr", "ja"):
            with force_locale(lang):
                assert "%(" not in i18n.rule_sentence(rule)


@pytest.mark.parametrize(
    ("profile_id", "places"),
    [
        ("kinova", ("Boisbriand, Quebec", "Boisbriand (Québec)", "ケベック州 Boisbriand")),
        ("rapidus", ("Tokyo", "Tokyo", "東京都")),
        ("jaxa", ("Chofu, Tokyo", "Chofu, Tokyo", "東京都調布市")),
        ("aist", ("Tsukuba, Ibaraki", "Tsukuba (Ibaraki)", "茨城県つくば市")),
    ],
)
def test_places_are_written_as_the_language_writes_them(
    app: Flask, board: Board, profile_id: str, places: tuple[str, ...]
) -> None:
    found = []
    with app.app_context():
        for lang in LANGUAGES:
            with force_locale(lang):
                found.append(i18n.place(board.corpus.profiles[profile_id]))
    assert tuple(found) == places


@pytest.mark.parametrize(
    ("profile_id", "names"),
    [
        ("kinova", ("Kinova", "Kinova", "Kinova")),
        ("aist", ("AIST", "AIST", "産業技術総合研究所")),
        ("canada-caisi", ("CAISI", "ICSIA", "CAISI")),
        ("hitachi", ("Hitachi", "Hitachi", "日立製作所")),
        ("nrc", ("National Research Council of Canada", "Conseil national de recherches du Canada",
                 "National Research Council of Canada")),
    ],
)  # fmt: skip
def test_short_names(app: Flask, board: Board, profile_id: str, names: tuple[str, ...]) -> None:
    found = []
    with app.app_context():
        for lang in LANGUAGES:
            with force_locale(lang):
                found.append(i18n.short_name(board.corpus.profiles[profile_id]))
    assert tuple(found) == names


@pytest.mark.parametrize(
    ("values", "shown"), [([1 / 3] * 3, [0.33, 0.34, 0.33]), ([], []), ([0.004, 0.004], [0.0, 0.01])]
)
def test_shown_numbers_add_up(values: list[float], shown: list[float]) -> None:
    assert i18n.added_up(values) == shown


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("en", "500,000 12.50 November 23, 2026"),
        ("fr", f"500{NBSP}000 12,50 23 novembre 2026"),
        ("ja", "500,000 12.50 2026年11月23日"),
    ],
)
def test_numbers_and_dates_follow_the_language(app: Flask, lang: str, written: str) -> None:
    with app.test_request_context(f"/{lang}/"):
        assert f"{i18n.number(500_000)} {i18n.decimal(12.5)} {i18n.day(date(2026, 11, 23))}" == written


def test_sides_of_a_match_are_told_in_order(app: Flask, board: Board) -> None:
    why = board.pair("rapidus", "tenstorrent")
    with app.app_context(), force_locale("en"):
        one, other = i18n.gains(why, *board.parties(why))
    assert one.startswith("Rapidus") and other.startswith("Tenstorrent")
    assert {e.side for e in why.evidence} <= {Side.GETS, Side.GIVES}
