"""Fine-tunes the network on labelled articles, calibrates it and writes a model folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from framing.codebook import Codebook, default_codebook
from framing.dataset.splits import split_of_group
from framing.errors import InputError
from framing.inference.classifier import Classifier
from framing.model.distill import draw_sentences
from framing.model.run import Run
from framing.model.settings import TrainingConfig
from framing.schema import Article


def train(
    articles: Sequence[Article],
    output: str | Path,
    *,
    validation: Sequence[Article] | None = None,
    codebook: Codebook | None = None,
    config: TrainingConfig | None = None,
    teachers: Sequence[str | Path] = (),
    unlabelled: Iterable[str] = (),
    device: str = "auto",
    resume: bool = False,
    quantize: bool = True,
    progress: bool = True,
) -> Classifier:
    """Fine-tune an encoder on labelled articles and write a model folder.

    Parameters
    ----------
    articles : sequence of Article
        To train on; :func:`framing.load_articles` reads them.
    output : str or Path
        The model folder to write. Checkpoints lie in its ``checkpoint`` folder until it is done.
    validation : sequence of Article, optional
        To choose the best epoch, the calibration and the thresholds on. By default every article of
        `articles` whose group a hash assigns to validation or test is held out.
    codebook : Codebook, optional
        The labels; the packaged codebook by default.
    config : TrainingConfig, optional
        Settings.
    teachers : sequence of paths, optional
        Model folders that this function wrote. They label `unlabelled`, and the new model learns
        from the mean of their probabilities besides the labelled articles, see
        :mod:`framing.model.distill`.
    unlabelled : iterable of str, optional
        Texts for the teachers to label.
    device : str
        ``"auto"`` takes CUDA, then MPS, then the CPU; or a torch device name.
    resume : bool
        Go on from the checkpoint of an interrupted run with the same settings and data; if there is
        none, start afresh.
    quantize : bool
        Export an int8 graph if it loses at most half a point of macro-F1 on validation.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    Classifier
        The trained model, loaded from `output` as :func:`framing.load` does.

    Raises
    ------
    InputError
        If there is no article to train or validate on, a label that the codebook lacks, or the
        checkpoint belongs to other settings or data.
    """
    if codebook is None:
        codebook = default_codebook()
    if config is None:
        config = TrainingConfig()
    if validation is None:
        validation = [a for a in articles if split_of_group(a.group) != "train" and not a.chosen]
        articles = [a for a in articles if split_of_group(a.group) == "train"]
    if config.epochs < 1:
        raise InputError(f"epochs must be at least 1, got {config.epochs}")
    check_articles(articles, validation, codebook)
    run = Run(articles, validation, Path(output), codebook, config, device, progress)
    if teachers:
        run.learn_from(teachers, draw_sentences(unlabelled, config.unlabelled, config.seed))
    run.fit(resume)
    return run.finish(quantize)


def check_articles(
    articles: Sequence[Article], validation: Sequence[Article], codebook: Codebook
) -> None:
    """Refuse to train without articles, or on labels that the codebook lacks.

    Raises
    ------
    InputError
        Naming the article and the label.
    """
    for name, part in (("train", articles), ("validate", validation)):
        if not any(article.sentences for article in part):
            raise InputError(f"no article to {name} on; give at least one, better hundreds")
        for article in part:
            for sentence in article.sentences:
                for label in sentence.labels:
                    if label not in codebook:
                        raise InputError(
                            f"article {article.id!r}: label {label!r} is not in codebook "
                            f"{codebook.name!r}, which has {', '.join(codebook.names)}"
                        )
