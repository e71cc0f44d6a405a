"""How far a long prediction came, kept on disk so that it can be taken up after a kill.

While a job runs, its output lies beside its name as ``NAME.partial`` and how far it is in
``NAME.journal``. The journal is replaced as a whole after what it counts has reached the disk, so
that at any moment it describes a whole prefix of the output. Taking the job up cuts the partial
file to that length and passes over the texts that are in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from framing.errors import InputError
from framing.outputs import check_place

FORMAT = 2  # changes with what is counted as a text


@dataclass(frozen=True, slots=True)
class Mark:
    """What of a job is safely on disk.

    Parameters
    ----------
    texts : int
        Texts whose sentences are in the output.
    rejected : int
        Inputs before the last of them that could not be used.
    output : int
        Length of the output: bytes, or parts of a Parquet folder.
    rejects : int
        Bytes of the rejects file.
    complete : bool
        Nothing is left but to give the files their names.
    """

    texts: int = 0
    rejected: int = 0
    output: int = 0
    rejects: int = 0
    complete: bool = False


class Journal:
    """The journal of one output.

    Parameters
    ----------
    output : Path
        What the job writes.
    identity : mapping of str to value
        What two runs must have in common to give the same output; JSON values.
    """

    def __init__(self, output: Path, identity: Mapping[str, Any]) -> None:
        self.path = output.with_name(output.name + ".journal")
        self._identity = json.loads(json.dumps(identity))
        self.exists = False  # whether this run has written or read it

    def read(self) -> Mark:
        """Return how far the interrupted run came; an empty mark if there is none.

        Raises
        ------
        InputError
            If the journal is damaged or belongs to a run with other inputs, options or model, or of
            a version that kept it in another way.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            kept = content["format"]
            found = content["identity"]
            mark = Mark(**content["mark"])
        except FileNotFoundError:
            return Mark()
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.path}: damaged, {error}; start afresh without --resume"
            ) from error
        if kept != FORMAT:
            raise InputError(
                f"{self.path}: of another version of framing; start afresh without --resume"
            )
        for key, value in self._identity.items():
            if found.get(key) != value:
                raise InputError(
                    f"{self.path}: the interrupted run had other {key}; run it with the same, or "
                    "start afresh without --resume"
                )
        self.exists = True
        return mark

    def write(self, mark: Mark) -> None:
        """Replace the journal; the files that it counts must have been synced before."""
        content = {"format": FORMAT, "mark": asdict(mark), "identity": self._identity}
        new = self.path.with_name(self.path.name + ".partial")
        with new.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        self.exists = True

    def remove(self) -> None:
        """Delete the journal, before a fresh start or when all is done."""
        self.path.unlink(missing_ok=True)
        self.exists = False


def inputs_hash(files: Iterable[str]) -> str:
    """Return a SHA-256 over the names, sizes and times of change of the input files."""
    digest = hashlib.sha256()
    for name in files:
        try:
            state = os.stat(name)
            line = f"{name}\t{state.st_size}\t{state.st_mtime_ns}\n"
        except OSError as error:
            line = f"{name}\t{error.errno}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def check_newer(output: Path, files: Sequence[str]) -> None:
    """Refuse to take a complete output for that of these files if it is older than one of them.

    Raises
    ------
    InputError
        Naming the first file that was changed after the output, or is not there; or if there is no
        file at all.
    """
    if not files:
        raise InputError(f"{output}: is complete, but there is no input file to compare it with")
    written = output.stat().st_mtime_ns
    for name in files:
        try:
            what = "was changed after it" if os.stat(name).st_mtime_ns > written else None
        except OSError as error:
            what = f"cannot be looked at: {error.strerror}"
        if what is not None:
            raise InputError(
                f"{output}: is complete, but {name} {what}; to tag anew, delete {output} first"
            )


class PartialFile:
    """A file that gets its name only when it is complete.

    Parameters
    ----------
    path : Path
        Its name; until then it is called ``path.partial``.
    size : int
        Keep so many bytes of the partial file that is there, and go on after them.

    Raises
    ------
    InputError
        If the partial file is shorter than that.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        check_place(path)
        try:
            self.file: IO[bytes] = self.partial.open("r+b" if size else "wb")
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(path)) from error
        found = os.fstat(self.file.fileno()).st_size
        if found < size:
            self.file.close()
            raise InputError(
                f"{self.partial}: holds {found} bytes, its journal says {size}; it was changed: "
                "start afresh without --resume"
            )
        self.file.truncate(size)
        self.size = self.file.seek(size)

    def write(self, text: str) -> None:
        """Append; lone surrogates, which UTF-8 cannot hold, become backslash escapes."""
        self.size += self.file.write(text.encode("utf-8", "backslashreplace"))

    def isatty(self) -> bool:
        """Nobody looks on."""
        return False

    def sync(self) -> None:
        """Bring everything to the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def finish(self) -> None:
        """Close the file and give it its name."""
        self.sync()
        self.file.close()
        self.partial.replace(self.path)

    def close(self, *, remove: bool) -> None:
        """Close it without a name; keep it to go on with, or remove it."""
        self.file.close()
        if remove:
            self.partial.unlink(missing_ok=True)


def finish_named(path: Path) -> None:
    """Give a complete partial file or folder its name, if a kill came before that.

    Raises
    ------
    InputError
        If neither is there.
    """
    partial = path.with_name(path.name + ".partial")
    if partial.exists():
        partial.replace(path)
    elif not path.exists():
        raise InputError(f"{path}: neither it nor {partial.name} is there; start afresh")
