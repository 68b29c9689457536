"""The only module that knows languages: normal form, language guess, and the terms of a text.

``terms`` is a scikit-learn *analyzer* (``str -> list[str]``); nothing downstream sees a language again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Runs of Japanese script. Prolonged sound marks (ー) belong to katakana words; hiragana is grammar for the most part.
_KANJI = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KATAKANA = "\u30a1-\u30fa\u30fc"
_HIRAGANA = "\u3041-\u309f"
_JAPANESE: Final = re.compile(f"[{_KANJI}{_KATAKANA}{_HIRAGANA}]")
_RUNS: Final = re.compile(rf"(?P<kanji>[{_KANJI}]+)|(?P<kana>[{_KATAKANA}]+)|(?P<word>[a-z0-9]+)")
_HYPHENS: Final = re.compile(r"[\u2010-\u2015\u2212]")
_APOSTROPHES: Final = re.compile(r"[\u2018\u2019\u02bc]")
_ELISION: Final = re.compile(r"\b(?:[ldjnstcm]|qu|lorsqu|puisqu|jusqu)'(?=\w)")
_SPACES: Final = re.compile(r"\s+")
_ACCENTS: Final = re.compile(r"[\u0300-\u036f]")
_TO_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_TO_LARGE: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_VOWELS: Final = dict(zip("AIUEO", "アイウエオ", strict=True))
# Written in front of many Japanese names; nobody looks for an organisation under them.
_LEGAL_FORMS: Final = re.compile(
    r"^(?:\(株\)|(?:株式|有限|合同)会社|(?:国立研究開発|国立大学|大学共同利用機関|独立行政|特定非営利活動|(?:一般|公益)(?:社団|財団)|学校)法人)\s*"
)

_ENGLISH: Final = frozenset(
    """a about across all also among an and any are as at be been being between both but by can could do does
    during each for from had has have how if in including into is it its least less made make makes many may
    more most much new no not of on one only or other our over own per seek seeks several should so some such
    than that the their them then there these they this those three through to toward towards two under up use
    used uses using very want wants was we well were what when where which while who whose will wish wishes with
    within without would you your""".split()
)
_FRENCH: Final = frozenset(
    """afin ainsi au aussi autre autres aux avec ce ces cet cette chaque chez cherche comme dans de des dont du elle
    elles en entre est et ete etre eux fait font il ils je la le les leur leurs lors lui ma mais meme mes mon ne nos
    notamment notre nous on ont ou par pas peut plus plusieurs pour qu que quel quelle qui sa sans se ses si son sont
    souhaite sous sur ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous""".split()
)
_STOP_WORDS: Final = _ENGLISH | _FRENCH


def normalise(text: str) -> str:
    """NFKC, lower case, plain hyphens and apostrophes, single spaces: what makes two spellings of one text equal.

    >>> normalise("ＲＩＳＣ－Ｖ　ｱｸｾﾗﾚｰﾀ")
    'risc-v アクセラレータ'
    """
    if not text.isascii():
        text = _APOSTROPHES.sub("'", _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)))
    return _SPACES.sub(" ", text.casefold()).strip()


def fold(text: str) -> str:
    """:func:`normalise`, and Latin letters without their accents. Japanese voicing marks stay.

    >>> fold("Énergie à l’hydrogène"), fold("ガス")
    ("energie a l'hydrogene", 'ガス')
    """
    text = normalise(text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def katakana(text: str) -> str:
    """A text with its hiragana as katakana: people type one where a name has the other.

    >>> katakana("らぴだす株式会社")
    'ラピダス株式会社'
    """
    return text if text.isascii() else text.translate(_TO_KATAKANA)


def collation_key(text: str) -> tuple[str, str, str]:
    """A sort key for names: letters first, then accents (the last one decides, as in Canadian French), then the rest.

    Kana sort in their own order whichever script, size or voicing they are written in, and a prolonged sound mark as
    the vowel it prolongs (after JIS X 4061); Chinese characters by code point, behind kana and Latin. Spaces, marks and
    a legal form in front do not count.

    >>> sorted(["côté", "coté", "cote", "côte"], key=collation_key)
    ['cote', 'côte', 'coté', 'côté']
    >>> sorted(["デンソー", "日立", "株式会社ABEJA", "とよた", "テラ", "でんき"], key=collation_key)
    ['株式会社ABEJA', 'テラ', 'でんき', 'デンソー', 'とよた', '日立']
    """
    plain = katakana(_LEGAL_FORMS.sub("", normalise(text)))
    letters: list[str] = []
    accents: list[str] = []
    for c in unicodedata.normalize("NFD", plain):
        if unicodedata.combining(c):
            accents[-1:] = [c]
            continue
        letter = _vowel(letters[-1]) if c == "ー" and letters else c.translate(_TO_LARGE)
        if letter.isalnum():
            letters.append(letter)
            accents.append(c if c != letter else "")
    return "".join(letters), "".join(a or " " for a in reversed(accents)), text


def _vowel(kana: str) -> str:
    name = unicodedata.name(kana, "")
    return _VOWELS.get(name[-1], "ー") if name.startswith("KATAKANA LETTER") else "ー"


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """A word without the plural ending of English or French: a light stem, not a dictionary form.

    >>> [singular(w) for w in ("batteries", "robots", "glass", "vaisseaux", "analysis", "processes")]
    ['battery', 'robot', 'glass', 'vaisseau', 'analysis', 'process']
    """
    if len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith(("ie", "ies")) and len(word) > 4:
        return word.removesuffix("s")[:-2] + "y"  # also joins énergie, énergies and energy
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("eaux"):
        return word[:-1]
    return word.removesuffix("s")


def words(text: str) -> list[str]:
    """The Latin-script words of a folded text in order, singular, function words kept.

    >>> words("Robots d'assistance; 量子 AI-chips")
    ['robot', 'assistance', 'ai', 'chip']
    """
    return [singular(m["word"]) for m in _RUNS.finditer(_ELISION.sub("", fold(text))) if m["word"]]


def terms(text: str) -> list[str]:
    """The index terms of a text in any of the three languages.

    Latin words lose accents, plural endings and function words. Kanji runs give themselves (up to four characters) and
    their character bigrams; katakana runs are words already and give themselves and, when long, bigrams too. A Japanese
    clause therefore never collapses to one token, without a dictionary.

    >>> terms("量子アニーリング")
    ['量子', 'アニーリング', 'アニ', 'ニー', 'ーリ', 'リン', 'ング']
    >>> terms("Low-carbon cement plants")
    ['low', 'carbon', 'cement', 'plant']
    >>> terms("水素"), terms("高齢者")
    (['水素'], ['高齢者', '高齢', '齢者'])
    """
    return [term for m in _RUNS.finditer(_ELISION.sub("", fold(text))) for term, _, _ in _run_terms(m)]


def _run_terms(match: re.Match[str]) -> list[tuple[str, int, int]]:
    """The terms of one run of letters of one script, each with where it stands."""
    run, start = match[0], match.start()
    if match.lastgroup == "word":
        is_term = run not in _STOP_WORDS and (len(run) > 1 or run.isdigit())
        return [(singular(run), start, match.end())] if is_term else []
    whole = 4 if match.lastgroup == "kanji" else 12
    found = [(run, start, match.end())] if len(run) <= whole else []
    if len(run) > 2:
        found.extend((run[i : i + 2], start + i, start + i + 2) for i in range(len(run) - 1))
    return found


def guess_language(text: str) -> str:
    """``ja`` where a tenth of the letters are Japanese, else ``fr`` or ``en`` by function words and accents.

    >>> [guess_language(t) for t in ("高齢者の見守り", "robots pour aînés", "robots for seniors", "RISC-V")]
    ['ja', 'fr', 'en', 'en']
    """
    letters = sum(c.isalpha() for c in text) or 1
    if len(_JAPANESE.findall(text)) / letters > 0.1:
        return "ja"
    tokens = re.findall(r"[a-z]+", fold(text))
    french = sum(t in _FRENCH for t in tokens) + sum(c in "éèêëàâçîïôûùœ" for c in text.casefold())
    english = sum(t in _ENGLISH for t in tokens)
    return "fr" if french > english else "en"


def is_japanese(text: str) -> bool:
    """Whether any character of the text is Japanese script."""
    return _JAPANESE.search(text) is not None


# --- where in a text -------------------------------------------------------------------------------------------------

# A character with the marks that belong to it: they are one once normalised (ｶﾞ and か゛ apart from their marks).
_CLUSTERS: Final = re.compile(r"[\s\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")


def located_terms(text: str) -> list[tuple[str, int, int]]:
    """:func:`terms` with where each stands in the text as it was written: ``(term, start, end)``.

    >>> [(t, "Moteurs à hydrogène"[a:b]) for t, a, b in located_terms("Moteurs à hydrogène")]
    [('moteur', 'Moteurs'), ('hydrogene', 'hydrogène')]
    """
    found: list[tuple[str, int, int]] = []
    folded, places = _without_elisions(*located(text, is_folded=True))
    for match in _RUNS.finditer(folded):
        for term, start, end in _run_terms(match):
            found.append((term, places[start][0], places[end - 1][1]))
    return found


def located_words(text: str) -> list[tuple[str, int, int]]:
    """:func:`words` with where each stands in the text.

    >>> located_words("L’énergie  solaire")
    [('energy', 2, 9), ('solaire', 11, 18)]
    """
    folded, places = _without_elisions(*located(text, is_folded=True))
    return [
        (singular(m["word"]), places[m.start()][0], places[m.end() - 1][1]) for m in _RUNS.finditer(folded) if m["word"]
    ]


def located(text: str, *, is_folded: bool = False) -> tuple[str, list[tuple[int, int]]]:
    """A normalised (or folded) text, and for each of its characters the stretch of the text that it stands for.

    >>> located("ＲＩＳＣ－Ｖ")
    ('risc-v', [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)])
    """
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster in _CLUSTERS.finditer(text):
        # Between two letters, so that what is a space stays one.
        plain = (fold if is_folded else normalise)(f"x{cluster[0]}x")[1:-1]
        if plain == " " and characters[-1:] == [" "]:
            continue
        characters.extend(plain)
        places.extend([cluster.span()] * len(plain))
    whole = "".join(characters)
    led = len(whole) - len(whole.lstrip(" "))
    return whole.strip(" "), places[led : led + len(whole.strip(" "))]


def _without_elisions(folded: str, places: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    kept: list[int] = []
    last = 0
    for match in _ELISION.finditer(folded):
        kept.extend(range(last, match.start()))
        last = match.end()
    kept.extend(range(last, len(folded)))
    return "".join(folded[i] for i in kept), [places[i] for i in kept]
