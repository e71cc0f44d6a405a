"""A progress bar for texts from files: articles a second, and the time left by bytes read."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from framing.jobs import Tagging


class Progress:
    """A bar on standard error, from the second second on; use it in a ``with`` block.

    Parameters
    ----------
    size : int or None
        Bytes of all input; None where it is not known, then no time left is shown.
    texts : int
        Texts that an interrupted run has done.
    """

    def __init__(self, size: int | None, texts: int = 0) -> None:
        self._begin = texts
        self._started = time.monotonic()
        left = "{percentage:3.0f}% |{bar:24}| " if size else ""
        time_left = ", {remaining} left" if size else ""
        self._bar = tqdm(
            total=size,
            delay=1.0,
            leave=False,
            file=sys.stderr,
            bar_format=left + "{desc} [{elapsed}" + time_left + "]",
        )
        self._first = True

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def update(self, tagging: Tagging) -> None:
        """Show how far the tagging is."""
        done = tagging.texts - self._begin
        rate = done / max(1e-9, time.monotonic() - self._started)
        shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        self._bar.set_description_str(
            f"{tagging.texts:,} articles, {shown} a second", refresh=False
        )
        if self._first and self._begin:
            # What an interrupted run did was passed over, and says nothing of the speed.
            self._bar.initial = self._bar.n = self._bar.last_print_n = tagging.position
        self._first = False
        self._bar.update(tagging.position - self._bar.n)

    def tell(self, line: str) -> None:
        """Print a line above the bar."""
        self._bar.write(line, file=sys.stderr)
