"""The fit of the embedded engine: at the least of its loss, and as scikit-learn finds it."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from dialogs.nlu import softmax
from dialogs.nlu.lbfgs import minimise
from dialogs.nlu.softmax import fit, train

LABELS = ("book", "cancel", "spam")


@pytest.fixture
def rows():
    """Return n-gram rows (sparse), vectors and labels: three clouds of 60 rows that overlap a little."""
    chance = np.random.default_rng(7)
    labels = [LABELS[at % 3] for at in range(180)]
    dense = chance.normal(size=(180, 8)) + 0.8 * np.eye(3, 8)[[at % 3 for at in range(180)]]
    grams = chance.random((180, 30)) * (chance.random((180, 30)) < 0.2)
    return csr_matrix(grams, dtype=np.float32), dense.astype(np.float32), labels


def test_it_finds_the_least_of_a_narrow_valley():
    steepness = np.logspace(0, 3, 40, dtype=np.float32)

    def loss(point):
        return float(np.vdot(steepness * point, point)) / 2 - float(point.sum()), steepness * point - 1

    found = minimise(loss, np.zeros(40, np.float32), iterations=200, tolerance=1e-9)
    assert found == pytest.approx(1 / steepness, rel=1e-2)


def test_a_start_at_the_least_is_left_as_it_is():
    start = np.array([2.0, -1.0], np.float32)
    found = minimise(lambda point: (float(np.vdot(point - start, point - start)), 2 * (point - start)), start.copy(),
                     iterations=5, tolerance=1e-6)  # fmt: skip
    assert found.tolist() == start.tolist()


def test_it_is_the_model_that_scikit_learn_finds(rows, monkeypatch):
    monkeypatch.setattr(softmax, "_TOLERANCE", 1e-9)
    grams, vectors, labels = rows
    ours = train(grams, vectors, labels, 2.0).probabilities(grams, vectors)
    together = np.hstack([grams.toarray(), vectors, np.ones((180, 1))])  # the bias is held to 0 as every weight
    theirs = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-8, max_iter=2000).fit(together, labels)
    assert ours == pytest.approx(theirs.predict_proba(together), abs=2e-3)


def test_any_number_of_cores_finds_the_same(rows, monkeypatch):
    grams, vectors, labels = rows
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(softmax, "cores", lambda cores=cores: cores)
        found.append(train(grams, vectors, labels, 2.0).probabilities(grams, vectors))
    assert found[0] == pytest.approx(found[1], abs=5e-3)


def test_a_fit_upon_scores_that_are_right_already_moves_nothing(rows):
    grams, vectors, labels = rows
    model = train(grams, vectors, labels, 2.0)
    scores, answers = model.scores(grams, vectors), model.probabilities(grams, vectors)
    assert np.abs(fit(grams, vectors, answers, scores, strength=20.0)[1]).max() < 1e-3
