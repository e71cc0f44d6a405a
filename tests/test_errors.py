from __future__ import annotations

import pytest

from framing import errors
from framing.resources import path_of


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("FramingError", Exception),
        ("InputError", ValueError),
        ("DataError", ValueError),
        ("ModelError", ValueError),
        ("ModelNotFoundError", FileNotFoundError),
        ("MissingExtraError", ImportError),
    ],
)
def test_every_error_is_ours_and_a_built_in_one(name: str, parent: type[Exception]) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.FramingError)
    assert issubclass(kind, parent)
    with pytest.raises(parent, match=r"^why$"):
        raise kind("why")


def test_a_packaged_file_that_is_missing() -> None:
    assert path_of("data/codebook.yaml").is_file()
    with pytest.raises(errors.FramingError, match=r"data/none\.txt is neither in .* reinstall"):
        path_of("data/none.txt")
