"""Profiles to matrices: one row per statement, capabilities and needs apart.

A statement has two parts. The *dense* part is its sentence vector, less the mean of its language, which takes away what
all sentences of one language share. The *sparse* part holds its terms (TF-IDF, for exact technical words) and its
taxonomy concepts: those that it names (with the broader ones at half weight a step) and, for less, those that it means,
whatever its language and its words. Both parts are scaled by the square root of their
signal's weight, so that one dot product of two rows is the weighted sum of the cosines of all signals.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from matcher.encoder import Progress, VectorCache, Vectors, no_progress
from matcher.profile import LANGUAGES, Profile, Role, Statement
from matcher.taxonomy import Taxonomy
from matcher.text import terms

Scores = NDArray[np.float64]
_DIGITS: Final = 9


# Multiplications in one step of a long dense product: so few that BLAS does them on one thread. The product is bound by
# reading memory, and on a busy machine waiting for a second thread at every step costs many times the work.
_STEP: Final = 262_144
# Rows that are worth a thread of their own.
_PART: Final = 4096
# A statement means a concept where it lies closer to its labels than statements do on average, by more than so many
# standard deviations; and for how much of its concepts those that it means count, beside those that it names.
_MEANT_FROM: Final = 1.5
_MEANT_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """How much each signal's cosine counts in the similarity of two statements; they add up to one."""

    meaning: float = 0.6
    terms: float = 0.2
    concepts: float = 0.2


@dataclass(frozen=True, slots=True)
class Rows:
    """Some vectors: ``dense`` of shape (rows, dimension), and ``sparse`` (CSR) with terms up to column ``n_terms``."""

    dense: Vectors
    sparse: sparse.csr_array
    n_terms: int

    def __len__(self) -> int:
        return len(self.dense)

    def take(self, rows: slice | NDArray[np.intp]) -> Rows:
        """A choice of rows."""
        return Rows(self.dense[rows], self.sparse[rows], self.n_terms)

    def scaled(self, by: SignalWeights) -> Rows:
        """These rows with each signal times a factor."""
        words = self.sparse.copy()
        words.data *= np.where(words.indices < self.n_terms, by.terms, by.concepts).astype(np.float32)
        return Rows(self.dense * np.float32(by.meaning), words, self.n_terms)

    def above(self, other: Rows) -> Rows:
        """These rows, then the other's."""
        both = sparse.vstack([self.sparse, other.sparse], format="csr")
        return Rows(np.concatenate([self.dense, other.dense]), both, self.n_terms)

    def narrowed(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """The sparse part as a dense array of some columns only, given in ascending order."""
        found = np.zeros((len(self), len(columns)))
        if columns.size and self.sparse.nnz:
            place = np.minimum(np.searchsorted(columns, self.sparse.indices), len(columns) - 1)
            hit = columns[place] == self.sparse.indices
            row = np.repeat(np.arange(len(self)), np.diff(self.sparse.indptr))
            found[row[hit], place[hit]] = self.sparse.data[hit]
        return found


@dataclass(frozen=True, slots=True)
class Products:
    """Similarities of rows to rows by signal, double precision, before hubness: each of shape (rows, rows)."""

    meaning: Scores
    terms: Scores
    concepts: Scores

    @property
    def total(self) -> Scores:
        return self.meaning + self.terms + self.concepts


def products(left: Rows, right: Rows) -> Products:
    """Every row of one with every row of the other.

    Rounded to nine digits, so that a pair has one value whichever side it is looked at from, and on every machine.
    """
    columns = np.intersect1d(left.sparse.indices, right.sparse.indices)
    n_terms = int(np.searchsorted(columns, left.n_terms))
    mine, theirs = left.narrowed(columns), right.narrowed(columns)
    return Products(
        np.round(left.dense.astype(np.float64) @ right.dense.astype(np.float64).T, _DIGITS),
        np.round(mine[:, :n_terms] @ theirs[:, :n_terms].T, _DIGITS),
        np.round(mine[:, n_terms:] @ theirs[:, n_terms:].T, _DIGITS),
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="product")


def dense_product(rows: Vectors, queries: Vectors) -> NDArray[np.float32]:
    """``rows @ queries.T``, in as many parts at once as there are processors, and in small steps within each."""
    found = np.empty((len(rows), len(queries)), np.float32)
    wanted = np.ascontiguousarray(queries.T)
    step = max(_STEP // max(wanted.size, 1), 1)

    def fill(part: range) -> None:
        for start in part:
            stop = min(start + step, part.stop)
            np.matmul(rows[start:stop], wanted, out=found[start:stop])

    size = max(-(-len(rows) // (os.cpu_count() or 1)), _PART)
    parts = [range(start, min(start + size, len(rows)), step) for start in range(0, len(rows), size)]
    if len(parts) == 1:
        fill(parts[0])
    else:
        list(_threads().map(fill, parts))
    return found


@dataclass(frozen=True, slots=True)
class StatementMatrix:
    """The vectors of many profiles, in profile order: ``starts[i]:starts[i + 1]`` are the rows of profile ``i``.

    ``columns`` is the sparse part by column, an inverted index: a query touches only the words that it has.
    """

    starts: NDArray[np.intp]
    rows: Rows
    columns: sparse.csc_array

    @staticmethod
    def of(starts: NDArray[np.intp], rows: Rows) -> StatementMatrix:
        return StatementMatrix(starts, rows, rows.sparse.tocsc())

    def __len__(self) -> int:
        return len(self.rows)

    def span(self, index: int) -> slice:
        """The rows of one profile."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))

    def owners(self) -> NDArray[np.intp]:
        """The profile of every row."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def similarities(self, queries: Rows) -> NDArray[np.float32]:
        """Similarity of every row to every query, single precision, before hubness: shape (rows, queries)."""
        found = dense_product(self.rows.dense, queries.dense)
        words = np.unique(queries.sparse.indices)
        if words.size and len(self):
            found += self.columns[:, words] @ queries.narrowed(words).T.astype(np.float32)
        return found

    def words(self, query: Rows, terms: float, concepts: float) -> NDArray[np.float32]:
        """Every row's cosine of terms and of concepts with one query, each times a weight, single precision."""
        words = np.unique(query.sparse.indices)
        if not words.size or not len(self):
            return np.zeros(len(self), np.float32)
        weights = np.where(words < query.n_terms, terms, concepts)
        return np.asarray(self.columns[:, words] @ (query.narrowed(words)[0] * weights).astype(np.float32))


class StatementVectoriser(TransformerMixin, BaseEstimator):
    """Learns term weights, concept weights and language means; turns profiles into two :class:`StatementMatrix`.

    Inverse document frequencies are smoothed, ln((1 + n) / (1 + df)) + 1 (Manning, Raghavan and Schütze, *Introduction
    to Information Retrieval*, 2008, ch. 6). Parameters are stored as given; fitted attributes end in an underscore.
    """

    def __init__(self, cache: VectorCache, taxonomy: Taxonomy, weights: SignalWeights | None = None) -> None:
        self.cache = cache
        self.taxonomy = taxonomy
        self.weights = weights

    def fit(self, profiles: Sequence[Profile], progress: Progress = no_progress) -> Self:
        """Learns from the profiles' statements; ValueError where there is none."""
        statements = [s for p in profiles for s in p.statements]
        if not statements:
            raise ValueError("there is no statement to learn from")
        self.weights_ = self.weights or SignalWeights()
        self.tfidf_ = TfidfVectorizer(analyzer=terms, sublinear_tf=True, dtype=np.float32)
        self.tfidf_.fit(s.text for s in statements)
        self.concept_index_ = {notation: i for i, notation in enumerate(self.taxonomy.concepts)}
        counts = np.zeros(len(self.concept_index_))
        self.spreads_ = {text: self._tag(text) for text in {s.text for s in statements}}
        for statement in statements:
            for notation in self.spreads_[statement.text]:
                counts[self.concept_index_[notation]] += 1
        self.concept_idf_ = np.array([log((1 + len(statements)) / (1 + count)) + 1 for count in counts])
        dense = self.cache.encode([s.text for s in statements], progress)
        overall = dense.mean(axis=0, dtype=np.float64)
        self.language_means_ = {}
        for lang in LANGUAGES:
            rows = dense[[s.lang == lang for s in statements]]
            # With few texts of a language its mean is mostly noise: shrink it to the overall mean.
            share = len(rows) / (len(rows) + 20)
            own = rows.mean(axis=0, dtype=np.float64) if len(rows) else overall
            self.language_means_[lang] = (share * own + (1 - share) * overall).astype(np.float32)
        self.anchors_ = self._anchors(progress)
        closeness = self._centred(dense, [s.lang for s in statements]) @ self.anchors_.T
        self.closeness_ = closeness.mean(axis=0), np.maximum(closeness.std(axis=0), 1e-6)
        return self

    def transform(self, profiles: Sequence[Profile]) -> dict[Role, StatementMatrix]:
        """The profiles' capabilities and needs."""
        check_is_fitted(self)
        return {
            Role.CAPABILITY: self.matrix([p.capabilities for p in profiles]),
            Role.NEED: self.matrix([p.needs for p in profiles]),
        }

    def transform_texts(self, texts: Sequence[tuple[str, str]]) -> Rows:
        """Loose ``(text, language)`` pairs, such as a search query: for the concepts that they name alone."""
        check_is_fitted(self)
        # Straight to the encoder: what people type is not worth remembering, and a cache must not grow with it.
        return self._rows(texts, self.cache.encoder.encode([text for text, _ in texts]), meant=0.0)

    def _rows(self, texts: Sequence[tuple[str, str]], encoded: Vectors, meant: float) -> Rows:
        only = [text for text, _ in texts]
        dense = self._centred(encoded, [lang for _, lang in texts])
        term_rows = self.tfidf_.transform(only) * np.float32(sqrt(self.weights_.terms))
        # Not to unit length: a statement that names none is not to be as sure of its concepts as one that does.
        share = np.array([1 - meant, meant]) * sqrt(self.weights_.concepts / ((1 - meant) ** 2 + meant**2))
        concept_rows = self._named(only) * np.float32(share[0]) + self._meant(dense) * np.float32(share[1])
        both = sparse.csr_array(sparse.hstack([term_rows, concept_rows], format="csr", dtype=np.float32))
        return Rows(dense * np.float32(sqrt(self.weights_.meaning)), both, term_rows.shape[1])

    def _centred(self, encoded: Vectors, langs: Sequence[str]) -> Vectors:
        """Sentence vectors less the mean of their language, to unit length."""
        dense = encoded - np.stack([self.language_means_[lang] for lang in langs])
        return np.asarray(normalize(dense, copy=False), np.float32)

    def matrix(self, groups: Sequence[Sequence[Statement]]) -> StatementMatrix:
        """Statements in groups, such as those of one role of each profile, or all those of each programme."""
        check_is_fitted(self)
        starts = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.intp)
        statements = [s for group in groups for s in group]
        if statements:
            encoded = self.cache.encode([s.text for s in statements])
            return StatementMatrix.of(starts, self._rows([(s.text, s.lang) for s in statements], encoded, _MEANT_SHARE))
        n_terms = len(self.tfidf_.vocabulary_)
        nothing = sparse.csr_array((0, n_terms + len(self.concept_index_)), dtype=np.float32)
        return StatementMatrix.of(starts, Rows(np.empty((0, self.cache.dimension), np.float32), nothing, n_terms))

    def _tag(self, text: str) -> dict[str, float]:
        """Concepts of a text at weight 1 and their broader ones at half a step, the highest where there are several."""
        found: dict[str, float] = {}
        for notation in self.taxonomy.tag(text):
            for steps, concept in enumerate((notation, *self.taxonomy.ancestors(notation))):
                found[concept] = max(found.get(concept, 0.0), 0.5**steps)
        return found

    def _anchors(self, progress: Progress) -> Vectors:
        """Where each concept lies in meaning, a row each: its preferred labels in all languages as one unit vector.

        A retired concept lies nowhere: nothing means it any more.
        """
        anchors = np.zeros((len(self.taxonomy.concepts), self.cache.dimension))
        for lang in LANGUAGES:
            labels = self.cache.encode([c.label(lang) for c in self.taxonomy.concepts.values()], progress)
            anchors += normalize(labels - labels.mean(axis=0))
        anchors[[c.is_retired for c in self.taxonomy.concepts.values()]] = 0.0
        return np.asarray(normalize(anchors), np.float32)

    def _meant(self, dense: Vectors) -> sparse.csr_array:
        """How far above the usual each statement lies to each concept, beyond :data:`_MEANT_FROM`, to unit length."""
        usual, spread = self.closeness_
        found = []
        for start in range(0, len(dense), _PART):  # in parts, since most of each dense part is zero
            above = (dense[start : start + _PART] @ self.anchors_.T - usual) / spread - _MEANT_FROM
            found.append(sparse.csr_array(np.maximum(above, 0, dtype=np.float32)))
        return sparse.csr_array(normalize(sparse.vstack(found, format="csr")))

    def _named(self, texts: Sequence[str]) -> sparse.csr_array:
        """The concepts of :meth:`_tag`, weighed by rarity, to unit length."""
        data, columns, pointers = [], [], [0]
        for text in texts:
            spread = self.spreads_.get(text)
            for notation, weight in sorted((self._tag(text) if spread is None else spread).items()):
                column = self.concept_index_[notation]
                columns.append(column)
                data.append(weight * self.concept_idf_[column])
            pointers.append(len(columns))
        shape = (len(texts), len(self.concept_index_))
        rows = sparse.csr_array((np.array(data, np.float32), columns, pointers), shape=shape, dtype=np.float32)
        return sparse.csr_array(normalize(rows))


def wholes(matrices: Iterable[StatementMatrix]) -> StatementMatrix:
    """One row a profile: the mean of its statements over all roles, each signal to unit length.

    A product of two such rows, signal by signal, is the cosine of the two profiles as wholes.
    """
    matrices = list(matrices)
    means = []
    for matrix in matrices:
        places = (matrix.owners(), np.arange(len(matrix)))
        shape = (len(matrix.starts) - 1, len(matrix))
        owned = sparse.csr_array((np.ones(len(matrix), np.float32), places), shape=shape)
        means.append((owned @ matrix.rows.dense, owned @ matrix.rows.sparse))
    dense = sum((d for d, _ in means[1:]), means[0][0])
    words = sum((w for _, w in means[1:]), means[0][1])
    n_terms = matrices[0].rows.n_terms
    parts = words[:, :n_terms], words[:, n_terms:]
    signals = [normalize(part) if part.shape[0] and part.shape[1] else part for part in parts]
    rows = Rows(
        np.asarray(normalize(dense) if len(dense) else dense, np.float32),  # a country may have no profiles yet
        sparse.csr_array(sparse.hstack(signals, format="csr", dtype=np.float32)),
        n_terms,
    )
    return StatementMatrix.of(np.arange(len(rows) + 1, dtype=np.intp), rows)
