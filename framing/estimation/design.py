"""How the sentences to code were drawn: ``design.csv``, kept apart from the sheet."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framing.errors import DataError

DESIGN = ("document", "sentence", "probability", "stratum", "stratum_size", "drawn")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of ``design.csv``: how a sentence was drawn.

    Parameters
    ----------
    probability : float
        With which it was drawn.
    stratum : str
        In which it was drawn.
    size : float
        How many sentences or articles there were to draw from in the stratum.
    drawn : str
        ``"sentence"``, or ``"article"`` if it came with its whole article.
    """

    probability: float
    stratum: str
    size: float
    drawn: str


Design = Mapping[tuple[str, int], Drawn]  # by document and sentence


def read_design(path: str | Path) -> dict[tuple[str, int], Drawn]:
    """Read ``design.csv``: document and sentence to how it was drawn.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DataError
        If a column or value is missing, or a probability does not lie in (0, 1].
    """
    path = Path(path)
    design: dict[tuple[str, int], Drawn] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in DESIGN if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(f"{path}:1: no column {missing[0]!r}; expected {', '.join(DESIGN)}")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            try:
                key = (row["document"], int(row["sentence"]))
                drawn = Drawn(
                    float(row["probability"]),
                    row["stratum"],
                    float(row["stratum_size"]),
                    row["drawn"],
                )
            except (ValueError, TypeError) as error:
                raise DataError(f"{where}: not a row of design.csv: {error}") from error
            if not 0 < drawn.probability <= 1:
                raise DataError(
                    f"{where}: probability is {drawn.probability}; expected more than 0, at most 1"
                )
            design[key] = drawn
    return design
