"""Writes the model card of a model folder from its ``config.json``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from framing.evaluation.tables import show
from framing.inference.folder import ModelConfig, read_config

if TYPE_CHECKING:
    from framing.evaluation.assess import Assessment
    from framing.evaluation.contrast import PairCounts


_COLUMNS = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "ece": "calibration error",
    "character_f1": "span F1",
}


def write_card(
    folder: str | Path,
    results: Mapping[str, Assessment] | None = None,
    contrast: PairCounts | None = None,
) -> Path:
    """Write ``README.md`` into a model folder.

    Parameters
    ----------
    folder : str or Path
        The model folder.
    results : mapping of str to Assessment, optional
        Name of a test set to what :func:`framing.evaluation.assess.assess` found on it.
    contrast : PairCounts, optional
        How the model does on contrast pairs.

    Returns
    -------
    Path
        The card.
    """
    folder = Path(folder)
    config = read_config(folder)
    training = dict(config.training)
    lines = [
        "---",
        "language: en",
        "license: apache-2.0",
        "library_name: framing",
        "pipeline_tag: text-classification",
        "---",
        "",
        f"# A sentence tagger for {', '.join(config.labels)}",
        "",
        "Tags each sentence of a text with any subset of its labels and marks the words that carry",
        "each. Made by `framing.train`; load it with `framing.load(folder)`.",
        "",
        f"- Codebook: {config.codebook.get('name', '')} {config.codebook.get('version', '')}",
        f"- Base encoder: {config.base.get('name', '')}, SHA-256 "
        f"`{config.base.get('sha256', 'unknown')}`"
        + (f", originally {config.base['original']}" if "original" in config.base else ""),
    ]
    for part in ("train", "validation"):
        if part in training:
            data = training[part]
            lines.append(
                f"- {part.capitalize()}: {data['articles']} articles or passages, "
                f"{data['sentences']} sentences, SHA-256 of the data `{data['sha256']}`"
            )
    lines.append(f"- Reads: {_reading(config)}")
    if "export" in training:
        lines.append(f"- Graph: {training['export']['precision']}")
    if "seconds" in training:
        lines.append(
            f"- Training time: {training['seconds'] / 60:.0f} minutes on {training['device']}, "
            f"best epoch {training['best_epoch']}"
        )
    lines += [
        "",
        "| label | threshold | word threshold |",
        "|---|---|---|",
        *(
            f"| {name} | {config.thresholds[name]:.2f} | {config.span_thresholds[name]:.2f} |"
            for name in config.labels
        ),
    ]
    for name, result in (results or {}).items():
        lines += ["", *_table(name, result)]
    if contrast is not None:
        low, high = contrast.interval
        lines += [
            "",
            f"Contrast pairs with both sides right: {contrast.share:.2f} [{low:.2f}, {high:.2f}] "
            f"of {contrast.pairs}.",
        ]
    lines += [
        "",
        "## Use and limits",
        "",
        "For English news and official texts on trade, sanctions, export controls and industry. A",
        "label says that a careful reader of the codebook would find the frame in the sentence,",
        "not that the claim is true. Check a random sample by hand before reporting shares.",
        "Written articles in the training data are synthetic; language models that followed the",
        "codebook labelled them.",
        "",
    ]
    path = folder / "README.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _reading(config: ModelConfig) -> str:
    """Return how a model reads the sentences of a text."""
    unit = "as many sentences together as fit" if config.joint else "each sentence"
    if not config.context:
        return unit if config.joint else f"{unit} by itself"
    return (
        f"{unit}, after up to {config.context} tokens of whole sentences before it (or the title)"
    )


def _table(name: str, result: Assessment) -> list[str]:
    """Return the table of one test set; 95 % intervals, articles resampled."""
    return [
        f"## {name} ({result.n_articles} articles, {result.n_sentences} sentences)",
        "",
        f"| label | gold | {' | '.join(_COLUMNS.values())} |",
        f"|---|---{'|---' * len(_COLUMNS)}|",
        *(
            f"| {row} | {result.gold.get(row, '')} | "
            + " | ".join(
                show(result[row, column], 3 if column == "ece" else 2)
                if (row, column) in result.figures
                else ""
                for column in _COLUMNS
            )
            + " |"
            for row in (*result.labels, "macro")
        ),
    ]
