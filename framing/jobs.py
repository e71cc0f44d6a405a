"""Tags the texts of many files into one output, in a way that can be taken up after a kill."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.errors import InputError
from framing.input_records import Text
from framing.input_tables import Reject
from framing.inputs import Reader
from framing.journal import Journal, Mark, PartialFile, finish_named
from framing.outputs import Writer
from framing.schema import Document

if TYPE_CHECKING:
    from framing.inference.classifier import Classifier
    from framing.parquet_output import ParquetWriter

CHECKPOINT_SECONDS = 1.0  # how much work a kill can cost


class Rejects:
    """Takes what cannot be used: told on standard error, or written to a file as JSON lines."""

    def __init__(self) -> None:
        self.file: PartialFile | None = None
        self.count = 0
        self.muted = False  # while texts of an interrupted run are passed over
        self.tell: Any = None  # prints a line; set while a progress bar is shown

    def open(self, path: Path, mark: Mark) -> None:
        """Write to a file from now on, after what an interrupted run has written."""
        self.file = PartialFile(path, mark.rejects)

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return 0 if self.file is None else self.file.size

    def say(self, message: str) -> None:
        """Print a line on standard error, above the progress bar if there is one."""
        line = f"framing: {message}"
        print(line, file=sys.stderr) if self.tell is None else self.tell(line)

    def __call__(self, reject: Reject) -> None:
        """Take one."""
        if self.muted:
            return
        self.count += 1
        if self.file is None:
            self.say(str(reject))
            return
        row = {"where": reject.where, "reason": reject.reason, "record": reject.record}
        self.file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


class Tagging:
    """The texts of a reader, tagged one after the other; it knows how far it is.

    Parameters
    ----------
    model : Classifier
        Tags them.
    reader : Reader
        Where they come from; refuses into `rejects`.
    rejects : Rejects
        Takes what cannot be used.
    mark : Mark
        How far an interrupted run came: so many texts are passed over.
    split_sentences : bool
        False takes each text as one sentence.
    """

    def __init__(
        self,
        model: Classifier,
        reader: Reader,
        rejects: Rejects,
        mark: Mark,
        *,
        split_sentences: bool = True,
    ) -> None:
        self._model, self._reader, self._rejects = model, reader, rejects
        self._split = split_sentences
        self._begin = mark
        self._ahead: deque[tuple[Text, int, int, int]] = deque()  # read, not yet tagged
        self.texts = mark.texts  # texts that have been tagged
        self.sentences = self.labelled = 0  # of this run; with a label
        self._behind = (mark.rejected, mark.rejects)  # rejects before the last of them
        self.position = 0  # bytes of input that they took

    def check(self, output: Path | None) -> None:
        """Refuse to replace an output by an empty one; the file that says why is kept.

        Parameters
        ----------
        output : Path or None
            None is standard output.

        Raises
        ------
        InputError
            If no text was tagged.
        """
        if self.texts:
            return
        why = "the input holds none"
        if self._rejects.count:
            why = f"{self._rejects.count} rejected"
        if self._rejects.file is not None:
            self._rejects.file.finish()
            why += f", see {self._rejects.file.path}"
        kept = "" if output is None else f"; {output} was not written"
        raise InputError(f"no text was tagged, {why}{kept}")

    def summary(self) -> str:
        """Return one line of counts; those of sentences are of this run alone."""
        now, before = self.texts - self._begin.texts, self._begin.texts
        parts = [_count(now, "text"), _count(self.sentences, "sentence")]
        parts += [f"{self.labelled:,} with a label"]
        if before:
            parts += [f"after {_count(before, 'text')} of the interrupted run"]
        if self._rejects.count:
            parts += [f"{self._rejects.count:,} rejected"]
        return ", ".join(parts)

    def mark(self, output: int, *, complete: bool = False) -> Mark:
        """Return how far the job is, when all documents given out so far are in the output."""
        rejected, rejects = self._behind
        if complete:
            rejected, rejects = self._rejects.count, self._rejects.size
        return Mark(self.texts, rejected, output, rejects, complete)

    def __iter__(self) -> Iterator[tuple[Text, Document]]:
        first, second = itertools.tee(self._read())
        documents = self._model.stream(
            (text for text, _ in first),
            titles=(title for _, title in second),
            split_sentences=self._split,
        )
        for document in documents:
            text, *behind, self.position = self._ahead.popleft()
            self._behind = (behind[0], behind[1])
            self.texts += 1
            self.sentences += len(document)
            self.labelled += sum(bool(prediction.labels) for prediction in document)
            yield text, document

    def _read(self) -> Iterator[tuple[str, str | None]]:
        texts = iter(self._reader)
        self._pass_over(texts)
        rejects = self._rejects
        for text in texts:
            # The text itself goes on to the model alone: only name and columns wait here.
            waiting = Text(text.name, "", None, text.kept)
            self._ahead.append((waiting, rejects.count, rejects.size, self._reader.position))
            yield text.text, text.title

    def _pass_over(self, texts: Iterator[Text]) -> None:
        self._rejects.muted = True
        found = sum(1 for _ in itertools.islice(texts, self._begin.texts))
        self._rejects.muted = False
        self._rejects.count = self._begin.rejected
        if found < self._begin.texts:
            raise InputError(
                f"the interrupted run read {self._begin.texts} texts, now there are {found}; the "
                "input was changed: start afresh without --resume"
            )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


class Job:
    """Writes a tagging into a file or folder that gets its name when it is complete.

    Parameters
    ----------
    writer : Writer or ParquetWriter
        Writes to `target`.
    target : PartialFile or ParquetWriter
        The output.
    rejects : Rejects
        Its file is completed with the output.
    journal : Journal, optional
        Keeps how far the job came; without it, an interrupted output is removed.
    """

    def __init__(
        self,
        writer: Writer | ParquetWriter,
        target: PartialFile | ParquetWriter,
        rejects: Rejects,
        journal: Journal | None,
    ) -> None:
        self.writer, self.target, self.rejects, self.journal = writer, target, rejects, journal

    def run(self, tagging: Tagging, progress: Any) -> None:
        """Do it; `progress` is called after each text."""
        try:
            last = time.monotonic()
            for text, document in tagging:
                self.writer.add(text.name, document, text.kept)
                progress(tagging)
                if self.journal is not None and self._due(last):
                    self._sync()
                    self.journal.write(tagging.mark(self._length()))
                    last = time.monotonic()
            tagging.check(self.target.path)
            self._finish(tagging)
        except BaseException:
            remove = self.journal is None or not self.journal.exists
            self.target.close(remove=remove)
            if self.rejects.file is not None:
                self.rejects.file.close(remove=remove)
            raise

    def _due(self, last: float) -> bool:
        if isinstance(self.target, PartialFile):
            return time.monotonic() - last >= CHECKPOINT_SECONDS
        return self.target.settled and time.monotonic() - last >= CHECKPOINT_SECONDS / 10

    def _length(self) -> int:
        return self.target.size if isinstance(self.target, PartialFile) else self.target.parts

    def _sync(self) -> None:
        if isinstance(self.target, PartialFile):
            self.target.sync()
        if self.rejects.file is not None:
            self.rejects.file.sync()

    def _finish(self, tagging: Tagging) -> None:
        if not isinstance(self.target, PartialFile):
            self.target.finish()
        self._sync()
        if self.journal is not None:
            self.journal.write(tagging.mark(self._length(), complete=True))
        if self.rejects.file is not None:
            self.rejects.file.finish()
        self.target.close(remove=False)
        finish_named(self.target.path)
        if self.journal is not None:
            self.journal.remove()
