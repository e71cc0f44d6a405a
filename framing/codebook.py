"""The codebook: which labels there are, in which order, and what each means.

A codebook is a YAML file. The four frames of economic coercion in ``data/codebook.yaml`` are the
packaged default; no other file names them, so that a user's own codebook goes the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from framing.errors import DataError
from framing.resources import path_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a codebook.

    Parameters
    ----------
    name : str
        Lower-case identifier; it is the tag in tagged text and the key in every output.
    definition : str
        What a sentence must do to carry the label.
    includes, excludes : tuple of str
        Sentences or cases that carry the label, and ones that seem to but do not.
    examples : tuple of str
        Tagged sentences, such as ``<threat>Duties will follow</threat>``.
    """

    name: str
    definition: str
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Codebook:
    """An ordered set of labels.

    Parameters
    ----------
    name, version : str
        What the codebook calls itself.
    labels : tuple of Label
        In the order in which every output lists them.
    unit, answer : str
        What is labelled, and what an answer consists of.
    settled_cases : tuple of (str, str)
        A case and its decision.
    """

    name: str
    version: str
    labels: tuple[Label, ...]
    unit: str = ""
    answer: str = ""
    settled_cases: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The label names in order."""
        return tuple(label.name for label in self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def check_label(self, name: object, where: str) -> None:
        """Refuse a name that is no label of this codebook.

        Parameters
        ----------
        name : object
            What stands where a label is expected.
        where : str
            Named at the beginning of the message.

        Raises
        ------
        DataError
            With the labels that there are.
        """
        if name not in self:
            raise DataError(
                f"{where}: unknown label {name!r}; the codebook {self.name!r} has "
                f"{', '.join(self.names)}"
            )

    def __getitem__(self, name: str) -> Label:
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(f"label {name!r} is not in codebook {self.name!r}; it has {self.names}")

    def sort(self, names: set[str] | frozenset[str]) -> tuple[str, ...]:
        """Return `names` in codebook order."""
        return tuple(name for name in self.names if name in names)

    @classmethod
    def read(cls, path: str | Path) -> Codebook:
        """Read a codebook from a YAML file.

        Parameters
        ----------
        path : str or Path
            The file; see ``data/codebook.yaml`` for the form.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        DataError
            If the file is not YAML, or a key is missing, unknown, repeated or of a wrong type.
        """
        import yaml

        path = Path(path)
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), _strict_loader())
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: not a YAML file in UTF-8: {error}") from error
        if not isinstance(raw, dict) or not isinstance(raw.get("labels"), list):
            raise DataError(f"{path}: expected a mapping with a list under 'labels'")
        unknown = set(raw) - {"name", "version", "unit", "answer", "labels", "settled_cases"}
        if unknown:
            raise DataError(
                f"{path}: unknown keys {sorted(map(str, unknown))}; remove or rename them"
            )
        labels = tuple(
            _read_label(entry, f"{path}: label {i}") for i, entry in enumerate(raw["labels"])
        )
        names = [label.name for label in labels]
        if not names or len(set(names)) != len(names):
            raise DataError(f"{path}: labels must be at least one and all different, got {names}")
        cases = raw.get("settled_cases", [])
        if not isinstance(cases, list) or not all(
            isinstance(c, dict) and set(c) == {"case", "decision"} for c in cases
        ):
            raise DataError(f"{path}: each of 'settled_cases' needs the keys 'case' and 'decision'")
        return cls(
            name=str(raw.get("name", path.stem)),
            version=str(raw.get("version", "")),
            labels=labels,
            unit=str(raw.get("unit", "")),
            answer=str(raw.get("answer", "")),
            settled_cases=tuple((str(c["case"]), str(c["decision"])) for c in cases),
        )


def _strict_loader() -> type:
    """Return YAML's safe loader, but one that refuses a key that stands twice in a mapping."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for i, key in enumerate(keys):
                if key in keys[:i]:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"key {key!r} is repeated", node.start_mark
                    )
            loaded: dict[Any, Any] = super().construct_mapping(node, deep)
            return loaded

    return Loader


def _read_label(entry: Any, where: str) -> Label:
    if not isinstance(entry, dict) or "name" not in entry or "definition" not in entry:
        raise DataError(f"{where}: expected a mapping with 'name' and 'definition', got {entry!r}")
    unknown = set(entry) - {"name", "definition", "includes", "excludes", "examples"}
    if unknown:
        raise DataError(f"{where}: unknown keys {sorted(map(str, unknown))}; remove or rename them")
    if not isinstance(entry["definition"], str):
        raise DataError(f"{where}: 'definition' must be a string, got {entry['definition']!r}")
    name = entry["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DataError(
            f"{where}: name {name!r} is not a lower-case identifier (letters, digits, underscores)"
        )
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("includes", "excludes", "examples"):
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise DataError(f"{where}: {key!r} must be a list of strings, got {value!r}")
        lists[key] = tuple(value)
    return Label(name=name, definition=str(entry["definition"]).strip(), **lists)


@lru_cache(maxsize=1)
def default_codebook() -> Codebook:
    """Return the packaged codebook: four frames of economic coercion."""
    return Codebook.read(path_of("data/codebook.yaml"))
