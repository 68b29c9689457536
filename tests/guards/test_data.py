"""What the shipped profiles and programmes keep to beyond their format: languages, typography, sources, neutrality."""

import difflib
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

DATA = Path(__file__).parents[2] / "data"

# The organisations that the brief names; its programmes are in the list below this one.
_NAMED_IN_BRIEF: Final = """
    airc cabinet-office-japan canada-caisi ceimia cohere fujitsu gpai-tokyo-centre honda
    institute-of-administrative-management japan-aisi jipdec jr-kyushu kajima kao keidanren meti mic microsoft-japan
    ministry-of-defense-japan mitsubishi-electric ntt panasonic pg-japan pksha rapidus riken-aip science-tokyo
    seven-eleven-japan softbank tenstorrent tokio-marine-nichido tottori-prefecture toyota yokosuka-city
""".split()
_PROGRAMMES_IN_BRIEF: Final = """
    ai-guidelines-for-business ai-strategy-2022 canada-japan-3-plus-2 gpai hiroshima-ai-process innovation-box-tax
    integrated-innovation-strategy-2024 japan-regulatory-sandbox meti-ai-compute-subsidies society-5-0-sip
""".split()

# Bodies whose public mandate is the relation with the other country may say that country's name. None ships today.
_MAY_NAME_THE_COUNTRY: Final[frozenset[str]] = frozenset()
_COUNTRY: Final = {
    "CA": re.compile(r"(?<![a-z])(canad(a|ian|ians|ien|iens|ienne|iennes))(?![a-z])|カナダ|加奈陀"),
    "JP": re.compile(r"(?<![a-z])(japan|japanese|japon|japonais|japonaise|japonaises)(?![a-z])|日本"),
}

# Well-known organisations that have no profile: no statement of the other country may name them either.
_WELL_KNOWN: Final = {
    "CA": """
        1QBit; AbCellera; Air Canada; Alberta Innovates; AtkinsRéalis; BMO Financial; Bausch Health; Bombardier;
        Borealis AI; Brookfield; CAE Inc; CANARIE; CGI Inc; CIBC; CN Rail; Cameco; Canadian Natural Resources;
        Canadian Nuclear Laboratories; Canadian Tire; Celestica; Cenovus; Constellation Software; Dalhousie; Desjardins;
        Emissions Reduction Alberta; Enbridge; First Quantum; GHGSat; General Fusion; Geotab; Global Affairs Canada;
        Hootsuite; Hydro One; Hydrogenics; Innergex; Ivanhoe Mines; Kepler Communications; Kinaxis; Kinross; Li-Cycle;
        Lightspeed Commerce; Linamar; Loblaw; Loop Energy; Lululemon; MaRS Discovery District; Magna International;
        Manulife; McGill; McMaster; Mitacs; NSERC; Natural Resources Canada; NorthStar Earth; Nutrien; OpenText;
        Perimeter Institute; Photonic Inc; Polytechnique Montréal; Queen's University; Quantum Algorithms Institute;
        Rogers Communications; Royal Bank of Canada; SNC-Lavalin; Saskatchewan Research Council; Shopify;
        Sierra Wireless; Sunnybrook; Suncor; Svante; Teck Resources; Telesat; Telus; Thomson Reuters; Toronto-Dominion;
        TransAlta; Université Laval; Université de Montréal; Université de Sherbrooke; University Health Network;
        University of Alberta; University of British Columbia; University of Calgary; University of Ottawa;
        University of Victoria; WELL Health; Wealthsimple; Westport Fuel Systems; Western University; York University
    """,
    "JP": """
        ANA Holdings; Advantest; Ajinomoto; Asahi Kasei; Astellas; Astroscale; Axelspace; Bridgestone; Canon Inc;
        Chubu Electric; Chugai; CyberAgent; Dai Nippon Printing; Daikin; Digital Agency; ELYZA; ENEOS; Eisai; Euglena;
        FUJIFILM; Fanuc; Fast Retailing; Fixstars; Fuji Electric; Groove X; Helical Fusion; Hokkaido University;
        IHI Corporation; INPEX; ITOCHU; Idemitsu; Interstellar Technologies; JERA; JOGMEC; JSPS; JX Advanced Metals;
        KDDI; Kansai Electric; Kawasaki Heavy; Keio; Keyence; Kioxia; Komatsu; Kyocera; Kyoto Fusioneering;
        Kyoto University; Kyushu University; LINE Yahoo; MEXT; Marubeni; Mazda; Mercari; Mitsubishi Chemical;
        Mitsubishi Heavy; Mitsubishi Materials; Mitsubishi Motors; Mizuho; Mujin; Murata Manufacturing; NEDO; NICT;
        NTT DATA; NTT Docomo; Nagoya University; Nikon; Nintendo; Nissan; Nomura; ORIX; Obayashi; Olympus; Omron;
        Ono Pharmaceutical; Osaka Gas; Osaka University; Prime Planet; QunaSys; RIKEN; Ricoh; Rohm; SBI Holdings;
        SCREEN Holdings; SMBC; Sakana AI; Sekisui; Sharp Corporation; Shimizu Corporation; Shin-Etsu; Shionogi;
        SkyDrive; Socionext; Sojitz; Sompo; Sony; Spiber; Subaru; Sumitomo; Suntory; Suzuki Motor; Synspective; TOPPAN;
        Takeda; Takenaka; Telexistence; Terumo; Tokyo Electron; Tokyo Gas; Toray; Toshiba; Toyota Tsusho; Trend Micro;
        Uniqlo; University of Tsukuba; Waseda; Whill; Yamaha; Yaskawa; Yokogawa; Zensho;
        ソニー; 東京エレクトロン; 武田薬品; 理化学研究所
    """,
}

# Addresses that say nothing of who stands behind the page, or that are somebody's copy of somebody's summary.
_SHORTENERS: Final = """
    bit.ly buff.ly dlvr.it goo.gl ift.tt is.gd lnkd.in ow.ly shorturl.at t.co tinyurl.com trib.al
""".split()
_AGGREGATORS: Final = """
    24newsbreaker.com alltop.com crunchbase.com cybersixt.com daily8.com datazoo.jp docplayer.net docslib.org
    europesays.com fandom.com fdocuments.in fdokumen.com financelooker.com flipboard.com irbank.net kantanreader.com
    kotobank.jp newsbeep.com newsio.com owler.com patsnap.com pitchbook.com quora.com raw.githubusercontent.com
    readkong.com reddit.com scribd.com tracxn.com vdocuments.net weblio.jp wikidata.org wikimedia.org wikipedia.org
    wikiwand.com yimg.jp zoominfo.com
""".split()
# Written so that test_repository.py does not take this line for an address.
_REGISTRY: Final = re.compile(r"(^|[.])(pypi|python[h]osted|npmjs|yarnpkg|crates|rubygems|packagist|pkg[.]go)[.]\w+$")

_SLOGANS: Final = re.compile(
    r"world[- ](leading|class)|leading (provider|supplier|company|developer|maker)|global leader|industry[- ]leading"
    r"|cutting[- ]edge|state[- ]of[- ]the[- ]art|best[- ]in[- ]class|one[- ]stop|game[- ]chang|revolutioni[sz]"
    r"|chef de file|leader mondial|à la fine pointe|révolutionn"
    r"|世界をリード|世界トップクラス|業界最大手|リーディングカンパニー|革命的|唯一無二"
)
# A title with a name after it (Mr. Smith, Mme Tremblay), or a name with さん or 氏 after it; 氏名 is a word of its own.
_PERSON: Final = re.compile(
    r"(?<!\w)((Mr|Mrs|Ms|Mme|Mlle|Dr|Prof|Pr)\.?|M\.)\s[A-ZÀ-Ý]|[一-龯ァ-ヶー]{2,}(氏(?!名|族)|さん)"
)
_E_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w")
_PHONE: Final = re.compile(r"(?<![\d.,])(\+\d{1,3}[ -.]?)?(\(\d{2,4}\)[ -]?|\d{2,4}[-.])\d{3,4}[-.]\d{4}(?!\d)")
_HALF_WIDTH_KANA: Final = re.compile(r"[｡-ﾟ]")
_KANA_OR_KANJI: Final = re.compile(r"[ぁ-ヿ一-龯]")


def _documents(pattern: str) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob(pattern))}


PROFILES: Final = _documents("profiles/*/*.json")
PROGRAMMES: Final = _documents("programmes/*.json")
ALL: Final = {**PROFILES, **PROGRAMMES}


def _statements(documents: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, document in documents.items():
        for statement in document["statements"]:
            yield f"{name} {statement['id']}", statement


def _fold(text: str) -> str:
    """Without accents, width and case.

    Only Latin marks go: the dakuten of a kana makes another letter.
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    marks = re.compile("[\u0300-\u036f]")
    return "".join(marks.sub("", unicodedata.normalize("NFD", c)) if c < "\u3000" else c for c in text)


def _is_worth_finding(name: str) -> bool:
    """Whether a name is so long that finding it in a sentence is no accident."""
    return bool(_KANA_OR_KANJI.search(name)) or len(name) >= 4


def _names(country: str) -> list[str]:
    shipped = [
        name
        for profile in PROFILES.values()
        if profile["country"] == country
        for name in [*profile["names"].values(), *profile.get("aliases", [])]
    ]
    known = [name.strip() for name in _WELL_KNOWN[country].split(";")]
    # A name in brackets, as in "Keidanren (Japan Business Federation)", is also known without them.
    return sorted({_fold(re.sub(r"\s*\(.*?\)", "", name)) for name in [*shipped, *known]} - {""})


# Words that are names too: a control room, a viral vector, a battle, a province, any country's institute, a spread.
_NOT_NAMES: Final = {"mission control", "vector", "waterloo", "quebec", "ai safety institute", "spread"}
_OTHER: Final = {"JP": "CA", "CA": "JP"}
_PATTERNS: Final = {
    country: re.compile(
        "|".join(
            re.escape(name) if _KANA_OR_KANJI.search(name) else rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])"
            for name in sorted(_names(country), key=len, reverse=True)
            if _is_worth_finding(name) and name not in _NOT_NAMES
        )
    )
    for country in _OTHER
}


def _is_in(lang: str, statements: list[dict[str, Any]]) -> float:
    return sum(s["lang"] == lang for s in statements) / len(statements)


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _host_is(host: str, domains: list[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _addresses(documents: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, document in documents.items():
        yield f"{name} source", document["source"]
        yield f"{name} website", document["website"]
        for rule in document.get("rules", []):
            yield f"{name} rule {rule['rule']}", rule["source"]
    for where, statement in _statements(documents):
        yield where, statement["source"]


# --- languages and typography ----------------------------------------------------------------------------------------


def test_japanese_organisations_speak_japanese() -> None:
    ours = [p for p in PROFILES.values() if p["country"] == "JP"]
    assert _is_in("ja", [s for p in ours for s in p["statements"]]) >= 0.35
    assert not [p["id"] for p in ours if not _is_in("ja", p["statements"])]


def test_quebec_organisations_speak_french() -> None:
    ours = [p for p in PROFILES.values() if p["subdivision"] == "CA-QC"]
    assert _is_in("fr", [s for p in ours for s in p["statements"]]) >= 0.6
    assert not [p["id"] for p in ours if _is_in("fr", p["statements"]) < 0.5]


def test_text_is_in_the_language_it_says() -> None:
    wrong = [where for where, s in _statements(ALL) if bool(_KANA_OR_KANJI.search(s["text"])) != (s["lang"] == "ja")]
    assert not wrong


def test_no_half_width_kana() -> None:
    assert not [where for where, s in _statements(ALL) if _HALF_WIDTH_KANA.search(s["text"])]


def test_japanese_punctuation_is_full_width() -> None:
    narrow = re.compile(r"[ぁ-ヿ一-龯][,.!?;:]|[(][^)]*[ぁ-ヿ一-龯]")
    assert not [where for where, s in _statements(ALL) if s["lang"] == "ja" and narrow.search(s["text"])]


def test_french_typography() -> None:
    # Before ; : ! ? and inside « » goes a space that does not break; an apostrophe is curly.
    wrong = re.compile(r"(?<![\u00a0\u202f])[;:!?»]|«(?![\u00a0\u202f])|'")
    texts = [(where, s["text"]) for where, s in _statements(ALL) if s["lang"] == "fr"]
    texts += [(name, d["names"]["fr"]) for name, d in ALL.items() if "fr" in d["names"]]
    assert not [where for where, text in texts if wrong.search(text)]


@pytest.mark.parametrize("text", ["double  space", " leads", "trails "])
def test_untidy_space_is_found(text: str) -> None:
    assert _is_untidy(text)


def _is_untidy(text: str) -> bool:
    return text != text.strip() or "  " in text or bool(re.search(r"[\t\r\n]", text))


def test_no_untidy_space() -> None:
    assert not [where for where, s in _statements(ALL) if _is_untidy(s["text"])]


# --- neutrality ------------------------------------------------------------------------------------------------------


def test_no_statement_names_an_organisation_of_the_other_country() -> None:
    found = []
    for name, profile in PROFILES.items():
        other = _PATTERNS[_OTHER[profile["country"]]]
        found += [
            f"{where}: {match[0]}"
            for where, statement in _statements({name: profile})
            if (match := other.search(_fold(statement["text"])))
        ]
    assert not found


def test_no_statement_names_the_other_country() -> None:
    found = [
        where
        for name, profile in PROFILES.items()
        if name not in _MAY_NAME_THE_COUNTRY
        for where, statement in _statements({name: profile})
        if _COUNTRY[_OTHER[profile["country"]]].search(_fold(statement["text"]))
    ]
    assert not found


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("JP", "Works with ＦＵＪＩＴＳＵ on chips"),
        ("JP", "富士通と組む"),
        ("CA", "Fournit Hydro-Quebec"),
        ("CA", "ハイドロ・ケベックに納める"),
        ("CA", "Supplies Shopify"),
    ],
)
def test_a_name_is_found_in_any_writing(country: str, text: str) -> None:
    assert _PATTERNS[country].search(_fold(text))


@pytest.mark.parametrize("text", ["A fan of nuclear fusion", "tomitsui", "Cohesive materials"])
def test_part_of_a_word_is_no_name(text: str) -> None:
    assert not any(pattern.search(_fold(text)) for pattern in _PATTERNS.values())


@pytest.mark.parametrize("pattern", [_SLOGANS, _PERSON, _E_MAIL, _PHONE])
def test_no_slogans_persons_and_personal_data(pattern: re.Pattern[str]) -> None:
    assert not [f"{where}: {m[0]}" for where, s in _statements(ALL) if (m := pattern.search(s["text"]))]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (_SLOGANS, "A world-leading maker"),
        (_SLOGANS, "世界をリードする研究"),
        (_SLOGANS, "Un chef de file mondial"),
        (_PERSON, "Dr. Smith leads it"),
        (_PERSON, "M. Tremblay dirige"),
        (_PERSON, "山田太郎氏が率いる"),
        (_E_MAIL, "Write to info@example.com"),
        (_PHONE, "Call 613-555-0123 or +81-3-1234-5678"),
    ],
)
def test_slogans_persons_and_personal_data_are_recognized(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_no_two_statements_of_one_document_say_nearly_the_same() -> None:
    alike = []
    for name, document in ALL.items():
        for one, two in itertools.combinations(document["statements"], 2):
            matcher = difflib.SequenceMatcher(None, one["text"], two["text"], autojunk=False)
            if matcher.real_quick_ratio() > 0.85 and matcher.quick_ratio() > 0.85 and matcher.ratio() > 0.85:
                alike.append(f"{name} {one['id']} {two['id']}")
    assert not alike


# --- sources ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("domains", [_SHORTENERS, _AGGREGATORS], ids=["shortener", "aggregator"])
def test_no_source_hides_where_it_comes_from(domains: list[str]) -> None:
    assert not [f"{where}: {a}" for where, a in _addresses(ALL) if _host_is(_host(a), domains)]


def test_no_source_is_a_package_registry() -> None:
    assert not [f"{where}: {a}" for where, a in _addresses(ALL) if _REGISTRY.search(_host(a))]


def test_no_source_carries_tracking_or_is_an_archive() -> None:
    wrong = re.compile(r"[?&](utm_\w+|fbclid|gclid|mc_cid|hs_amp)=|\.(zip|gz|7z)$")
    assert not [f"{where}: {address}" for where, address in _addresses(ALL) if wrong.search(address)]


# --- completeness and dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "shipped"), [(_NAMED_IN_BRIEF, PROFILES), (_PROGRAMMES_IN_BRIEF, PROGRAMMES)])
def test_everything_named_in_the_brief_is_there(listed: list[str], shipped: dict[str, dict[str, Any]]) -> None:
    assert set(listed) <= set(shipped)


def test_a_programme_is_not_open_outside_its_dates() -> None:
    wrong = []
    for name, programme in PROGRAMMES.items():
        read_on, status = date.fromisoformat(programme["read_on"]), programme["status"]
        opens = date.fromisoformat(programme.get("opens_on", "0001-01-01"))
        closes = date.fromisoformat(programme.get("closes_on", "9999-12-31"))
        expected = "upcoming" if read_on < opens else "closed" if closes < read_on else None
        if opens > closes or (expected and status != expected) or (not expected and status == "upcoming"):
            wrong.append(name)
    assert not wrong


def test_nothing_is_read_before_its_edition() -> None:
    stated = [("document", d) for d in ALL.values()] + list(_statements(ALL))
    assert not [where for where, item in stated if not "2026-01-01" <= item["read_on"] <= "2026-12-31"]
