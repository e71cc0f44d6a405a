"""What ``framing evaluate`` writes: tables, JSON, a page, a file of predictions."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from framing.commands.codes import DONE
from framing.errors import InputError

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.evaluation.agreement import Agreement
    from framing.evaluation.assess import Assessment
    from framing.evaluation.crossvalidate import Folds
    from framing.evaluation.pairs import Pairs
    from framing.evaluation.predictions import Predictions
    from framing.evaluation.slices import Slice
    from framing.schema import Article


class _Draws(TypedDict):
    resamples: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Results:
    """Everything that was computed."""

    articles: Sequence[Article]
    predicted: Predictions
    pairs: Pairs
    assessment: Assessment
    groups: dict[str, list[Slice]]
    second: Agreement | None
    draws: _Draws


def write(
    arguments: argparse.Namespace,
    articles: Sequence[Article],
    codebook: Codebook | None,
    predicted: Predictions,
    folds: Folds | None = None,
) -> int:
    """Compute the figures of predictions and write them wherever the options say."""
    from framing.evaluation.assess import assess_pairs
    from framing.evaluation.bootstrap import RESAMPLES
    from framing.evaluation.pairs import pair
    from framing.evaluation.slices import group_values, slices
    from framing.outputs import Writer, opened

    count = RESAMPLES if arguments.resamples is None else arguments.resamples
    draws = _Draws(resamples=count, seed=arguments.seed)
    pairs = pair(articles, predicted.documents, predicted.labels)
    asked = {by: group_values(articles, by, arguments.data, codebook) for by in arguments.by}
    groups = {}
    if folds is not None:
        name, values = f"left-out {arguments.leave_out}", _fold_names(articles, folds)
        groups[name] = slices(pairs, name, values, order=folds.names, **draws)
    groups |= {by: slices(pairs, by, values, **draws) for by, values in asked.items()}
    second = _second(arguments, articles, codebook, predicted, draws)
    found = _Results(
        articles, predicted, pairs, assess_pairs(pairs, **draws), groups, second, draws
    )
    if arguments.predictions is not None:
        with opened(arguments.predictions) as stream, Writer("jsonl", stream) as writer:
            for article, document in zip(articles, predicted.documents, strict=True):
                writer.add(article.id, document)
    if arguments.report is not None:
        page = _page(found, _data_name(arguments))
        with opened(arguments.report) as stream:
            stream.write(page)
    if arguments.output is not None or arguments.report is None:
        text = _json(found) if arguments.format == "json" else _tables(found, arguments.format)
        with opened(arguments.output) as stream:
            stream.write(text + "\n")
    return DONE


def _fold_names(articles: Sequence[Article], folds: Folds) -> list[str]:
    """Return the fold of every sentence."""
    return [
        folds.names[fold]
        for article, fold in zip(articles, folds.of_article, strict=True)
        for _ in article.sentences
    ]


def _second(
    arguments: argparse.Namespace,
    articles: Sequence[Article],
    codebook: Codebook | None,
    predicted: Predictions,
    draws: _Draws,
) -> Agreement | None:
    """Return the human ceiling: of --second, or of the packaged second annotator."""
    from framing.dataset.load import load_articles
    from framing.evaluation.agreement import (
        PACKAGED_NOTE,
        agreement,
        packaged_layers,
        second_layer,
    )

    layers, note = None, ""
    if arguments.second is not None:
        layers = second_layer(articles, load_articles(arguments.second, codebook=codebook))
    elif arguments.data is None:
        layers, note = packaged_layers(articles, predicted.labels), PACKAGED_NOTE
    if layers is None:
        return None
    return agreement(
        articles,
        predicted.documents,
        predicted.labels,
        layers,
        note=note,
        **draws,
    )


def _page(found: _Results, data: str) -> str:
    from framing.evaluation.curves import all_curves
    from framing.evaluation.report.page import Report
    from framing.evaluation.slices import BUILT_IN

    groups = dict(found.groups)
    for by in BUILT_IN:
        if by not in groups:
            groups |= _automatic(found, by)
    return Report(
        found.predicted.name,
        data,
        found.articles,
        found.predicted.documents,
        found.assessment,
        all_curves(found.pairs, **found.draws),
        found.predicted.thresholds,
        groups,
        found.second,
    ).to_html()


def _data_name(arguments: argparse.Namespace) -> str:
    if arguments.data is not None:
        return f"{arguments.data} ({arguments.split})" if arguments.split else str(arguments.data)
    if arguments.split is None and arguments.leave_out is not None:
        return "the packaged articles"
    return f"the packaged {arguments.split or 'test'} articles"


def _automatic(found: _Results, by: str) -> dict[str, list[Slice]]:
    """Group as the page does without being asked: only where there are several groups."""
    from framing.evaluation.slices import group_values, slices

    try:
        values = group_values(found.articles, by)
    except InputError:  # the data says nothing of it
        return {}
    if len(set(values)) == 1 or len(set(values)) == len(found.articles):
        return {}
    return {by: slices(found.pairs, by, values, **found.draws)}


def _json(found: _Results) -> str:
    import json

    from framing.evaluation.curves import all_curves

    plain: dict[str, Any] = {"model": found.predicted.name, **found.assessment.to_dict()}
    drawn = zip(found.pairs.labels, all_curves(found.pairs, **found.draws), strict=True)
    plain["curves"] = {label: curve.to_dict() for label, curve in drawn}
    plain["slices"] = [s.to_dict() for group in found.groups.values() for s in group]
    plain["agreement"] = None if found.second is None else found.second.to_dict()
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)


def _tables(found: _Results, form: str) -> str:
    from framing.evaluation import tables

    parts = tables.assessment_tables(found.assessment)
    parts += [tables.slice_table(group) for group in found.groups.values()]
    notes = list(found.assessment.notes)
    if found.second is not None:
        parts.append(tables.agreement_table(found.second))
        notes += [f"second annotator: {found.second.note}"] if found.second.note else []
    if any(s.small for group in found.groups.values() for s in group):
        notes.append("small: fewer than 10 articles or 20 gold labels; read nothing into them")
    head = tables.head_of(found.assessment)
    return tables.render(head, parts, notes, markdown=form == "markdown")
