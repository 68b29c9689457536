"""Running text as people paste it, into sentences, and a sentence into a statement that may be published.

Works on English, French and Japanese in one text: where a sentence ends is seen from its marks and from what follows.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from matcher.text import is_japanese, normalise

# What may stand between the mark that ends a sentence and the next sentence.
_CLOSING: Final = "\"'”’»)）」』】〉》\u00a0"
_END: Final = re.compile(rf"[.!?…]+[{_CLOSING}]*(?=\s)|[。！？．]+[{_CLOSING}]*|\n")
# What ends with a dot inside a sentence. Single letters (a person's initial, "p. ex.") are caught by their length.
_ABBREVIATIONS: Final = frozenset(
    """al approx art av bd bldg ca cf ch chap co corp dept div dr env etc ex fig gen gov hon inc jr lt ltd ltee ltée mgr
    mlle mme mr mrs ms mt mtl no nos nb pp prof qc rev sec sr st ste tel tél univ vol vs""".split()
)
_BULLET: Final = re.compile(r"\s*(?:[-–—*•‣▪◦●○■□◆◇▶►✓✔・※]|\(?\d{1,2}[.)）、．](?!\d)|[①-⑳]|[a-z][)）])\s*")
_HEADING_LINE: Final = re.compile(r"\s*#+\s")
# A line that is nearly full was broken by the page, not by its author.
_FULL_LINE: Final = 45
_FULL_LINE_JA: Final = 22
# What a sentence may be before it is no sentence but a table or a run of words; splitting such a thing helps nobody.
_MOST: Final = 2000


def split(text: str) -> list[str]:
    r"""The pieces of a text, each a sentence with the space behind it; joined they are the text.

    A line break ends a sentence unless the line was full or the next one goes on in lower case.

    >>> split("Made by X Inc. in Sherbrooke. Bras robotisés ! ロボットを作る。試験もする。")
    ['Made by X Inc. in Sherbrooke. ', 'Bras robotisés ! ', 'ロボットを作る。', '試験もする。']
    >>> split("Our arm lifts\nsix kilograms.\n- light\n- cheap\n")
    ['Our arm lifts\nsix kilograms.\n', '- light\n', '- cheap\n']
    """
    pieces: list[str] = []
    start = passed = 0
    for found in _END.finditer(text):
        end = found.end()
        if end <= passed:
            continue
        broken = text[found.start()] == "\n"
        if not (_breaks_line(text, start, found.start()) if broken else _ends(text, start, found)):
            continue
        while end < len(text) and text[end].isspace():
            end += 1
        passed = end
        if text[start:end].strip():
            pieces.append(text[start:end])
            start = end
    if start < len(text):
        pieces.append(text[start:])
    return [part for piece in pieces for part in _cut(piece)]


def _cut(piece: str) -> list[str]:
    return [piece[i : i + _MOST] for i in range(0, len(piece), _MOST)]


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether marks end a sentence, rather than an abbreviation, a number or a quotation within it."""
    if text[found.start()] in "。！？．":
        # A quotation or an aside goes on: 「売ります。」と言う。
        return found.end() >= len(text) or text[found.end()] not in "とがをはでにもの、」』）)"
    rest = text[found.end() : found.end() + 40].lstrip()
    if found[0] == ".":
        word = re.search(r"[\w'’]*$", text[max(start, found.start() - 30) : found.start()])
        last = word[0].casefold() if word else ""
        if (len(last) == 1 and last.isalpha()) or last in _ABBREVIATIONS:
            return not rest or (last in {"inc", "ltd", "ltée", "corp", "co", "etc"} and _opens(rest) == "new")
    return not rest or bool(_opens(rest))


_NEW: Final = frozenset("a an the we our it in its this these with nous notre nos le la les il elle un une ce".split())


def _opens(rest: str) -> str:
    """Whether the text begins as a sentence may; "new" where it begins with a word that does so often."""
    first = re.match(r"[\w'’]+", rest)
    if first and first[0][0].isupper() and first[0].casefold() in _NEW:
        return "new"
    opening = rest[0]
    is_start = (
        opening.isupper() or opening.isdigit() or is_japanese(opening) or unicodedata.category(opening)[0] in "PS"
    )
    return "maybe" if is_start else ""


def _breaks_line(text: str, start: int, at: int) -> bool:
    r"""Whether the line break at a place ends a sentence: after a heading, an item of a list, or an empty line."""
    line = text[max(start, text.rfind("\n", start, at) + 1) : at].rstrip()
    following = text[at + 1 : at + 300]
    next_line = following.partition("\n")[0]
    if not line.strip() or not next_line.strip() or _BULLET.match(next_line) or _HEADING_LINE.match(next_line):
        return True
    if _HEADING_LINE.match(line) or line[-1] in ".!?:。！？：":
        return True
    opening = next_line.lstrip()[0]
    # No Japanese sentence begins with an ending or a particle in hiragana, but for a few words.
    if opening.islower() or line[-1] in ",;、，-" or ("ぁ" <= opening <= "ん" and is_japanese(line)):
        return False
    return len(line) < (_FULL_LINE_JA if is_japanese(line) else _FULL_LINE)


def one_line(piece: str) -> str:
    r"""A piece of text as one line: without its bullet, odd characters and the line breaks of a page.

    >>> one_line("• Makes high-\n  speed   pumps"), one_line("ロボットを\n開発する。")
    ('Makes high-speed pumps', 'ロボットを開発する。')
    """
    text = unicodedata.normalize("NFC", piece).translate(_DROPPED)
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} and c not in "\n\t" else c for c in text)
    text = _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = re.sub(r"(?<=[^\W\d_])-[ \t]*\n\s*", "-", text)
    # Japanese puts no space where a line goes on.
    text = re.sub(r"(?<=[ぁ-ヿ一-鿿、。])\s*\n\s*(?=[ぁ-ヿ一-鿿])", "", text)
    text = re.sub(r"[^\S\u00a0\u202f\u3000]+", " ", text).replace("\u3000", " ").strip()
    while (bullet := _BULLET.match(text)) and bullet.end() < len(text):
        text = text[bullet.end() :]
    return re.sub(r"^#+ ", "", text)


# Soft hyphens, zero-width spaces, marks of direction and of byte order: nobody sees them, and they split words.
_DROPPED: Final = dict.fromkeys(
    [0xAD, 0xFEFF, 0xFFFD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)
_HALF_KANA: Final = re.compile(r"[｡-ﾟ]+")

# --- what must not be in a statement ----------------------------------------------------------------------------------


class Found(StrEnum):
    """Why a sentence cannot become a statement."""

    CONTACT = "contact"
    PERSON = "person"
    TOO_SHORT = "too_short"
    NO_SENTENCE = "no_sentence"


_CONTACT: Final = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\[at\])\s?[\w-]+\.\w|https?://|(?<![\w.])www\.\w|〒\s?\d{3}"
    r"|(?<![a-z0-9.,])\+\d[\d ().-]{7,}\d|(?<![a-z0-9.,])\(?\d{2,4}\)?[ .‐–-]?\d{3,4}[.‐–-]\d{4}(?!\d)"
    r"|\b(?:tel|tél|fax|phone|téléphone|poste)\b\.?\s*:|(?:電話|fax|tel)\s*(?:番号)?\s*:?\s*\d"
    r"|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b",
    re.IGNORECASE,
)
_NAME: Final = r"[A-ZÀ-Ý][\w'’-]{1,30}"
_OFFICE: Final = (
    r"(?:[Cc]hief \w+ [Oo]fficer|C[EFTO]O|[Pp]resident|[Cc]hair(?:man|woman)?|[Ff]ounder|[Cc]o-?[Ff]ounder|[Dd]irector"
    r"|[Mm]inister|[Pp]rofessor|PDG|[Pp]résidente?|[Dd]irect(?:eur|rice)(?: générale?)?|[Ff]ondat(?:eur|rice)"
    r"|[Mm]inistre)"
)
_PERSON: Final = re.compile(
    rf"(?<!\w)(?:Mr|Mrs|Ms|Mme|Mlle|Dr|Dre|Prof|Pr)\.?\s{_NAME}|(?<!\w)M\.\s{_NAME}"
    rf"|(?<!\w){_OFFICE},?\s(?!of\b|de\b|du\b){_NAME}\s{_NAME}"
    rf"|{_NAME}\s{_NAME},\s(?:its |our |the |notre |le |la |son |sa )?{_OFFICE}\b"
    r"|[一-龯ァ-ヶー]{2,12}(?:氏(?!名|族)|さん(?!が?く|ぎょう))"
    r"|(?:社長|会長|理事長|所長|学長|代表取締役|取締役|教授|知事|市長|大臣|代表)[ 　・:：の]{1,2}"
    r"[一-龯]{1,4}[ 　][一-龯ぁ-ん]{1,4}"
)
# Praise that says nothing: taken out, and the sentence stands on what is left.
_PRAISE: Final = re.compile(
    r"\b(?:world|industry|market)[- ](?:leading|class|renowned)\s+"
    r"|\b(?:cutting[- ]edge|state[- ]of[- ]the[- ]art|best[- ]in[- ]class|game[- ]changing|revolutionary)\s+"
    r"|\b(?:award[- ]winning|unparalleled|unrivalled)\s+"
    r"|,?\s(?:de calibre mondial|de classe mondiale|à la fine pointe(?: de la technologie)?|révolutionnaires?)\b"
    r"|(?:世界をリードする|世界トップクラスの|世界最高水準の|業界をリードする|業界トップクラスの|革命的な|唯一無二の)",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(
    r"^(?:(?:In addition|Furthermore|Moreover|Additionally|Finally|However|Today|As a result|For example),\s"
    r"|In particular,\s|(?:De plus|En outre|Par ailleurs|Enfin|Aujourd['’]hui|Toutefois|Ainsi|Par exemple),\s"
    r"|En particulier,\s|(?:また|さらに|加えて|なお|一方|そのため|例えば|たとえば|現在|このほか)、)",
)


def fault_of(sentence: str) -> Found | None:
    """Why a sentence on one line may not become a statement; None where nothing speaks against it.

    >>> fault_of("Write to info@example.com"), fault_of("Led by Dr. Tremblay."), fault_of("We make heat pumps.")
    (<Found.CONTACT: 'contact'>, <Found.PERSON: 'person'>, None)
    """
    # In full width, too, a number is one.
    if _CONTACT.search(normalise(sentence)):
        return Found.CONTACT
    if _PERSON.search(sentence):
        return Found.PERSON
    letters = sum(c.isalpha() for c in sentence)
    if letters < (8 if is_japanese(sentence) else 15):
        return Found.TOO_SHORT
    # A table of figures, or a run of menu items, is not told from words but from what is between them.
    return Found.NO_SENTENCE if letters < 0.45 * len(sentence.replace(" ", "")) or _has_no_sense(sentence) else None


# What has been tried, sold or certified, and with whom or where: what a reader asks of a capability first.
_PROOF: Final = re.compile(
    r"\b(?:tested|trial(?:s|led)?|piloted|pilots?\b|demonstrat\w+|validated|certified|deployed|installed"
    r"|in (?:use|service)|used (?:by|in|at|on)|operat(?:es|ed|ing) (?:in|at|since)|customers?|clients?"
    r"|deliver(?:ed|s) to|approved|since \d{4})"
    r"|\b(?:essay[ée]\w*|essais|éprouvé\w*|test[ée]\w*|pilote\w*|démontr\w+|valid[ée]\w*|certifi\w+|homologu\w+|déploy\w+"
    r"|install[ée]\w*|en (?:service|exploitation)|utilisé\w* (?:par|dans|à|chez|en)|livré\w*|clientèle|depuis \d{4})"
    r"|実証|試験|検証|導入|納入|採用|認証|認定|稼働|運用|実績|利用されて|使われて|\d{4}年(?:から|以来)",
    re.IGNORECASE,
)


def tells_proof(sentence: str) -> bool:
    """Whether a sentence says that something was tried, sold, certified or is in use.

    >>> tells_proof("Arms tested in three care homes in Osaka."), tells_proof("水素ポンプを開発する。")
    (True, False)
    """
    return _PROOF.search(normalise(sentence)) is not None


def _has_no_sense(sentence: str) -> bool:
    tokens = sentence.split()
    latin = not is_japanese(sentence)
    return (latin and len(tokens) < 4) or any(len(token) > (60 if latin else 250) for token in tokens)


def shorten(sentence: str, most: int) -> str:
    """A sentence without empty praise and lead-in, and no longer than this: first asides go, then clauses at the end.

    >>> shorten("In addition, the plant makes cutting-edge pumps (see page 4), valves and seals.", 45)
    'The plant makes pumps, valves and seals.'
    """
    text = _capital(_OPENING.sub("", _PRAISE.sub("", sentence)).strip())
    if len(text) <= most:
        return text
    text = re.sub(r"\s*(?:\([^()]*\)|（[^（）]*）|\[[^\[\]]*\])", "", text)
    if len(text) <= most:
        return text
    stop = "。" if text.endswith("。") else "." if text.endswith(".") else ""
    room = text[: most - 1]
    clause = max((found.start() for found in re.finditer(r"[;；,，、] ?| – | — ", room)), default=0)
    if clause >= most // 3:
        return room[:clause].rstrip() + stop
    word = room.rfind(" ")
    return (room[:word] if word >= most // 2 else room).rstrip(" ,;:、") + "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
