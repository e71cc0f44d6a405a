"""What a dataset is made of, as one self-contained HTML page."""

from __future__ import annotations

import html
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from framing.codebook import Codebook
from framing.dataset.charts import Bar, bars, histogram, matrix
from framing.dataset.rules import Rules
from framing.dataset.splits import has_dispute
from framing.dataset.tables import by_family, split_table
from framing.errors import InputError
from framing.render import COLORS
from framing.schema import Article, Sentence

GREY = "#8a8f98"
MOST_DISPUTES = 20

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1d1f23;--soft:#5c6068;--line:#d9dce1}
@media(prefers-color-scheme:dark){:root{--page:#16181c;--ink:#e6e7ea;--soft:#a2a7b0;--line:#363a42}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem 4rem;max-width:70rem;
background:var(--page);color:var(--ink)}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2.6rem 0 .2rem}
p{max-width:44rem;margin:.4rem 0 1rem;color:var(--soft)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));
gap:1.4rem 2rem;align-items:start}
figure{margin:0;max-width:34rem}figcaption{font-weight:600;font-size:.92rem;margin-bottom:.3rem}
svg{display:block;width:100%;height:auto}
svg text{font-size:11.5px;fill:currentColor}svg .n{fill:var(--soft)}
.axis{stroke:var(--line)}.cell{stroke:var(--line)}
.wide{overflow-x:auto}pre{font:.82rem/1.5 ui-monospace,monospace;margin:.5rem 0}
"""


def stats_page(
    articles: Sequence[Article],
    splits: Mapping[str, str],
    codebook: Codebook,
    rules: Rules | None = None,
) -> str:
    """Return a page of charts: labels by genre, decade and dispute, spans, co-occurrence.

    Parameters
    ----------
    articles : sequence of Article
        With gold labels.
    splits : mapping of str to str
        Article id to split; may be empty.
    codebook : Codebook
        The labels, in order.
    rules : Rules, optional
        Gives the families of genres.

    Raises
    ------
    InputError
        If there is no article.
    """
    if not articles:
        raise InputError("no article to count; expected at least one")
    if rules is None:
        rules = Rules()
    sentences = [sentence for article in articles for sentence in article]
    unlabelled = sum(not sentence.labels for sentence in sentences) / len(sentences)
    title = f"The dataset: {codebook.name}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{html.escape(title)}</h1>\n<p>{len(articles):,} articles, {len(sentences):,} "
        f"sentences, {unlabelled:.0%} of them without a label. Touch or point at a bar for the "
        "numbers behind it.</p>\n"
        f'<div class="wide"><pre>{html.escape(split_table(articles, splits, codebook))}</pre></div>'
        + _shares("Genre", by_family(articles, rules), codebook)
        + _shares("Decade", _by(articles, lambda article: article.decade or "no date"), codebook)
        + _disputes(articles, codebook)
        + _lengths(sentences, codebook)
        + _together(sentences, codebook)
        + "</body></html>\n"
    )


def _by(articles: Sequence[Article], key: Callable[[Article], str]) -> dict[str, list[Article]]:
    groups: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        groups[key(article)].append(article)
    return dict(sorted(groups.items()))


def _color(i: int) -> str:
    return COLORS[i % len(COLORS)]


def _section(title: str, text: str, charts: Sequence[str]) -> str:
    grid = "".join(charts)
    return f'<h2>{title}</h2>\n<p>{text}</p>\n<div class="grid">\n{grid}</div>\n'


def _shares(title: str, groups: Mapping[str, Sequence[Article]], codebook: Codebook) -> str:
    """Return charts of how many sentences each group has, and what share carries each label."""
    totals = {name: sum(map(len, group)) for name, group in groups.items()}
    counts = {
        name: Counter(label for article in group for s in article for label in s.labels)
        for name, group in groups.items()
    }
    rows = [
        Bar(n, totals[n], f"{totals[n]:,}", f"{n}: {len(g)} articles, {totals[n]} sentences")
        for n, g in groups.items()
    ]
    charts = [bars("sentences", rows, GREY)]
    top = max(
        (counts[name][label] / totals[name] for name in groups for label in codebook.names),
        default=0.0,
    )
    for i, label in enumerate(codebook.names):
        rows = [
            Bar(
                name,
                counts[name][label] / totals[name],
                f"{counts[name][label] / totals[name]:.1%}",
                f"{name}: {counts[name][label]} of {totals[name]} sentences",
            )
            for name in groups
        ]
        charts.append(bars(label, rows, _color(i), top=top))
    text = "How many sentences there are, and the share of them that carries each label."
    return _section(f"Labels by {title.lower()}", text, charts)


def _disputes(articles: Sequence[Article], codebook: Codebook) -> str:
    groups = _by([a for a in articles if has_dispute(a)], lambda article: article.dispute)
    if not groups:
        return ""
    largest = sorted(groups, key=lambda name: -sum(map(len, groups[name])))[:MOST_DISPUTES]
    rows = [
        Bar(name, sum(map(len, groups[name])), f"{sum(map(len, groups[name])):,}")
        for name in largest
    ]
    charts = [
        bars(f"sentences of the {len(rows)} largest of {len(groups):,}", rows, GREY, left=232)
    ]
    edges = (*range(0, 50, 5), 100)
    for i, label in enumerate(codebook.names):
        shares = []
        for group in groups.values():
            carried = [label in s.labels for article in group for s in article]
            shares.append(100 * sum(carried) / len(carried))
        counted = np.histogram(shares, bins=edges)[0]
        columns = [
            Bar(f"{low}", int(n), f"{n}", f"{low} to {high} % of the sentences: {n} disputes")
            for n, (low, high) in zip(counted, itertools.pairwise(edges), strict=True)
        ]
        title = f"{label}: disputes by share of sentences"
        charts.append(histogram(title, columns, _color(i), axis="per cent and more"))
    text = (
        f"{len(groups):,} disputes, most with one article. A column counts the disputes in which "
        "that share of the sentences carries the label."
    )
    return _section("Labels by dispute", text, charts)


def _lengths(sentences: Sequence[Sentence], codebook: Codebook) -> str:
    words = [len(sentence.text.split()) for sentence in sentences]
    charts = [_words(f"sentences, median {np.median(words):.0f} words", words, 5, 50, GREY)]
    for i, label in enumerate(codebook.names):
        lengths = [
            len(span.text.split()) for s in sentences for span in s.spans if span.label == label
        ]
        if lengths:
            title = f"{label}: {len(lengths):,} spans, median {np.median(lengths):.0f} words"
            charts.append(_words(title, lengths, 2, 24, _color(i)))
    text = "Words between white space, in whole sentences and in the marked spans."
    return _section("Lengths", text, charts)


def _words(title: str, lengths: Sequence[int], step: int, last: int, color: str) -> str:
    starts = list(range(1, last + 1, step))
    counted = Counter(min((length - 1) // step, len(starts) - 1) for length in lengths)
    columns = [
        Bar(
            f"{start}" if i < len(starts) - 1 else f"{start}+",
            counted[i],
            f"{counted[i]}",
            f"{start} to {start + step - 1} words: {counted[i]}"
            if i < len(starts) - 1
            else f"{start} words and more: {counted[i]}",
        )
        for i, start in enumerate(starts)
    ]
    return histogram(title, columns, color, axis="words")


def _together(sentences: Sequence[Sentence], codebook: Codebook) -> str:
    names = codebook.names
    counts = np.zeros((len(names), len(names)), dtype=int)  # (n_labels, n_labels)
    for sentence in sentences:
        places = [names.index(label) for label in sentence.labels]
        counts[np.ix_(places, places)] += 1
    alone = np.diag(counts)
    expected = np.outer(alone, alone) / len(sentences)
    n = range(len(names))
    rows = [[counts[i, k] / alone[i] if alone[i] and i != k else 0.0 for k in n] for i in n]
    most = max(itertools.chain.from_iterable(rows), default=0) or 1
    shades = [[share / most for share in row] for row in rows]
    notes = [[f"{counts[i, k]:,}" for k in n] for i in n]
    hints = [
        [
            f"{names[i]}: {counts[i, i]} sentences"
            if i == k
            else f"{names[i]} and {names[k]}: {counts[i, k]} sentences, {rows[i][k]:.1%} of "
            f"{names[i]}; {expected[i, k]:.0f} if they were independent"
            for k in n
        ]
        for i in n
    ]
    sizes = Counter(len(sentence.labels) for sentence in sentences)
    several = [
        Bar(f"{size} label{'s' if size != 1 else ''}", sizes[size], f"{sizes[size]:,}")
        for size in range(max(sizes) + 1)
    ]
    charts = [
        matrix("sentences with both labels", names, shades, notes, hints, COLORS[2]),
        bars("sentences by number of labels", several, GREY),
    ]
    text = (
        "On the diagonal all sentences of a label; elsewhere those that carry both, shaded by "
        "their share of the row's label."
    )
    return _section("Labels together", text, charts)
