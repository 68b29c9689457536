"""Names of organisations taken apart: legal form, core, words, and what makes two spellings of one name equal.

No dictionary of readings: a Japanese name is told from its romanised form only where it is written in kana, whose
sounds are known. Everything else that crosses scripts has to come from an alias.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from matcher.text import fold, is_japanese, katakana, singular


class Legal(StrEnum):
    """What a legal form says of its bearer. Two bodies of different sorts are never one, whatever they are called."""

    COMPANY = "company"
    ASSOCIATION = "association"
    FOUNDATION = "foundation"
    NON_PROFIT = "non_profit"
    PUBLIC = "public"
    ACADEMIC = "academic"
    WELFARE = "welfare"


@dataclass(frozen=True, slots=True)
class Form:
    """One name as it is compared.

    ``exact`` is the whole name without case, width, accents and marks; ``core`` the same without its legal form, with
    one shape for old characters and small kana. ``words`` are the telling words of the core in Latin script, in order,
    one for what English and French, or full and short forms, say differently.
    """

    text: str
    exact: str
    core: str
    words: tuple[str, ...]
    legal: Legal | None
    is_japanese: bool
    is_acronym: bool

    @property
    def initials(self) -> str:
        """What the words' first letters spell; empty for one word.

        >>> forms("Japan Science and Technology Agency")[0].initials
        'jsta'
        """
        return "".join(word[0] for word in self.words) if len(self.words) > 2 else ""


# --- tables -----------------------------------------------------------------------------------------------------------

_JAPANESE_FORMS: Final = {
    **dict.fromkeys("株式会社 有限会社 合同会社 合資会社 合名会社 (株) (有) (同) (合)".split(), Legal.COMPANY),
    **dict.fromkeys("一般社団法人 公益社団法人 社団法人 (一社) (公社) (社)".split(), Legal.ASSOCIATION),
    **dict.fromkeys("一般財団法人 公益財団法人 財団法人 (一財) (公財) (財)".split(), Legal.FOUNDATION),
    **dict.fromkeys("認定特定非営利活動法人 特定非営利活動法人 認定npo法人 npo法人".split(), Legal.NON_PROFIT),
    **dict.fromkeys(
        "国立研究開発法人 地方独立行政法人 独立行政法人 大学共同利用機関法人 特殊法人 認可法人 (国研) (独)".split(),
        Legal.PUBLIC,
    ),
    **dict.fromkeys("国立大学法人 公立大学法人 準学校法人 学校法人 (国大) (学)".split(), Legal.ACADEMIC),
    **dict.fromkeys("社会医療法人 医療法人社団 医療法人財団 医療法人 社会福祉法人 (医) (福)".split(), Legal.WELFARE),
}
_LEADING: Final = re.compile("^(" + "|".join(map(re.escape, sorted(_JAPANESE_FORMS, key=len, reverse=True))) + r")\s*")
_TRAILING: Final = re.compile(r"\s*(" + "|".join(map(re.escape, sorted(_JAPANESE_FORMS, key=len, reverse=True))) + ")$")
# ㈱ becomes (株) in NFKC. In Latin script a form stands at the end but for the romanised Japanese ones.
# None: a form that companies and public bodies share.
_LATIN_FORMS: Final[dict[str, Legal | None]] = {
    **dict.fromkeys(
        "ltd limited ltee limitee co company compagnie cie kk gk yk llc llp lp ulc plc gmbh ag sa sarl senc sencrl srl "
        "enr pty bv kaisha gaisha kabushiki godo yugen".split(),
        Legal.COMPANY,
    ),
    **dict.fromkeys("inc incorporated incorporee corp corporation".split()),
}
_LEADING_LATIN: Final = frozenset("kk gk yk kabushiki godo yugen kaisha gaisha".split())
_LATIN_PHRASES: Final = {
    "general incorporated association": Legal.ASSOCIATION,
    "public interest incorporated association": Legal.ASSOCIATION,
    "general incorporated foundation": Legal.FOUNDATION,
    "public interest incorporated foundation": Legal.FOUNDATION,
    "incorporated administrative agency": Legal.PUBLIC,
    "national research and development agency": Legal.PUBLIC,
    "national university corporation": Legal.ACADEMIC,
    "public university corporation": Legal.ACADEMIC,
    "school corporation": Legal.ACADEMIC,
    "incorporated school": Legal.ACADEMIC,
    "npo": Legal.NON_PROFIT,
    "specified non profit corporation": Legal.NON_PROFIT,
}
# Characters of which a name may have the old or the new shape, or that people mix up.
_SHAPES: Final = str.maketrans(
    "澤濱國學會醫藥廣龍櫻齋齊斎髙﨑嶋關鐵藝氣萬圓邊邉靜濟壽惠榮與寶縣應總體鹽發佛瀧德黑ヶヵァィゥェォッャュョヮ",
    "沢浜国学会医薬広竜桜斉斉斉高崎島関鉄芸気万円辺辺静済寿恵栄与宝県応総体塩発仏滝徳黒ケカアイウエオツヤユヨワ",
)
_STOP: Final = frozenset("the of for and in at on to a an de du des la le les l d et en pour au aux sur e".split())
# One word for what English and French, or a full and a short form, say differently. After `singular`, without accents.
_SAME_WORD: Final = {
    word: target
    for target, spelled in {
        "university": "universite univ u daigaku",
        "institute": "institut inst institution",
        "center": "centre ctr",
        "research": "recherche recherch",
        "hospital": "hopital byoin",
        "clinic": "clinique",
        "social": "sociaux sociale",
        "public": "publique",
        "family": "familial familiale famille",
        "regional": "regionale regionaux",
        "royal": "royale royaux",
        "art": "arts",
        "cultural": "culturel culturelle culturaux",
        "natural": "naturel naturelle",
        "north": "nord northern",
        "west": "ouest western",
        "east": "est eastern",
        "south": "sud southern",
        "new": "nouveau nouvelle",
        "brunswick": "brunswickois",
        "scotia": "ecosse",
        "british": "britannique",
        "columbia": "colombie",
        "ontario": "ontarien ontarienne",
        "college": "collegial cegep",
        "school": "ecole",
        "foundation": "fondation",
        "council": "conseil",
        "national": "nationale nationaux",
        "canada": "canadian canadien canadienne",
        "japan": "japanese nippon nihon japon japonais",
        "quebec": "quebecois quebecoise",
        "technology": "technologie technologique tech technological",
        "engineering": "genie ingenierie eng",
        "science": "scientifique scientific sci",
        "health": "sante",
        "society": "societe soc",
        "agency": "agence",
        "laboratory": "laboratoire lab labo",
        "network": "reseau",
        "museum": "musee",
        "library": "bibliotheque",
        "energy": "energetique",
        "bank": "banque",
        "fund": "fond",
        "office": "bureau",
        "government": "gouvernement govt",
        "ministry": "ministere",
        "department": "departement dept",
        "development": "developpement dev",
        "association": "assoc assn",
        "federation": "fed",
        "international": "internationale internationaux intl int",
        "medical": "medicale medicaux",
        "medicine": "medecine",
        "industry": "industrie ind industrial industriel industrielle",
        "manufacturing": "mfg manufacturier",
        "environment": "environnement environmental",
        "management": "gestion",
        "education": "enseignement",
        "study": "etude",
        "child": "enfant children",
        "food": "alimentaire aliment",
        "agriculture": "agricultural agricole agroalimentaire agri",
        "mine": "mining minier miniere",
        "space": "spatiale spatial",
        "water": "eau",
        "security": "securite",
        "artificial": "artificielle artificiel",
        "aerospace": "aerospatiale aerospatial",
        "communication": "comm",
        "city": "ville municipality",
        "service": "svc",
        "system": "systeme sys",
        "product": "produit",
        "electric": "electrique elec",
        "quantum": "quantique",
    }.items()
    for word in spelled.split()
}
_DOTTED: Final = re.compile(r"\b(?:[a-z]\.\s?){2,}")
_TOKENS: Final = re.compile(r"[a-z0-9]+")
_MARKS: Final = re.compile(r"[\W_]+")
_IN_BRACKETS: Final = re.compile(r"\s*\(([^()]+)\)\s*$")
_BRACKETS: Final = str.maketrans("（）", "()")
_COUNTRIES: Final = frozenset({"japan", "canada", "japon", "日本", "カナダ"})
_LONGEST_ACRONYM: Final = 6


# --- taking apart -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def forms(name: str) -> tuple[Form, ...]:
    """A name as it is compared; two where the name gives a second one in brackets. None where nothing is left.

    >>> [f.core for f in forms("株式会社ｺｸﾖ") + forms("㈱コクヨ") + forms("コクヨ㈱")]
    ['コクヨ', 'コクヨ', 'コクヨ']
    >>> [f.words for f in forms("Université de Montréal") + forms("University of Montreal, Inc. (UdeM)")]
    [('university', 'montreal'), ('university', 'montreal'), ('udem',)]
    >>> [f.legal for f in forms("Kokuyo Co., Ltd. (Japan)")], forms("…")
    ([<Legal.COMPANY: 'company'>], ())
    """
    whole, inner = name.strip().translate(_BRACKETS), ""
    if (match := _IN_BRACKETS.search(whole)) and match.start() and not _LEADING.match(fold(match[0])):
        whole, inner = whole[: match.start()], match[1]
        if fold(inner) in _JAPANESE_FORMS:
            whole, inner = inner + whole, ""
    found = [_form(whole)]
    if inner and _is_other_name(whole, inner):
        found.append(_form(inner))
    return tuple(form for form in found if form is not None)


def _is_other_name(whole: str, inner: str) -> bool:
    """Whether brackets hold an acronym, or the name in the other script, rather than a place or an explanation."""
    is_short = inner.isascii() and " " not in inner and sum(map(str.isupper, inner)) > 1
    return is_short or (is_japanese(whole) != is_japanese(inner) and fold(inner) not in _COUNTRIES)


def _form(name: str) -> Form | None:
    folded = katakana(fold(name))
    exact = _MARKS.sub("", folded)
    if not exact:
        return None
    if is_japanese(folded):
        core, legal = _japanese_core(folded)
        return Form(name, exact, core, (), legal, is_japanese=True, is_acronym=False)
    core, words, legal = _latin_words(folded)
    letters = _MARKS.sub("", name)
    is_acronym = len(words) == 1 and len(letters) <= _LONGEST_ACRONYM and letters.isupper()
    return Form(name, exact, core or exact, words, legal, is_japanese=False, is_acronym=is_acronym)


def _japanese_core(folded: str) -> tuple[str, Legal | None]:
    legal, core = None, folded.translate(_SHAPES)
    for pattern in (_LEADING, _TRAILING):
        while (match := pattern.search(core)) and len(core) > len(match[0]):
            legal = legal or _JAPANESE_FORMS[match[1]]
            core = core[: match.start()] + core[match.end() :]
    core = _MARKS.sub("", core)
    for before, after in (("ヴア", "バ"), ("ヴイ", "ビ"), ("ヴエ", "ベ"), ("ヴオ", "ボ"), ("ヴ", "ブ"), ("ー", "")):
        core = core.replace(before, after)
    return core or _MARKS.sub("", folded), legal


def _latin_words(folded: str) -> tuple[str, tuple[str, ...], Legal | None]:
    legal: Legal | None = None
    plain = _DOTTED.sub(lambda m: re.sub(r"[.\s]", "", m[0]) + " ", folded.replace("&", " and ").replace("'s", "s"))
    for phrase, said in _LATIN_PHRASES.items():
        if plain.startswith(f"{phrase} ") or plain.endswith(f" {phrase}"):
            plain, legal = plain.removeprefix(f"{phrase} ").removesuffix(f" {phrase}"), said
    tokens = _TOKENS.findall(plain)
    start, stop = 0, len(tokens)
    while stop - start > 1 and tokens[stop - 1] in _LATIN_FORMS:
        stop -= 1
        legal = legal or _LATIN_FORMS[tokens[stop]]
    while stop - start > 1 and tokens[start] in _LEADING_LATIN:
        legal, start = legal or Legal.COMPANY, start + 1
    words = [_word(token) for token in tokens[start:stop] if token not in _STOP] or tokens
    # Many a national body is named with its country or without; Statistics Canada has no other name.
    if len(words) > 2 and words[-1] in _COUNTRIES:
        words.pop()
    return "".join(tokens[start:stop]), tuple(words), legal


def _word(token: str) -> str:
    if token in _SAME_WORD:
        return _SAME_WORD[token]
    stem = singular(token)
    return _SAME_WORD.get(stem, stem)


# --- sounds -----------------------------------------------------------------------------------------------------------

_ROWS: Final = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
_SOUNDS: Final = {
    **{kana: row + vowel for row, run in _ROWS.items() for vowel, kana in zip("aiueo", run, strict=True)},
    "ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヲ": "o", "ン": "n", "ー": "", "ッ": "",
    "シ": "si", "チ": "ti", "ツ": "tu", "フ": "hu", "ジ": "zi",
    "ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ヴ": "bu", "・": "",
}  # fmt: skip
_ALIKE: Final = (
    ("sch", "s"), ("sh", "s"), ("ch", "t"), ("ts", "t"), ("ph", "h"), ("th", "s"), ("ck", "k"), ("ce", "se"),
    ("ci", "si"), ("cy", "si"), ("x", "ks"), ("qu", "k"), ("c", "k"), ("q", "k"), ("l", "r"), ("v", "b"), ("f", "h"),
    ("j", "z"),
)  # fmt: skip


def heard(form: Form) -> str:
    """How a name of kana or of Latin letters sounds, roughly and alike for both; nothing where that is unknown.

    >>> heard(forms("ラピダス")[0]), heard(forms("Rapidus Corporation")[0]), heard(forms("東京大学")[0])
    ('rapidasu', 'rapidus', '')
    """
    if not form.is_japanese:
        text = form.core
        for written, said in _ALIKE:
            text = text.replace(written, said)
        return text
    kana = re.sub(r"[\s・･-]", "", katakana(fold(form.text)))
    for pattern in (_LEADING, _TRAILING):
        kana = pattern.sub("", kana)
    return "".join(_SOUNDS[k] for k in kana) if all(k in _SOUNDS for k in kana) else ""


def consonants(sound: str) -> str:
    """What two spellings of one sound share: its consonants, none of them twice in a row.

    >>> consonants("rapidasu") == consonants("rapidus")
    True
    """
    first, rest = sound[:1], re.sub(r"[aiueoyw]+", "", sound[1:])
    return re.sub(r"(.)\1+", r"\1", ("" if first in "aiueoyw" else first) + rest)
