"""Exchange with annotation tools and tables: each module reads and writes one format.

Every format carries the same: texts, sentences with and without labels, spans, titles, dates,
disputes, genres, groups and annotators. ``read`` gives articles, one for each text and annotator;
``write`` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from framing.codebook import Codebook, default_codebook
from framing.dataset.exchange import brat, doccano, label_studio, table, tagged_folder, webanno
from framing.errors import InputError
from framing.schema import Article

Reader = Callable[[Path, Codebook], list[Article]]
Writer = Callable[[Sequence[Article], Path, Codebook], None]

_FORMATS: dict[str, tuple[Reader, Writer]] = {
    "tagged": (tagged_folder.read, tagged_folder.write),
    "csv": (table.read, table.write),
    "label-studio": (label_studio.read, label_studio.write),
    "doccano": (doccano.read, doccano.write),
    "brat": (brat.read, brat.write),
    "webanno": (webanno.read, webanno.write),
}
FORMATS = tuple(_FORMATS)


def read(form: str, path: str | Path, codebook: Codebook | None = None) -> list[Article]:
    """Read articles from a file or folder of another format.

    Parameters
    ----------
    form : str
        One of ``FORMATS``: ``"tagged"``, ``"csv"``, ``"label-studio"``, ``"doccano"``, ``"brat"``,
        ``"webanno"``.
    path : str or Path
        A file, or for tagged, brat and webanno a folder.
    codebook : Codebook, optional
        The labels that may occur; the packaged one by default.

    Returns
    -------
    list of Article
        One for each text and annotator, sentences joined by line breaks.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder.
    InputError
        If there is no format of that name.
    DataError
        If the content cannot be carried over; the message says where.
    """
    if codebook is None:
        codebook = default_codebook()
    _check(form)
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    return _FORMATS[form][0](path, codebook)


def write(
    form: str, articles: Sequence[Article], path: str | Path, codebook: Codebook | None = None
) -> None:
    """Write articles in another format; :func:`read` gives them back as they were.

    Parameters
    ----------
    form : str
        As for :func:`read`.
    articles : sequence of Article
        One for each text and annotator.
    path : str or Path
        The file, or for tagged, brat and webanno the folder, to write.
    codebook : Codebook, optional
        The labels, for formats that list them; the packaged one by default.

    Raises
    ------
    InputError
        If there is no format of that name, or a text occurs twice with one annotator.
    DataError
        If the format cannot say what an article holds.
    """
    if codebook is None:
        codebook = default_codebook()
    _check(form)
    seen = set()
    for article in articles:
        if (article.id, article.annotator) in seen:
            raise InputError(f"article {article.id!r} by {article.annotator!r} is given twice")
        seen.add((article.id, article.annotator))
    _FORMATS[form][1](articles, Path(path), codebook)


def _check(form: str) -> None:
    if form not in _FORMATS:
        raise InputError(f"no format {form!r}; there are {', '.join(FORMATS)}")
