"""The command ``framing``: one module of :mod:`framing.commands` for each subcommand.

Exit codes: 0 done, 1 some input failed (named on standard error, the rest delivered), 2 usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from framing import __version__
from framing.commands import compare, dataset, estimate, evaluate, predict, sample, suggest, train
from framing.commands.codes import DONE, USAGE
from framing.errors import FramingError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except FramingError as error:
        print(f"framing: {error}", file=sys.stderr)
        return USAGE
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        what = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
        print(f"framing: {what}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing is left to say
        return DONE
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="framing",
        description="Tags the frames of economic coercion in news and official texts.",
    )
    parser.add_argument("--version", action="version", version=f"framing {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (predict, evaluate, compare, train, dataset, sample, estimate, suggest):
        command.add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
