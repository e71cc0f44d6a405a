"""Writes the model card of a model folder from its ``config.json``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framing.inference.folder import read_config


def write_card(folder: str | Path, results: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
    """Write ``README.md`` into a model folder.

    Parameters
    ----------
    folder : str or Path
        The model folder.
    results : mapping of str to mapping, optional
        Name of a test set to what ``Scores.to_dict`` returned for it.

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
        f"`{config.base.get('sha256', 'unknown')}`",
    ]
    for part in ("train", "validation"):
        if part in training:
            data = training[part]
            lines.append(
                f"- {part.capitalize()}: {data['articles']} articles or passages, "
                f"{data['sentences']} sentences, SHA-256 of the data `{data['sha256']}`"
            )
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
        lines += [
            "",
            f"## {name} ({result['n_articles']} articles, {result['n_sentences']} sentences)",
            "",
            "| label | precision | recall | F1 | gold | span F1 |",
            "|---|---|---|---|---|---|",
            *(
                f"| {label} | {_figure(c['precision'])} | {_figure(c['recall'])} | "
                f"{_figure(c['f1'])} | {c['support']} | {_figure(result['spans'][label]['f1'])} |"
                for label, c in result["labels"].items()
            ),
            f"| macro | | | {_figure(result['macro_f1'])} | | {_figure(result['span_f1'])} |",
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


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
