"""Concepts that a statement means without naming them, and what a query is held against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.corpus import Corpus
from matcher.profile import Country, Role
from matcher.ranking import Matcher
from matcher.taxonomy import Change, ChangeKind, Taxonomy
from matcher.vectors import Rows, StatementVectoriser
from tests.matcher.builders import profile, statement

# What fuel cells do, in three languages, by none of the names that the taxonomy has for anything.
MEANS_FUEL_CELLS = {
    "en": "Turns H2 and air into current and water, without burning anything.",
    "fr": "Transforme le H2 et l’air en courant et en eau, sans rien brûler.",
    "ja": "何も燃やさず、H2と空気から電流と水を作る。",
}


@pytest.fixture(scope="module")
def vectoriser(matcher: Matcher) -> StatementVectoriser:
    return matcher.vectoriser_


def rows_of(vectoriser: StatementVectoriser, text: str) -> Rows:
    return vectoriser.matrix([[statement(Role.CAPABILITY, 1, text)]]).rows


def concepts(vectoriser: StatementVectoriser, rows: Rows) -> Mapping[str, float]:
    """The concepts of the first row, those that count most first."""
    found: NDArray[np.float32] = rows.sparse.toarray()[0, rows.n_terms :]
    names = list(vectoriser.concept_index_)
    return {names[i]: float(found[i]) for i in np.argsort(-found) if found[i] > 0}


@pytest.mark.parametrize("text", MEANS_FUEL_CELLS.values(), ids=MEANS_FUEL_CELLS.keys())
def test_a_statement_means_what_it_does_not_name(
    vectoriser: StatementVectoriser, taxonomy: Taxonomy, text: str
) -> None:
    assert taxonomy.tag(text) == ()
    assert {"fuel-cell", "hydrogen"} & set(list(concepts(vectoriser, rows_of(vectoriser, text)))[:5])


def test_what_is_named_counts_for_more_than_what_is_meant(vectoriser: StatementVectoriser) -> None:
    meant = concepts(vectoriser, rows_of(vectoriser, MEANS_FUEL_CELLS["en"]))
    named = concepts(vectoriser, rows_of(vectoriser, "Makes fuel cells for lorries."))
    assert next(iter(named)) == "fuel-cell"
    length = {name: np.linalg.norm(list(found.values())) for name, found in (("meant", meant), ("named", named))}
    assert 0 < length["meant"] < 0.5 * length["named"]


def test_a_query_asks_for_what_it_names_alone(vectoriser: StatementVectoriser) -> None:
    asked = concepts(vectoriser, vectoriser.transform_texts([("fuel cells", "en")]))
    assert set(asked) == {"fuel-cell", *vectoriser.taxonomy.ancestors("fuel-cell")}
    assert concepts(vectoriser, vectoriser.transform_texts([(MEANS_FUEL_CELLS["ja"], "ja")])) == {}


def test_nothing_means_a_retired_concept(corpus: Corpus, matcher: Matcher, taxonomy: Taxonomy) -> None:
    fewer = taxonomy.with_changes([Change(ChangeKind.RETIRE, "fuel-cell")])
    fitted = StatementVectoriser(matcher.cache_, fewer).fit(list(corpus.profiles.values()))
    found = concepts(fitted, rows_of(fitted, MEANS_FUEL_CELLS["en"]))
    assert found and "fuel-cell" not in found


def test_one_statement_is_enough_to_learn_from(matcher: Matcher, taxonomy: Taxonomy) -> None:
    alone = profile("alone", Country.CA, capabilities=["Makes fuel cells for lorries."])
    matrix = StatementVectoriser(matcher.cache_, taxonomy).fit([alone]).transform([alone])[Role.CAPABILITY]
    assert np.isfinite(matrix.rows.dense).all() and np.isfinite(matrix.rows.sparse.data).all()
