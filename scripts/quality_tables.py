"""The results of ``scripts/benchmark_quality.py`` as tables; they know only its JSON files."""

from __future__ import annotations

from typing import Any

from framing.evaluation.bootstrap import Figure
from framing.evaluation.tables import UNDEFINED, Table, show

OURS = "framing"


def tables(results: dict[str, dict[str, Any]]) -> list[Table]:
    """Return the table of systems, and the table by label of the packaged model if it is there."""
    found = [system_table("Macro-F1", results, "f1", with_costs=True)]
    spans = {name: result for name, result in results.items() if result["gives_spans"]}
    if spans:
        found.append(system_table("Span F1, overlapping characters", spans, "character_f1"))
    if OURS in results:
        found.append(label_table(results[OURS]))
    return found


def system_table(
    title: str, results: dict[str, dict[str, Any]], column: str, *, with_costs: bool = False
) -> Table:
    """Return a macro figure of every system on every set."""
    sets = list(next(iter(results.values()))["sets"])
    costs = ("contrast", "training, CPU minutes", "sentences / CPU second") if with_costs else ()
    rows = []
    for result in results.values():
        cells = [show(figure_of(result["sets"][set_]["macro"][column])) for set_ in sets]
        rows.append((result["title"], *cells, *(costs_of(result) if with_costs else ())))
    return Table(title, ("system", *sets, *costs), tuple(rows))


def costs_of(result: dict[str, Any]) -> tuple[str, str, str]:
    """Return contrast, minutes of training and speed as text."""
    total = result["contrast"]["total"]
    low, high = total["interval"]
    minutes = UNDEFINED if result["minutes"] is None else f"{result['minutes']:.1f}"
    return (
        f"{total['share']:.2f} [{low:.2f}, {high:.2f}]",
        minutes,
        f"{result['sentences_per_cpu_second']:,.0f}",
    )


def label_table(result: dict[str, Any]) -> Table:
    """Return precision, recall, F1 and calibration error of each label on each set."""
    columns = {"precision": "precision", "recall": "recall", "f1": "F1", "ece": "ECE"}
    rows = [
        (
            f"{label}, {name}",
            *(show(figure_of(row[c]), digits(c)) for c in columns),
            str(row["gold"]),
        )
        for name, found in result["sets"].items()
        for label, row in found["labels"].items()
    ]
    return Table("framing by label", ("", *columns.values(), "gold"), tuple(rows))


def digits(column: str) -> int:
    """Return the digits of an interval: calibration errors are small."""
    return 3 if column == "ece" else 2


def figure_of(plain: dict[str, float | None]) -> Figure:
    """Return the figure that was written as plain numbers."""
    nan = float("nan")
    return Figure(*(nan if plain[k] is None else plain[k] for k in ("value", "low", "high")))


def notes(results: dict[str, dict[str, Any]]) -> list[str]:
    """Say what a reader must know beside the figures."""
    ours = results.get(OURS)
    found = [
        f"{r['title']}: "
        + ", ".join(f"{k} {v}" for k, v in (r["key"]["versions"] | r["key"]["options"]).items())
        for r in results.values()
        if r["key"]["versions"]
    ]
    if ours is not None and not ours["same_text"]:
        found.insert(
            0, f"framing was trained before, on other text: {ours['trained_on']} sentences"
        )
    if ours is not None and ours["unlabelled"] is not None:
        found.insert(
            0, f"framing learnt besides from at most {ours['unlabelled']} sentences without labels"
        )
    cores = " or ".join(sorted({f"{r['cores']}" for r in results.values()}))
    found.append(
        f"CPU time is that of all threads together, on {cores} core(s); the minutes of framing "
        "are those recorded at its training"
    )
    return found
