from __future__ import annotations

import pickle
from pathlib import Path

import datasets
import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

import framing
from framing.errors import InputError
from framing.features import FrameFeatures
from framing.inference.classifier import Classifier
from framing.schema import Article

LABELS = ["threat", "concession", "security_justification", "industrial_policy"]


@pytest.fixture
def texts(articles: list[Article]) -> list[str]:
    return [*(article.text for article in articles[:8]), "", "Duties follow."]


def test_sentences(texts: list[str], tiny_folder: Path, model: Classifier) -> None:
    features = FrameFeatures(model=tiny_folder).fit(texts)
    found = features.transform(texts)
    assert found.shape == (len(texts), 4)
    assert list(features.get_feature_names_out()) == LABELS
    for row, document in zip(found, model.predict(texts, split_sentences=False), strict=True):
        expected = list(document[0].scores.values()) if len(document) else [0.0] * 4
        assert row.tolist() == expected


def test_articles(texts: list[str], tiny_folder: Path, model: Classifier) -> None:
    features = FrameFeatures(unit="article", model=tiny_folder).fit(texts)
    found = pandas.DataFrame(features.transform(texts), columns=features.get_feature_names_out())
    assert (found.iloc[8] == 0).all()
    for i, document in enumerate(model.predict(texts)):
        for label in LABELS:
            scores = [p.scores[label] for p in document] or [0.0]
            carried = [label in p.labels for p in document] or [False]
            assert found[f"{label}_max"][i] == max(scores)
            assert found[f"{label}_mean"][i] == pytest.approx(np.mean(scores))
            assert found[f"{label}_share"][i] == pytest.approx(np.mean(carried))
    chosen = FrameFeatures(unit="article", measures=["max"], model=tiny_folder).fit(texts)
    assert (chosen.transform(texts) == found.iloc[:, 4:8].to_numpy()).all()


@pytest.mark.parametrize("unit", ["sentence", "article"])
def test_clones_and_pickles(unit: str, texts: list[str], tiny_folder: Path) -> None:
    features = FrameFeatures(unit=unit, model=str(tiny_folder), threads=1).fit(texts)
    before = features.transform(texts)
    assert clone(features).get_params() == features.get_params()
    with pytest.raises(NotFittedError):
        clone(features).transform(texts)
    kept = pickle.dumps(features)
    assert len(kept) < 2000  # the model is not in it
    assert (pickle.loads(kept).transform(texts) == before).all()


@pytest.mark.usefixtures("tiny_default")
def test_in_pipelines(texts: list[str]) -> None:
    y = [i % 2 for i in range(len(texts))]
    pipeline = make_pipeline(FrameFeatures(), LogisticRegression())
    grid = {"framefeatures__unit": ["sentence", "article"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(texts, y)
    assert search.predict(texts).shape == (len(texts),)
    frame = pandas.DataFrame({"text": texts, "n": range(len(texts))})
    columns = ColumnTransformer([("frames", FrameFeatures(), "text")], remainder="passthrough")
    found = columns.set_output(transform="pandas").fit_transform(frame)
    assert list(found.columns) == [*(f"frames__{label}" for label in LABELS), "remainder__n"]


@pytest.mark.usefixtures("tiny_default")
def test_the_rules_of_estimators() -> None:
    # scikit-learn's checks of fit and transform feed numbers; of an estimator that takes one column
    # of texts, as of its own TfidfVectorizer, it checks what does not depend on the data.
    with pytest.warns(SkipTestWarning, match="Can't test estimator FrameFeatures"):
        results = check_estimator(FrameFeatures(), on_fail=None)
    assert {result["status"] for result in results} == {"passed"}
    for check in (
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_parameters_default_constructible,
    ):
        check("FrameFeatures", FrameFeatures())


@pytest.mark.usefixtures("tiny_default")
def test_what_cannot_be_transformed() -> None:
    for wrong, message in [
        ("Duties follow.", "X must be a sequence of str, got str"),
        ([1.0], r"X\[0\] must be a str, got float 1\.0"),
        (pandas.DataFrame({"text": ["A."]}), r"one column of texts, got shape \(1, 1\)"),
    ]:
        with pytest.raises(InputError, match=message):
            FrameFeatures().fit(wrong)
    with pytest.raises(InputError, match="unit must be 'sentence' or 'article', got 'word'"):
        FrameFeatures(unit="word").fit(["A."])
    with pytest.raises(InputError, match="measures must be some of share, max, mean"):
        FrameFeatures(measures=["median"]).fit(["A."])


@pytest.mark.usefixtures("tiny_default")
def test_datasets_are_mapped(texts: list[str]) -> None:
    documents = framing.predict(texts)
    tagged = datasets.Dataset.from_dict({"text": texts}).map(
        framing.tag, batched=True, batch_size=3
    )
    assert len(tagged) == len(texts)
    for row, text, document in zip(tagged, texts, documents, strict=True):
        assert row["text"] == text
        assert row["labels"] == list(document.labels)
        assert [s["text"] for s in row["sentences"]] == [p.text for p in document]
        for sentence, prediction in zip(row["sentences"], document, strict=True):
            assert sentence["scores"] == pytest.approx(dict(prediction.scores))
            assert sentence["spans"] == [span.to_dict() for span in prediction.spans]
