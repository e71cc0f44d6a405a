"""Where the files that belong to the package lie: in the wheel, or beside it in the source tree."""

from __future__ import annotations

from pathlib import Path

from framing.errors import FramingError

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"  # filled by the wheel build, see pyproject.toml


def path_of(relative: str) -> Path:
    """Return the path of a packaged file or folder such as ``models/default``.

    Parameters
    ----------
    relative : str
        Path relative to the root of the source tree.

    Raises
    ------
    FramingError
        If it lies neither in the installed package nor in the source tree.
    """
    for root in (_BUNDLED, _PACKAGE.parent):
        path = root / relative
        if path.exists():
            return path
    raise FramingError(
        f"{relative} is neither in {_BUNDLED} nor in {_PACKAGE.parent}; "
        "the installation is incomplete: reinstall the package"
    )
