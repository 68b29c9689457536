"""A draft of a profile from running text: which sentences say what an organisation can offer, and what it looks for.

A logistic regression reads each sentence as the encoder's vector (meaning, across languages), as character n-grams
(wording) and for words of asking and offering (cues), and says capability, need or neither. It is trained at first use,
in a few seconds, on what ships: the statements of all organisations, sentences in an organisation's own voice
(``drafting/voices.csv``) and sentences that are neither (``drafting/negatives.csv``). Nothing of a text is kept.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

from matcher.corpus import Corpus
from matcher.document import TEXT_LENGTHS
from matcher.encoder import (
    BundledEncoder,
    Progress,
    VectorCache,
    Vectors,
    no_progress,
    read_vectors,
    text_key,
    write_vectors,
)
from matcher.profile import Cooperation, Kind, Role
from matcher.sentences import Found, fault_of, one_line, shorten, split
from matcher.taxonomy import Taxonomy
from matcher.text import fold, guess_language, normalise

# Longer texts are read up to here, proposals beyond this many are left out, the least certain ones first.
MOST_TEXT: Final = 100_000
MOST_SENTENCES: Final = 800
MOST_PROPOSALS: Final = 40
_BATCH: Final = 32


class Label(StrEnum):
    """What a sentence is to a profile."""

    CAPABILITY = "capability"
    NEED = "need"
    NEITHER = "neither"


class Certainty(StrEnum):
    """How sure the classifier is, in words; how often each is right is measured in ``docs/drafting.md``."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @staticmethod
    def of(probability: float) -> Certainty:
        """The word for a probability.

        >>> Certainty.of(0.95), Certainty.of(0.4)
        (<Certainty.HIGH: 'high'>, <Certainty.LOW: 'low'>)
        """
        return Certainty.HIGH if probability >= 0.85 else Certainty.MEDIUM if probability >= 0.6 else Certainty.LOW


class Reason(StrEnum):
    """Why a sentence is not proposed."""

    NEITHER = "neither"
    CONTACT = Found.CONTACT.value
    PERSON = Found.PERSON.value
    TOO_SHORT = Found.TOO_SHORT.value
    NO_SENTENCE = Found.NO_SENTENCE.value
    REPEATED = "repeated"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A statement to accept, edit or reject: ``sentence`` is what the text says, ``text`` what it was shortened to."""

    sentence: str
    text: str
    role: Role
    lang: str
    probability: float
    concepts: tuple[str, ...]
    cooperation: tuple[Cooperation, ...]

    @property
    def certainty(self) -> Certainty:
        return Certainty.of(self.probability)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sentence that is not proposed, and why."""

    sentence: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Draft:
    """What a text proposes, in the order of the text.

    ``kind`` is what the text calls its organisation, None where it does not say; ``fields`` the top concepts named
    most; ``is_cut`` says that the end of the text was not read.
    """

    proposals: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    kind: Kind | None
    fields: tuple[str, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with its label, for training and measuring; sentences of one ``group`` are never on both sides."""

    text: str
    lang: str
    label: Label
    group: str
    cooperation: tuple[Cooperation, ...] = ()
    is_voice: bool = False


def examples(corpus: Corpus) -> list[Example]:
    """What the classifier learns from: the statements of a corpus, and the shipped sentences of ``drafting/``."""
    stated = [
        Example(s.text, s.lang, Label(s.role.value), p.id, s.cooperation)
        for p in corpus.profiles.values()
        for s in p.statements
    ]
    return stated + _own_sentences()


def _own_sentences() -> list[Example]:
    none = [
        Example(row["text"], row["lang"], Label.NEITHER, f"negative {i}") for i, row in enumerate(_rows("negatives"))
    ]
    voices = [
        Example(row["text"], row["lang"], Label(row["role"]), f"voice {i}", is_voice=True)
        for i, row in enumerate(_rows("voices"))
    ]
    return none + voices


def held_out() -> list[Example]:
    """Sentences of invented pages, written to measure with: nothing is ever trained on them."""
    return [
        Example(row["text"], row["lang"], Label(row["role"]), f"page {i}", is_voice=True)
        for i, row in enumerate(_rows("pages"))
    ]


def _rows(name: str) -> list[dict[str, str]]:
    table = files("matcher.data") / "drafting" / f"{name}.csv"
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


# Words that people use when they look for something, and when they have something. Alone they are the baseline.
_NEED_WORDS: Final = re.compile(
    r"\b(?:seeks?|seeking|looks? for|looking for|needs?|wants?|requires?|in search of|invites?"
    r"|cherch\w+|recherch(?:e|ons|ent)|besoin|souhait\w+|veu(?:t|lent)|voulons)\b|募集|求め|探し|必要|たい|希望",
    re.IGNORECASE,
)
_OFFER_WORDS: Final = re.compile(
    r"\b(?:makes?|develops?|designs?|builds?|provides?|offers?|operates?|supplies|runs?|produces?|manufactures?"
    r"|conçoi\w+|concevons|fabriqu\w+|développ\w+|offr\w+|fourni\w+|exploit\w+|produi\w+|met au point)\b"
    r"|開発|製造|提供|運営|研究|生産|販売",
    re.IGNORECASE,
)


class Classifier:
    """Tells capabilities, needs and the rest apart; what it reads can be left out, for comparing."""

    def __init__(self, *, uses_vectors: bool = True, uses_wording: bool = True, uses_cues: bool = True) -> None:
        self.uses_vectors = uses_vectors
        self.uses_cues = uses_cues
        self._wording = (
            TfidfVectorizer(
                analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True, preprocessor=fold, dtype=np.float32
            )
            if uses_wording
            else None
        )
        # The settings with the best F1 in cross-validation among C = 1, 3, 10 and a weight of 1 or 4.
        self._model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=2000, tol=1e-3)

    def fit(self, learnt: Sequence[Example], vectors: Vectors) -> Classifier:
        """Learns from examples and their vectors, row by row."""
        # People write "we make"; the statements say "makes". The few sentences in that voice count four times.
        weights = np.array([4.0 if e.is_voice else 1.0 for e in learnt])
        features = self._features([e.text for e in learnt], vectors, is_fitting=True)
        self._model.fit(features, [e.label.value for e in learnt], sample_weight=weights)
        return self

    def predict(self, texts: Sequence[str], vectors: Vectors) -> list[tuple[Label, float]]:
        """The likeliest label of each text, with its probability."""
        if not texts:
            return []
        chances = self._model.predict_proba(self._features(texts, vectors))
        labels = [Label(name) for name in self._model.classes_]
        return [(labels[int(row.argmax())], float(row.max())) for row in chances]

    def _features(self, texts: Sequence[str], vectors: Vectors, *, is_fitting: bool = False) -> Any:
        parts = [csr_matrix(vectors)] if self.uses_vectors else []
        if self._wording is not None:
            parts.append(self._wording.fit_transform(texts) if is_fitting else self._wording.transform(texts))
        if self.uses_cues:
            cues = [[bool(_NEED_WORDS.search(t)), bool(_OFFER_WORDS.search(t))] for t in texts]
            parts.append(csr_matrix(np.array(cues, np.float32)))
        return hstack(parts).tocsr()


class CooperationGuess:
    """What form of cooperation a statement offers or seeks: a ridge regression of each form on the sentence vector."""

    # With this the best F1 in cross-validation; a second form is proposed only where it is as clear.
    _LEAST: Final = 0.35

    def fit(self, learnt: Sequence[Example], vectors: Vectors) -> CooperationGuess:
        """Learns from the examples that name a form."""
        chosen = [i for i, e in enumerate(learnt) if e.cooperation]
        named = np.array([[c in learnt[i].cooperation for c in Cooperation] for i in chosen], np.float32)
        self._model = Ridge(alpha=1.0).fit(vectors[chosen], named)
        return self

    def predict(self, vectors: Vectors) -> list[tuple[Cooperation, ...]]:
        """At most two forms each, none where none is clear."""
        if not len(vectors):
            return []
        scores: NDArray[np.float64] = np.asarray(self._model.predict(vectors))
        forms = list(Cooperation)
        best = np.argsort(-scores, axis=1)[:, :2]
        return [tuple(forms[j] for j in sorted(row) if scores[i, j] >= self._LEAST) for i, row in enumerate(best)]


class Drafter:
    """Proposes statements from text."""

    def __init__(self, cache: VectorCache, taxonomy: Taxonomy) -> None:
        # Not the cache itself: it would remember what was drafted.
        self._encoder = cache.encoder
        self._cache = cache
        self._taxonomy = taxonomy
        self._classifier = Classifier()
        self._cooperation = CooperationGuess()

    def fit(self, corpus: Corpus, progress: Progress = no_progress) -> Drafter:
        """Learns from the statements of a corpus and the shipped sentences."""
        learnt = examples(corpus)
        vectors = self._cache.encode([e.text for e in learnt], progress)
        self._classifier.fit(learnt, vectors)
        self._cooperation.fit(learnt, vectors)
        return self

    def draft(self, text: str) -> Draft:
        """What the text proposes; an empty text proposes nothing."""
        sentences = [line for piece in split(text[:MOST_TEXT]) if (line := one_line(piece))]
        is_cut = len(text) > MOST_TEXT or len(sentences) > MOST_SENTENCES
        sentences = sentences[:MOST_SENTENCES]
        faults = _faults(sentences)
        asked = [i for i, fault in enumerate(faults) if fault is None]
        vectors = self._encode([sentences[i] for i in asked])
        answers = self._classifier.predict([sentences[i] for i in asked], vectors)
        forms = self._cooperation.predict(vectors)
        proposed: dict[int, Proposal] = {}
        for i, (label, chance), cooperation in zip(asked, answers, forms, strict=True):
            if label is Label.NEITHER:
                faults[i] = Reason.NEITHER
            elif (made := self._propose(sentences[i], Role(label.value), chance, cooperation)) is None:
                faults[i] = Reason.TOO_SHORT
            else:
                proposed[i] = made
        for i in sorted(proposed, key=lambda i: (-proposed[i].probability, i))[MOST_PROPOSALS:]:
            faults[i] = Reason.TOO_MANY
        kept = tuple(proposed[i] for i in sorted(proposed) if faults[i] is None)
        left = tuple(LeftOut(sentences[i], fault) for i, fault in enumerate(faults) if fault is not None)
        return Draft(kept, left, guess_kind(sentences), self._fields(kept), is_cut)

    def _propose(
        self, sentence: str, role: Role, probability: float, cooperation: tuple[Cooperation, ...]
    ) -> Proposal | None:
        lang = guess_language(sentence)
        least, most = TEXT_LENGTHS[lang]
        text = shorten(sentence, most)
        if not least <= len(text) <= most:
            return None
        return Proposal(sentence, text, role, lang, probability, self._taxonomy.tag(text), cooperation)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors as the classifier knows them, in batches of like length; nothing is remembered."""
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        vectors = np.empty((len(texts), self._encoder.dimension), np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._encoder.encode([texts[i] for i in batch]).astype(np.float16)
        return vectors

    def _fields(self, proposals: Iterable[Proposal]) -> tuple[str, ...]:
        named = Counter(
            field for p in proposals for field in sorted({(n, *self._taxonomy.ancestors(n))[-1] for n in p.concepts})
        )
        return tuple(field for field, _ in sorted(named.items(), key=lambda item: (-item[1], item[0]))[:3])


_shipped: dict[str, Drafter] = {}
_lock: Final = Lock()


def shipped_drafter(cache: VectorCache | None = None, progress: Progress = no_progress) -> Drafter:
    """A drafter trained on the shipped data, once in a process for each encoder.

    >>> draft = shipped_drafter().draft("We make pumps for fish farms. Nous cherchons un distributeur au Japon.")
    >>> [(p.role.value, p.lang) for p in draft.proposals]
    [('capability', 'en'), ('need', 'fr')]
    """
    with _lock:
        cache = cache or VectorCache.shipped()
        # The statements' vectors are in the cache; those of the other sentences are of use here only.
        with as_file(files("matcher.data") / "drafting" / "vectors.npz") as path:
            cache.known |= read_vectors(path) if path.is_file() else {}
        if cache.model_id not in _shipped:
            _shipped[cache.model_id] = Drafter(cache, Taxonomy.shipped()).fit(Corpus.shipped(), progress)
        return _shipped[cache.model_id]


def write_sentence_vectors(path: Path) -> int:
    """Writes the vectors of the sentences that are no statements, and says how many: a first draft need not wait."""
    cache = VectorCache(BundledEncoder())
    texts = [e.text for e in _own_sentences()]
    cache.encode(texts)
    write_vectors(path, cache.known, (text_key(cache.model_id, text) for text in texts))
    return len(texts)


def _faults(sentences: Sequence[str]) -> list[Reason | None]:
    """What speaks against each sentence before it is understood."""
    found: list[Reason | None] = []
    seen: set[str] = set()
    for sentence in sentences:
        fault, key = fault_of(sentence), normalise(sentence)
        found.append(Reason(fault.value) if fault else Reason.REPEATED if key in seen else None)
        seen.add(key)
    return found


# What organisations call themselves; the first kind that matches most often wins. Rules, since a text says it or not.
_KINDS: Final = {
    Kind.UNIVERSITY: r"\b(?:our|the|notre|cette) (?:university|college|faculty|université|faculté|cégep)\b|本学|当大学",
    Kind.HOSPITAL: r"\b(?:our|the|notre) (?:hospital|clinic|hôpital|clinique)\b|当院|本院",
    Kind.MUNICIPALITY: r"\b(?:our|the|notre|la) (?:city|town|municipality|county|ville|municipalité)\b"
    r"|本市|本町|本県|当市",
    Kind.RESEARCH_INSTITUTE: r"\b(?:our|the|notre|l['’])\s?(?:institute|laboratory|research cent(?:re|er)|institut|"
    r"laboratoire|centre de recherche)\b|当研究所|本研究所|私たちの研究室",
    Kind.GOVERNMENT_BODY: r"\b(?:our|the|notre|le) (?:ministry|agency|department|ministère)\b|本省|当庁",
    Kind.ASSOCIATION: r"\b(?:our|the|notre|l['’])\s?(?:association|society|federation|fédération|ordre) (?:represents|"
    r"members|réunit|représente)|当協会|本会|当連盟",
    Kind.INVESTOR: r"\b(?:our|the|notre|le) (?:fund|funds|fonds)\b|当ファンド|投資先",
    Kind.STARTUP: r"\bstart-?ups?\b[^.]{0,40}\b(?:founded|fondée)|\b(?:we are|nous sommes)[^.]{0,20}"
    r"(?:start-?up|jeune pousse)|当社は[^。]{0,30}(?:スタートアップ|ベンチャー)",
    Kind.COMPANY: r"\b(?:our|the|notre|l['’])\s?(?:company|firm|entreprise|compagnie|société)\b|当社|弊社|株式会社"
    r"|\b(?:Inc|Ltd|Corp|ltée)\b",
}
_KIND_PATTERNS: Final = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _KINDS.items()}


def guess_kind(sentences: Sequence[str]) -> Kind | None:
    """What the organisation calls itself most often, if anything.

    >>> [guess_kind([text]) for text in ("Our university trains pilots.", "当社はポンプを製造しています。", "Hello.")]
    [<Kind.UNIVERSITY: 'university'>, <Kind.COMPANY: 'company'>, None]
    """
    counts = {kind: sum(len(p.findall(s)) for s in sentences) for kind, p in _KIND_PATTERNS.items()}
    best = max(counts, key=lambda kind: counts[kind])
    return best if counts[best] else None


# --- how good it is ---------------------------------------------------------------------------------------------------


def by_keywords(text: str) -> Label:
    """The baseline: a word of asking makes a need, else a word of offering a capability, else neither.

    >>> by_keywords("パートナーを募集します"), by_keywords("Nous fabriquons des pompes"), by_keywords("Since 1980")
    (<Label.NEED: 'need'>, <Label.CAPABILITY: 'capability'>, <Label.NEITHER: 'neither'>)
    """
    if _NEED_WORDS.search(text):
        return Label.NEED
    return Label.CAPABILITY if _OFFER_WORDS.search(text) else Label.NEITHER


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one label, on the sentences of one set in one language (``all`` for any)."""

    method: str
    sentences: str
    lang: str
    label: Label
    precision: float
    recall: float
    count: int


_METHODS: Final[dict[str, dict[str, bool]]] = {
    "wording": {"uses_vectors": False, "uses_cues": False},
    "vectors": {"uses_wording": False, "uses_cues": False},
    "both": {"uses_cues": False},
    "all": {},
}


def evaluate_drafting(corpus: Corpus, cache: VectorCache, progress: Progress = no_progress) -> list[Score]:
    """All methods on the sentences learnt from (5-fold cross-validation by organisation) and on the pages held out."""
    learnt, pages = examples(corpus), held_out()
    vectors = cache.encode([e.text for e in learnt], progress)
    page_vectors = cache.encode([e.text for e in pages], progress)
    answers = {
        "keywords": ([by_keywords(e.text) for e in learnt], [by_keywords(e.text) for e in pages]),
        **{
            name: (
                [label for label, _ in cross_validated(learnt, vectors, **used)],
                [
                    label
                    for label, _ in Classifier(**used)
                    .fit(learnt, vectors)
                    .predict([e.text for e in pages], page_vectors)
                ],
            )
            for name, used in _METHODS.items()
        },
    }
    return [
        score
        for method, (validated, on_pages) in answers.items()
        for sentences, known, given in (("cross-validated", learnt, validated), ("pages", pages, on_pages))
        for score in _scores(method, sentences, known, given)
    ]


def cross_validated(learnt: Sequence[Example], vectors: Vectors, **used: bool) -> list[tuple[Label, float]]:
    """The answer for each example by a classifier that has seen nothing of its organisation."""
    from sklearn.model_selection import GroupKFold

    found: list[tuple[Label, float]] = [(Label.NEITHER, 0.0)] * len(learnt)
    for train, test in GroupKFold(5).split(vectors, groups=[e.group for e in learnt]):
        classifier = Classifier(**used).fit([learnt[i] for i in train], vectors[train])
        for i, answer in zip(test, classifier.predict([learnt[i].text for i in test], vectors[test]), strict=True):
            found[i] = answer
    return found


def _scores(method: str, sentences: str, known: Sequence[Example], given: Sequence[Label]) -> list[Score]:
    rows = []
    for lang in ("all", "en", "fr", "ja"):
        pairs = [(e.label, g) for e, g in zip(known, given, strict=True) if lang in ("all", e.lang)]
        for label in Label:
            right = sum(k is g is label for k, g in pairs)
            answered, count = sum(g is label for _, g in pairs), sum(k is label for k, _ in pairs)
            precision, recall = right / answered if answered else 0.0, right / count if count else 0.0
            rows.append(Score(method, sentences, lang, label, precision, recall, count))
    return rows
