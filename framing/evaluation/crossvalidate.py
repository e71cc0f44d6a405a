"""Leave-one-group-out cross-validation: how a learner does on groups that it has not seen."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.codebook import Codebook, default_codebook
from framing.dataset.splits import group_position
from framing.errors import FramingError, InputError
from framing.evaluation.pairs import cluster
from framing.evaluation.predictions import Predictions
from framing.schema import Article, Document

if TYPE_CHECKING:
    from framing.model.settings import TrainingConfig

FOLDS = 10
_VALIDATION = 0.15  # of the groups that are trained on; for calibration and thresholds


@dataclass(frozen=True, slots=True)
class Folds:
    """Which article is left out when.

    Parameters
    ----------
    names : tuple of str
        Of the folds: the group that is left out, or how many of them.
    of_article : tuple of int
        The fold in which each article is left out.
    """

    names: tuple[str, ...]
    of_article: tuple[int, ...]


def make_folds(
    articles: Sequence[Article], by: str, values: Sequence[str], folds: int = FOLDS
) -> Folds:
    """Divide articles by groups: one group a fold, or several where there are more than `folds`.

    Parameters
    ----------
    articles : sequence of Article
        All of them.
    by : str
        What the groups are called.
    values : sequence of str
        The group of every sentence, article by article
        (:func:`framing.evaluation.slices.group_values`).
    folds : int
        At most so many; groups are then joined so that the folds have about as many sentences
        (``sklearn.model_selection.GroupKFold``).

    Raises
    ------
    InputError
        If there is one group only, a group cuts through an article, or `folds` is below 2.
    """
    if folds < 2:
        raise InputError(f"--folds must be at least 2, got {folds}")
    of_cluster: dict[str, str] = {}
    position = 0
    for article in articles:
        name = cluster(article)
        here = set(values[position : position + len(article)])
        position += len(article)
        if name in of_cluster:
            here.add(of_cluster[name])
        if len(here) > 1:
            raise InputError(
                f"cannot leave out {by!r}: article {article.id!r} has several values, "
                f"{', '.join(sorted(here)[:3])}; leave out something that whole articles share"
            )
        of_cluster.update((name, value) for value in here)
    groups = [of_cluster.get(cluster(article), "") for article in articles]
    names = list(dict.fromkeys(of_cluster.values()))
    if len(names) < 2:
        raise InputError(
            f"cannot leave out {by!r}: all articles have the same value"
            + "".join(f", {name!r}" for name in names)
        )
    if len(names) <= folds:
        number_of = {name: number for number, name in enumerate(names)}
        return Folds(tuple(names), tuple(number_of.get(group, 0) for group in groups))
    from sklearn.model_selection import GroupKFold

    sentences = [i for i, article in enumerate(articles) for _ in article.sentences]
    labels = [groups[i] for i in sentences]
    place: dict[str, int] = {}
    for number, (_, left_out) in enumerate(GroupKFold(folds).split(labels, groups=labels)):
        place |= {labels[j]: number for j in left_out}
    sizes = [sum(n == number for n in place.values()) for number in range(folds)]
    titles = tuple(f"fold {n + 1} ({size} groups)" for n, size in enumerate(sizes))
    return Folds(titles, tuple(place.get(group, 0) for group in groups))


def cross_validate(
    articles: Sequence[Article],
    folds: Folds,
    *,
    codebook: Codebook | None = None,
    config: TrainingConfig | None = None,
    device: str = "auto",
    jobs: int | None = None,
    progress: bool = False,
) -> Predictions:
    """Train on all folds but one and predict that one, for each in turn, in parallel.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    folds : Folds
        See :func:`make_folds`.
    codebook : Codebook, optional
        The labels; the packaged one by default.
    config : TrainingConfig, optional
        Settings of the transformer; without them the TF-IDF baseline learns, which is quick.
    device : str
        For the transformer.
    jobs : int, optional
        Processes; by default one a core for the baseline, one for the transformer.
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    Predictions
        For every article, by a model that saw nothing of its group. Of the other groups 15 % (by
        hash) are held out for calibration and thresholds, so every fold has its own thresholds.

    Raises
    ------
    FramingError
        If a fold cannot be trained; the message names it.
    """
    import joblib

    book = default_codebook() if codebook is None else codebook
    if jobs is None:
        jobs = min(joblib.cpu_count(), len(folds.names)) if config is None else 1
    tasks = (
        joblib.delayed(_fold)(
            [a for a, f in zip(articles, folds.of_article, strict=True) if f != number],
            [a for a, f in zip(articles, folds.of_article, strict=True) if f == number],
            book,
            config,
            device,
            name,
        )
        for number, name in enumerate(folds.names)
    )
    done: Any = joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks)
    if progress:
        from tqdm import tqdm

        done = tqdm(done, total=len(folds.names), unit=" folds", leave=False)
    found = [iter(documents) for documents in done]
    learner = "TF-IDF baseline" if config is None else f"transformer ({config.base})"
    return Predictions(
        f"{learner}, cross-validated in {len(folds.names)} folds",
        book.names,
        tuple(next(found[fold]) for fold in folds.of_article),
    )


def _fold(
    others: Sequence[Article],
    left_out: Sequence[Article],
    codebook: Codebook,
    config: TrainingConfig | None,
    device: str,
    name: str,
) -> list[Document]:
    training, validation = _divide(others)
    try:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "model"
            if config is None:
                from framing.model.baseline import train_baseline

                model = train_baseline(training, output, validation=validation, codebook=codebook)
            else:
                from framing.model.training import train

                model = train(
                    training,
                    output,
                    validation=validation,
                    codebook=codebook,
                    config=config,
                    device=device,
                    progress=False,
                )
            return list(model.predict_articles(left_out))
    except FramingError as error:
        raise type(error)(f"with {name!r} left out: {error}") from error


def _divide(articles: Sequence[Article]) -> tuple[list[Article], list[Article]]:
    """Hold out some groups for validation, at least one: those whose hash comes first."""
    groups = sorted(
        {article.group for article in articles},
        key=lambda group: group_position("held-out " + group),
    )
    chosen = set(groups[: max(1, round(_VALIDATION * len(groups)))])
    return (
        [article for article in articles if article.group not in chosen],
        [article for article in articles if article.group in chosen and not article.chosen],
    )
