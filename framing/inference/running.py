"""Work that was started and is to be waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


def _nothing() -> None:
    """There is nothing to cancel."""


@dataclass(frozen=True, slots=True)
class Running(Generic[T]):
    """What :meth:`framing.inference.engine.Engine.start` returns.

    Parameters
    ----------
    finish : callable
        Waits for the result and returns it; to be called once.
    cancel : callable
        Gives up what was not begun yet.
    ahead : bool
        Other threads work on it meanwhile; else it is done at once or in `finish`.
    """

    finish: Callable[[], T]
    cancel: Callable[[], None] = _nothing
    ahead: bool = False

    @classmethod
    def done(cls, result: T) -> Running[T]:
        """Return work that is finished already."""
        return cls(lambda: result)
