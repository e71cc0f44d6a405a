"""The classifier: text in, tagged documents out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, overload

from framing.errors import InputError, ModelError
from framing.inference import folder as model_folder
from framing.inference.blocks import Block, Bounds, Entry, blocks
from framing.inference.engine import Engine, Network, TransformerEngine
from framing.inference.lexical import LexicalModel
from framing.inference.running import Running
from framing.schema import Article, Document, Prediction
from framing.sentences import split


class Classifier:
    """A loaded model. Make one with :func:`framing.load`; it is safe to share between threads.

    Parameters
    ----------
    engine : Engine
        What turns passages into predictions.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def load(
        cls, path: str | Path, *, device: str = "cpu", threads: int | None = None
    ) -> Classifier:
        """Load a transformer's folder; see :func:`framing.load`."""
        from tokenizers import Tokenizer

        config = model_folder.read_config(path)
        if config.kind != "transformer":
            raise ModelError(
                f"{path}: holds a model of kind {config.kind!r}, expected 'transformer'; "
                "load a baseline with framing.load(path, allow_pickle=True)"
            )
        tokenizer_path = model_folder.check_file(path, config, model_folder.TOKENIZER)
        tokenizer = Tokenizer.from_file(str(tokenizer_path))
        lexical = None
        if config.lexical:
            lexical_path = model_folder.check_file(path, config, model_folder.LEXICAL)
            lexical = LexicalModel.load(lexical_path)
        network: Network
        if device == "cpu":
            from framing.inference.runtime import OnnxNetwork

            graph = model_folder.check_file(path, config, model_folder.GRAPH)
            network = OnnxNetwork(graph, threads)
        else:
            from framing.model.device import TorchNetwork

            network = TorchNetwork.load(path, config, device)
        return cls(TransformerEngine(config, tokenizer, network, lexical))

    @property
    def engine(self) -> Engine:
        """What turns passages into predictions."""
        return self._engine

    @property
    def config(self) -> model_folder.ModelConfig:
        """What the model folder says of itself."""
        return self._engine.config

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in codebook order."""
        return self.config.labels

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The probability from which on a sentence carries each label; to be read only.

        :meth:`with_thresholds` gives a classifier with others.
        """
        return MappingProxyType(self.config.thresholds)

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Classifier:
        """Return a classifier with other thresholds; it shares the network with this one.

        Parameters
        ----------
        thresholds : mapping of str to float
            For some labels or all; the others keep theirs. Higher ones give fewer labels, more of
            them right.

        Returns
        -------
        Classifier

        Raises
        ------
        InputError
            If a label is unknown, or a threshold is not a number from 0 to 1.
        """
        for name, value in thresholds.items():
            if name not in self.labels:
                raise InputError(
                    f"threshold for {name!r}: no such label; the model has {', '.join(self.labels)}"
                )
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not 0 <= value <= 1
            ):
                raise InputError(
                    f"the threshold for {name!r} must be a number from 0 to 1, got {value!r}"
                )
        config = model_folder.replace_config(
            self.config, thresholds={**self.config.thresholds, **thresholds}
        )
        return Classifier(self._engine.with_config(config))

    def without_context(self) -> Classifier:
        """Return a classifier that reads every sentence by itself; it shares the network."""
        config = model_folder.replace_config(self.config, context=0, joint=False)
        return Classifier(self._engine.with_config(config))

    def __repr__(self) -> str:
        return f"Classifier(kind={self.config.kind!r}, labels={list(self.labels)})"

    @overload
    def predict(  # type: ignore[overload-overlap]  # a str is an iterable of str too
        self, texts: str, *, title: str | None = None, split_sentences: bool = True
    ) -> Document: ...

    @overload
    def predict(
        self,
        texts: Iterable[str],
        *,
        title: Sequence[str | None] | None = None,
        split_sentences: bool = True,
    ) -> list[Document]: ...

    def predict(
        self, texts: Any, *, title: Any = None, split_sentences: bool = True
    ) -> Document | list[Document]:
        """Tag one text or several.

        Parameters
        ----------
        texts : str or iterable of str
            One text gives a Document; several give a list, in order.
        title : str, or sequence of str or None, optional
            Headline: one str for one text, one entry a text for several. Kept with the document;
            a model trained to read context reads it before the first sentences, the packaged one
            reads each sentence by itself.
        split_sentences : bool
            False takes each text as a single sentence.

        Returns
        -------
        Document or list of Document
            A blank text gives a document without predictions.

        Raises
        ------
        InputError
            If a text is not a str, or the titles do not fit the texts.
        """
        if isinstance(texts, str):
            if title is not None and not isinstance(title, str):
                raise InputError(f"title must be a str for a single text, got {_kind(title)}")
            return next(self.stream([texts], titles=[title], split_sentences=split_sentences))
        if isinstance(texts, (bytes, bytearray)) or not isinstance(texts, Iterable):
            hint = (
                "; decode it first, for example .decode('utf-8')"
                if isinstance(texts, (bytes, bytearray))
                else ""
            )
            raise InputError(f"texts must be a str or an iterable of str, got {_kind(texts)}{hint}")
        if isinstance(texts, Mapping):
            raise InputError(
                "texts must be a str or an iterable of str, got a mapping; pass its values"
            )
        if hasattr(texts, "columns"):  # iterating over a table gives the names of its columns
            raise InputError(
                f"texts must be a str or an iterable of str, got a {type(texts).__name__}; "
                "pass the column that holds them, such as table['text']"
            )
        texts = list(texts)
        if title is None:
            titles: Sequence[str | None] = [None] * len(texts)
        elif isinstance(title, str) or not hasattr(title, "__len__") or len(title) != len(texts):
            got = "one str" if isinstance(title, str) else _kind(title)
            if not isinstance(title, str) and hasattr(title, "__len__"):
                got = f"{len(title)} of them"
            raise InputError(f"title needs one entry for each of the {len(texts)} texts, got {got}")
        else:
            titles = title
        return list(self.stream(texts, titles=titles, split_sentences=split_sentences))

    def stream(
        self,
        texts: Iterable[str],
        *,
        titles: Iterable[str | None] | None = None,
        split_sentences: bool = True,
    ) -> Iterator[Document]:
        """Tag texts one after the other, in bounded memory, in input order.

        Parameters
        ----------
        texts : iterable of str
            May be endless; read two blocks of about a thousand sentences ahead.
        titles : iterable of str or None, optional
            One for each text.
        split_sentences : bool
            False takes each text as a single sentence.

        Yields
        ------
        Document

        Raises
        ------
        InputError
            If a text or a title is not a str, with its position.
        """
        entries = (
            Entry(
                text,
                title or "",
                split(text) if split_sentences else _whole(text),
                [title] if title and title.strip() else [],
            )
            for text, title in _checked(texts, titles)
        )
        return self._tag(entries)

    def predict_articles(self, articles: Iterable[Article]) -> Iterator[Document]:
        """Tag articles on their own sentence boundaries, with title or `before` as context.

        This is what evaluation uses: predicted and gold sentences are the same.

        Parameters
        ----------
        articles : iterable of Article
            Their gold labels are not looked at.

        Yields
        ------
        Document
            One for each article, in order.
        """
        return self._tag(
            Entry(a.text, a.title, [(s.start, s.end) for s in a.sentences], a.context)
            for a in articles
        )

    def _tag(self, entries: Iterable[Entry]) -> Iterator[Document]:
        """Tag a block while the one before it is still in the network."""
        waiting: list[tuple[Block, Running[list[list[Prediction]]]]] = []
        try:
            try:
                for block in blocks(entries, self.config.context):
                    running = self._engine.start([passage for _, passage in block.passages])
                    waiting.append((block, running))
                    while len(waiting) > running.ahead:
                        yield from self._finish(*waiting.pop(0))
            except Exception:  # of the input: what was read before it is given out first
                while waiting:
                    yield from self._finish(*waiting.pop(0))
                raise
            while waiting:
                yield from self._finish(*waiting.pop(0))
        finally:
            for _, unfinished in waiting:
                unfinished.cancel()

    def _finish(self, block: Block, running: Running[list[list[Prediction]]]) -> Iterator[Document]:
        for (found, _), new in zip(block.passages, running.finish(), strict=True):
            found.extend(new)
        for text, title, found in block.complete:
            yield Document(text, tuple(found), title, self.labels)


def _checked(
    texts: Iterable[str], titles: Iterable[str | None] | None
) -> Iterator[tuple[str, str | None]]:
    pairs = ((text, None) for text in texts) if titles is None else _paired(texts, titles)
    for position, (text, title) in enumerate(pairs):
        if not isinstance(text, str):
            hint = "; decode it first" if isinstance(text, (bytes, bytearray)) else ""
            raise InputError(f"text {position} must be a str, got {_kind(text)}{hint}")
        if title is not None and not isinstance(title, str):
            raise InputError(
                f"the title of text {position} must be a str or None, got {_kind(title)}"
            )
        yield text, title


def _paired(texts: Iterable[str], titles: Iterable[str | None]) -> Iterator[tuple[str, str | None]]:
    end = object()
    for i, (text, title) in enumerate(itertools.zip_longest(texts, titles, fillvalue=end)):
        if text is end or title is end:
            which = "more titles than texts" if text is end else "fewer titles than texts"
            raise InputError(f"{which}: only {i}; titles need one entry for each text")
        yield text, title  # type: ignore[misc]


def _whole(text: str) -> Bounds:
    """Return the bounds of the whole text as one sentence, none if it is blank."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return [(start, end)] if start < end else []


def _kind(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__} {value!r:.40}"
