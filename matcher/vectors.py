"""Profiles to matrices: one row per statement, capabilities and needs apart.

A statement has two parts. The *dense* part is its sentence vector, less the mean of its language, which takes away what
all sentences of one language share. The *sparse* part holds its terms (TF-IDF, for exact technical words) and its
taxonomy concepts (with the broader ones at half weight a step). Both parts are scaled by the square root of their
signal's weight, so that one dot product of two rows is the weighted sum of the cosines of all signals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from matcher.encoder import VectorCache, Vectors
from matcher.profile import LANGUAGES, Profile, Role, Statement
from matcher.taxonomy import Taxonomy
from matcher.text import terms


@dataclass(frozen=True, slots=True)
class StatementMatrix:
    """All statements of one role of some profiles, in profile order.

    ``starts[i]:starts[i + 1]`` are the rows of profile ``i``. ``dense`` has shape (rows, dimension), float32;
    ``terms`` and ``concepts`` are CSR with as many rows.
    """

    starts: NDArray[np.intp]
    dense: Vectors
    terms: sparse.csr_array
    concepts: sparse.csr_array

    @property
    def rows(self) -> int:
        return int(self.starts[-1])

    def of(self, index: int) -> slice:
        """The rows of one profile."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))

    def above(self, other: StatementMatrix) -> StatementMatrix:
        """The rows of both, these first, as the matrix of a single profile."""
        dense = np.concatenate([self.dense, other.dense])
        terms = sparse.vstack([self.terms, other.terms], format="csr")
        concepts = sparse.vstack([self.concepts, other.concepts], format="csr")
        return StatementMatrix(np.array([0, len(dense)]), dense, terms, concepts)

    def sparse_product(self, queries: StatementMatrix) -> NDArray[np.float32]:
        """Similarity by terms and concepts of every row to every row of ``queries``, dense."""
        found = self.terms @ queries.terms.T + self.concepts @ queries.concepts.T
        return np.asarray(found.toarray(), np.float32)

    def take(self, rows: slice | NDArray[np.intp]) -> StatementMatrix:
        """Some rows, as the matrix of a single profile."""
        dense = self.dense[rows]
        return StatementMatrix(np.array([0, len(dense)]), dense, self.terms[rows], self.concepts[rows])


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """How much each signal's cosine counts in the similarity of two statements; they add up to one."""

    meaning: float = 0.6
    terms: float = 0.2
    concepts: float = 0.2


class StatementVectoriser(TransformerMixin, BaseEstimator):
    """Learns term weights, concept weights and language means; turns profiles into two :class:`StatementMatrix`.

    Inverse document frequencies are smoothed, ln((1 + n) / (1 + df)) + 1 (Manning, Raghavan and Schütze, *Introduction
    to Information Retrieval*, 2008, ch. 6). Parameters are stored as given; fitted attributes end in an underscore.
    """

    def __init__(self, cache: VectorCache, taxonomy: Taxonomy, weights: SignalWeights | None = None) -> None:
        self.cache = cache
        self.taxonomy = taxonomy
        self.weights = weights

    def fit(self, profiles: Sequence[Profile], y: None = None, progress: Callable[[int], object] = lambda n: None) -> Self:
        statements = [s for p in profiles for s in p.statements]
        if not statements:
            raise ValueError("there is no statement to learn from")
        self.weights_ = self.weights or SignalWeights()
        self.tfidf_ = TfidfVectorizer(analyzer=terms, sublinear_tf=True, dtype=np.float32)
        self.tfidf_.fit(s.text for s in statements)
        self.concept_index_ = {notation: i for i, notation in enumerate(self.taxonomy.concepts)}
        counts = np.zeros(len(self.concept_index_))
        for statement in statements:
            for notation in self._spread(statement.text):
                counts[self.concept_index_[notation]] += 1
        self.concept_idf_ = np.array([log((1 + len(statements)) / (1 + count)) + 1 for count in counts])
        dense = self.cache.encode([s.text for s in statements], progress).astype(np.float64)
        overall = dense.mean(axis=0)
        self.language_means_ = {}
        for lang in LANGUAGES:
            rows = dense[[s.lang == lang for s in statements]]
            # With few texts of a language its mean is mostly noise: shrink it to the overall mean.
            share = len(rows) / (len(rows) + 20)
            own = rows.mean(axis=0) if len(rows) else overall
            self.language_means_[lang] = (share * own + (1 - share) * overall).astype(np.float32)
        return self

    def transform(self, profiles: Sequence[Profile]) -> dict[Role, StatementMatrix]:
        """Matrices of the profiles' capabilities and needs, rows in profile order."""
        check_is_fitted(self)
        return {
            Role.CAPABILITY: self._matrix([p.capabilities for p in profiles]),
            Role.NEED: self._matrix([p.needs for p in profiles]),
        }

    def transform_texts(self, texts: Sequence[tuple[str, str]]) -> StatementMatrix:
        """The matrix of loose ``(text, language)`` pairs, such as a search query."""
        check_is_fitted(self)
        # Straight to the encoder: what people type is not worth remembering, and a cache must not grow with it.
        return self._rows(texts, self.cache.encoder.encode([text for text, _ in texts]))

    def _rows(self, texts: Sequence[tuple[str, str]], encoded: Vectors) -> StatementMatrix:
        only = [text for text, _ in texts]
        dense = encoded - np.stack([self.language_means_[lang] for _, lang in texts])
        dense = np.asarray(normalize(dense), np.float32) * np.float32(sqrt(self.weights_.meaning))
        term_rows = sparse.csr_array(self.tfidf_.transform(only)) * sqrt(self.weights_.terms)
        concept_rows = self._concepts(only) * sqrt(self.weights_.concepts)
        return StatementMatrix(np.array([0, len(only)]), dense, term_rows, concept_rows)

    def _matrix(self, groups: Sequence[Sequence[Statement]]) -> StatementMatrix:
        starts = np.concatenate([[0], np.cumsum([len(group) for group in groups], dtype=np.intp)]).astype(np.intp)
        statements = [s for group in groups for s in group]
        if not statements:
            nothing: Any = (0, len(self.tfidf_.vocabulary_)), (0, len(self.concept_index_))
            empty = np.empty((0, self.cache.dimension), np.float32)
            return StatementMatrix(starts, empty, sparse.csr_array(nothing[0]), sparse.csr_array(nothing[1]))
        rows = self._rows([(s.text, s.lang) for s in statements], self.cache.encode([s.text for s in statements]))
        return StatementMatrix(starts, rows.dense, rows.terms, rows.concepts)

    def _spread(self, text: str) -> dict[str, float]:
        """Concepts of a text at weight 1 and their broader ones at half a step, the highest where there are several."""
        found: dict[str, float] = {}
        for notation in self.taxonomy.tag(text):
            for steps, concept in enumerate((notation, *self.taxonomy.ancestors(notation))):
                found[concept] = max(found.get(concept, 0.0), 0.5**steps)
        return found

    def _concepts(self, texts: Sequence[str]) -> sparse.csr_array:
        data, columns, pointers = [], [], [0]
        for text in texts:
            for notation, weight in sorted(self._spread(text).items()):
                column = self.concept_index_[notation]
                columns.append(column)
                data.append(weight * self.concept_idf_[column])
            pointers.append(len(columns))
        shape = (len(texts), len(self.concept_index_))
        rows = sparse.csr_array((np.array(data, np.float32), columns, pointers), shape=shape, dtype=np.float32)
        return sparse.csr_array(normalize(rows))
