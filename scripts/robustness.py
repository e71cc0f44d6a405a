"""How a model holds up: by kind of text, by dispute, by length, on noisy copies, on running text.

    python scripts/robustness.py --data realdev=FILE.jsonl --json figures.json
    python scripts/robustness.py --leave-out 3

Markdown on standard output, for the packaged test articles and each file given with --data. With
``--leave-out N`` only one table is printed: the TF-IDF baseline on the packaged training and test
articles in N folds, single sentences left out against whole disputes, over three seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import framing
from framing.dataset.load import load_named
from framing.dataset.rules import Rules
from framing.dataset.splits import has_dispute
from framing.evaluation.assess import FEW_POSITIVES, assess_pairs
from framing.evaluation.bootstrap import RESAMPLES, Figure, plain
from framing.evaluation.compare import differences
from framing.evaluation.noisy_copies import NOISES, perturb
from framing.evaluation.pairs import Pairs, pair
from framing.evaluation.seen import UNITS, left_out
from framing.evaluation.slices import Slice, group_values, slices
from framing.evaluation.splitting import running_text, sentences_found
from framing.evaluation.spread import Group, by_group, by_shuffled_group, quantile
from framing.evaluation.tables import UNDEFINED, Table, show, slice_table
from framing.inference.classifier import Classifier
from framing.schema import Article

# A genre belongs to the first family of which a word stands in it ("_" and "-" read as spaces).
_WORDS = {
    "general news": "general news",
    "translated": "translat",
    "state media": "state media",
    "posts": "social|posts",
    "diplomatic": "diplomatic|communique|joint statement",
    "speeches, transcripts": "transcript|interview|speech|address|testimony|press conference|"
    "briefing|parliament|remarks|panel",
    "trade, market, company": "market|trade|company|business|analyst|technology",
    "web news": "web news|news site|live blog",
    "official texts": "press release|fact sheet|regulation|federal register|notice|"
    "executive order|proclamation|memorandum|presidential|ministry|commission|official|statistic|"
    "report summary|database|us wh|statement",
    "opinion": "op ed|opinion|column|essay|letter to|letters page|blog",
    "analysis": "think tank|analysis|policy brief|explainer|newsletter|data report|magazine|review",
    "news agencies": "wire",
    "newspapers": "newspaper|broadsheet|tabloid|weekly|brief|feature|court report|obituary",
}
FAMILIES = Rules(families={name: tuple(words.split("|")) for name, words in _WORDS.items()})
LENGTHS = {5: "up to 5", 10: "6 to 10", 20: "11 to 20", 40: "21 to 40", 80: "41 to 80"}
LONGEST = "over 80"
SHUFFLES = 20
FEW_IN_DISPUTE = 10  # gold labels


@dataclass(frozen=True, slots=True)
class Draws:
    """Settings of resampling and noise."""

    resamples: int
    seed: int


def family(genre: str) -> str:
    """Return the family of a genre, ``other`` if it is in none."""
    return FAMILIES.family(genre.replace("_", " ").replace("-", " "))


def length(words: int) -> str:
    """Return the class of a sentence of so many words."""
    return next((name for limit, name in LENGTHS.items() if words <= limit), LONGEST)


def kinds(articles: Sequence[Article], pairs: Pairs, draws: Draws) -> list[list[Slice]]:
    """Return figures by family of genres, translation, decade and length."""
    per_article: dict[str, Callable[[Article], str]] = {
        "genre family": lambda article: family(article.genre),
        "translation": lambda a: "translated" if "translat" in a.genre else "not said to be",
    }
    by = {
        name: [of(article) for article in articles for _ in article]
        for name, of in per_article.items()
    }
    by["decade"] = group_values(articles, "decade")
    by["words in the sentence"] = [length(len(s.text.split())) for a in articles for s in a]
    order = (*LENGTHS.values(), LONGEST)
    return [
        slices(pairs, name, values, order=order, resamples=draws.resamples, seed=draws.seed)
        for name, values in by.items()
        if name != "translation" or "translated" in values
    ]


def genres_line(articles: Sequence[Article]) -> str:
    """Say which genres each family has here."""
    members: dict[str, set[str]] = {}
    for article in articles:
        members.setdefault(family(article.genre), set()).add(article.genre or "(not given)")
    return "; ".join(f"{name}: {', '.join(sorted(genres))}" for name, genres in members.items())


def disputes(articles: Sequence[Article], pairs: Pairs, seed: int) -> tuple[list[Table], Any]:
    """Return the spread of F1 over split groups, and the worst of them."""
    groups = [article.group for article in articles for _ in article]
    names = {a.group: a.dispute if has_dispute(a) else a.title or a.group for a in articles}
    found = by_group(pairs, groups)
    dealt = by_shuffled_group(pairs, groups, times=SHUFFLES, seed=seed)
    rows: list[tuple[str, ...]] = []
    figures: dict[str, Any] = {}
    for name, share in (("median", 0.5), ("worst tenth: at most", 0.1)):
        seen = quantile(found, share)
        chance = np.mean([quantile(groups, share) for groups in dealt], axis=0).tolist()
        rows.append((name, *map(number, (*seen, *chance))))
        figures[name] = {
            "macro_micro_f1": [plain(value) for value in seen],
            "dealt_at_random": [plain(value) for value in chance],
        }
    labelled = [group for group in found if group.gold]
    enough = sum(group.gold >= FEW_POSITIVES for group in found)
    title = (
        f"Over {len(labelled)} disputes (split groups) with a gold label; "
        f"{len(found) - len(labelled)} have none, {enough} have {FEW_POSITIVES} or more"
    )
    header = ("", "macro F1", "micro F1", "macro F1 if dealt at random", "micro F1 if so")
    tables = [Table(title, header, tuple(rows))]
    for least in (1, FEW_IN_DISPUTE):
        worst = sorted(
            (group for group in labelled if group.gold >= least),
            key=lambda group: (group.macro_f1, group.micro_f1, group.name),
        )[:5]
        tables.append(worst_table(worst, names, least))
        figures[f"worst with {least} gold labels or more"] = [g.to_dict() for g in worst]
    return tables, {**figures, "all": [group.to_dict() for group in found]}


def worst_table(worst: Sequence[Group], names: dict[str, str], least: int) -> Table:
    """Return the groups with the lowest macro F1."""
    rows = tuple(
        (
            names[group.name] + " (small)" * (group.gold < FEW_POSITIVES),
            str(group.n_sentences),
            str(group.gold),
            number(group.macro_f1),
            number(group.micro_f1),
        )
        for group in worst
    )
    title = "The worst" if least == 1 else f"The worst with {least} gold labels or more"
    return Table(title, ("dispute", "sentences", "gold", "macro F1", "micro F1"), rows)


def noise(
    articles: Sequence[Article], clean: Pairs, model: Classifier, draws: Draws
) -> tuple[Table, Any]:
    """Return figures on noisy copies and their differences from the clean articles."""
    rows: list[tuple[str, ...]] = []
    figures: dict[str, Any] = {}
    for kind in tqdm(NOISES, desc="noisy copies", leave=False):
        if kind.unspaced:  # sentences are given one by one here
            continue
        copies = [perturb(article, kind, draws.seed) for article in articles]
        changed = sum(
            new.text != old.text
            for copy, article in zip(copies, articles, strict=True)
            for new, old in zip(copy, article, strict=True)
        )
        noisy = clean
        if changed:
            noisy = pair(copies, list(model.predict_articles(copies)), model.labels)
        found = differences(clean, noisy, resamples=draws.resamples, seed=draws.seed)
        label, span = found["macro", "f1"], found["macro", "character_f1"]
        if not rows:
            rows.append(("clean", "0", show(label.first), "", show(span.first), ""))
        shown = [part for f in (label, span) for part in (show(f.second), signed(f.difference))]
        rows.append((kind.name, str(changed), *shown))
        figures[kind.name] = {
            "changed": changed,
            "macro_f1": label.to_dict(),
            "span_f1": span.to_dict(),
            "labels": {name: found[name, "f1"].to_dict() for name in clean.labels},
        }
    header = ("copy", "changed", "macro F1", "difference", "span F1", "difference")
    title = f"Noisy copies ({clean.n_sentences} sentences, {clean.gold.sum()} gold labels in each)"
    return Table(title, header, tuple(rows)), figures


def splitting(articles: Sequence[Article], draws: Draws) -> tuple[Table, Any]:
    """Return how many gold sentences are found in running text and one a line, clean and noisy."""
    layouts = {
        "running text": [running_text(article) for article in articles],
        "one sentence a line": list(articles),
    }
    rows = [["clean"], *([kind.name] for kind in NOISES)]
    figures: dict[str, Any] = {}
    for layout, clean in layouts.items():
        noisy = [[perturb(article, kind, draws.seed) for article in clean] for kind in NOISES]
        found = sentences_found([clean, *noisy], resamples=draws.resamples, seed=draws.seed)
        for row, one in zip(rows, found, strict=True):
            row += [show(one.share), signed(one.difference) if one is not found[0] else ""]
            figures.setdefault(row[0], {})[layout] = one.to_dict()
    total = sum(map(len, articles))
    title = f"Splitting: share of the {total} gold sentences found with both ends right"
    header = ("copy", *(name for layout in layouts for name in (layout, "difference")))
    return Table(title, header, tuple(map(tuple, rows))), figures


def leave_out(folds: int, jobs: int | None, draws: Draws) -> tuple[list[Table], Any]:
    """Return the baseline with sentences or disputes left out, for three seeds."""
    articles = [a for split in ("train", "test") for a in framing.load_articles(split=split)]
    rows, figures = [], []
    for seed in tqdm(range(3), desc="seeds", leave=False):
        seen, unseen = (
            pair(articles, found.documents, found.labels)
            for found in (left_out(articles, unit, folds, seed=seed, jobs=jobs) for unit in UNITS)
        )
        found = differences(unseen, seen, resamples=draws.resamples, seed=draws.seed)
        macro = found["macro", "f1"]
        rows.append((str(seed), show(macro.first), show(macro.second), signed(macro.difference)))
        labels = {name: found[name, "f1"].to_dict() for name in seen.labels}
        figures.append({"seed": seed, "macro_f1": macro.to_dict(), "labels": labels})
    title = (
        f"TF-IDF baseline in {folds} folds of {len(articles)} articles, {seen.n_sentences} "
        f"sentences, {seen.gold.sum()} gold labels, {len({a.group for a in articles})} split groups"
    )
    header = ("seed", "disputes left out", "sentences left out", "difference")
    return [Table(title, header, tuple(rows))], {"folds": folds, "seeds": figures}


def number(value: float) -> str:
    """Return a figure without an interval."""
    return f"{value:.3f}" if value == value else UNDEFINED


def signed(value: Figure) -> str:
    """Return a difference with its interval."""
    if not value.defined:
        return UNDEFINED
    # "+ 0.0" makes a rounded -0.0 positive
    point, low, high = (f"{round(v, 3) + 0.0:+.3f}" for v in (value.value, value.low, value.high))
    return f"{point} [{low}, {high}]" if value.has_interval else point


def report(articles: Sequence[Article], model: Classifier, draws: Draws) -> tuple[list[Table], Any]:
    """Return all tables of one set of articles, and their figures."""
    pairs = pair(articles, list(model.predict_articles(articles)), model.labels)
    groups = kinds(articles, pairs, draws)
    worst, spread = disputes(articles, pairs, draws.seed)
    noisy, noisy_figures = noise(articles, pairs, model, draws)
    split, split_figures = splitting(articles, draws)
    figures = {
        "clean": assess_pairs(pairs, resamples=draws.resamples, seed=draws.seed).to_dict(),
        "groups": {found[0].by: [s.to_dict() for s in found] for found in groups},
        "disputes": spread,
        "noise": noisy_figures,
        "splitting": split_figures,
    }
    return [*map(slice_table, groups), *worst, noisy, split], figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", metavar="DIR", help="the packaged model by default")
    parser.add_argument("--allow-pickle", action="store_true", help="load your own baseline")
    parser.add_argument("--threads", type=int, metavar="N", help="of the model; one a core")
    parser.add_argument("--data", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="of resamples and noise (0)")
    parser.add_argument("--leave-out", type=int, metavar="N", help="only this table, in N folds")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes for --leave-out")
    arguments = parser.parse_args()
    draws = Draws(arguments.resamples, arguments.seed)
    figures: dict[str, Any] = {"resamples": draws.resamples, "seed": draws.seed}
    if arguments.leave_out is not None:
        tables, figures["leave_out"] = leave_out(arguments.leave_out, arguments.jobs, draws)
        print("\n\n".join(table.to_markdown() for table in tables))
    else:
        model = framing.load(
            arguments.model, threads=arguments.threads, allow_pickle=arguments.allow_pickle
        )
        test = {"test": framing.load_articles(split="test")}
        for name, articles in load_named(arguments.data, test).items():
            tables, figures[name] = report(articles, model, draws)
            print(f"## {name}: {len(articles)} articles, {sum(map(len, articles))} sentences\n")
            print("\n\n".join(table.to_markdown() for table in tables))
            print(f"\nGenres by family: {genres_line(articles)}.\n", flush=True)
    if arguments.json is not None:
        text = json.dumps(figures, indent=1, allow_nan=False)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
