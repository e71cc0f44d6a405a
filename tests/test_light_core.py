from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import framing

PROGRAM = """
import logging, os, sys
sys.addaudithook(lambda event, _: event.startswith("socket.") and sys.exit(f"network: {event}"))
loggers = logging.root.manager.loggerDict
environment = dict(os.environ)
level, handlers = logging.root.level, list(logging.root.handlers)
import framing
light = {"numpy", "onnxruntime", "tokenizers", "yaml"} & set(sys.modules)
if light:
    sys.exit(f"import framing loaded {sorted(light)}")
WORK
HEAVY = {"torch", "transformers", "sklearn", "datasets", "pandas", "scipy", "joblib", "onnx"}
heavy = HEAVY & set(sys.modules)
if heavy:
    sys.exit(f"loaded {sorted(heavy)}")
if dict(os.environ) != environment:
    sys.exit("the environment was changed")
mine = [name for name in loggers if name.split(".")[0] == "framing"]
if (logging.root.level, logging.root.handlers, mine) != (level, handlers, []):
    sys.exit("logging was configured")
"""
WORK = {
    "load": "framing.load(sys.argv[1]).predict(['Duties follow. Talks resume.', ''])",
    "stream": "list(framing.load(sys.argv[1]).stream(['A.'] * 3, titles=['T', None, '']))",
    "html": "framing.load(sys.argv[1]).predict('Duties follow.').to_html()",
    "articles": "framing.load_articles(split='test')",
    "evaluate": "framing.evaluate(framing.load(sys.argv[1]), framing.load_articles()[:2])",
    "noise": """
from framing.evaluation.noisy_copies import NOISES, perturb
[perturb(article, kind) for kind in NOISES for article in framing.load_articles()[:1]]
""",
    "names": "dir(framing), framing.Codebook, framing.default_codebook(), framing.Document",
    "cli": """
import io
from framing.cli import main
sys.stdin = io.TextIOWrapper(io.BytesIO(b"Duties follow."))
if main(["predict", "--quiet", "--model", sys.argv[1], "-o", sys.argv[2]]) != 0:
    sys.exit("failed")
""",
}


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("work", WORK)
def test_nothing_heavy_is_loaded(work: str, tiny_folder: Path, tmp_path: Path) -> None:
    found = run(PROGRAM.replace("WORK", WORK[work]), tiny_folder, tmp_path / "out.jsonl")
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


def test_the_check_finds_what_it_looks_for(tiny_folder: Path) -> None:
    for work, message in [
        ("import torch", "loaded ["),
        ("os.environ['A_NEW_ONE'] = '1'", "the environment was changed"),
        ("logging.basicConfig()", "logging was configured"),
        ("logging.getLogger('framing.api')", "logging was configured"),
        ("import socket; socket.socket().connect(('127.0.0.1', 9))", "network: socket."),
    ]:
        found = run(PROGRAM.replace("WORK", work), tiny_folder)
        assert found.returncode == 1
        assert message in found.stderr


@pytest.mark.parametrize("name", framing.__all__)
def test_every_public_name_resolves(name: str) -> None:
    value = getattr(framing, name)
    assert value is getattr(framing, name)
    if name != "__version__":
        assert value.__name__ == name
        assert value.__doc__


def test_public_names() -> None:
    assert len(set(framing.__all__)) == len(framing.__all__)
    assert dir(framing) == sorted(framing.__all__)
    assert importlib.metadata.version("framing") == framing.__version__


BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[2].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
import framing
from framing.errors import MissingExtraError
try:
    WORK
except MissingExtraError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("missing", "work", "message"),
    [
        ("torch", "framing.train", "framing.train needs the package 'torch'; install it with: pip"),
        ("datasets", "framing.load_dataset()", "load_dataset() needs the package 'datasets'"),
        (
            "pandas",
            "framing.load(sys.argv[1]).predict('A.').to_frame()",
            "to_frame() needs pandas; install it with: pip install 'framing[frame]'",
        ),
        ("torch", "framing.load(sys.argv[1], device='cpu:0')", "pip install 'framing[train]'"),
        ("joblib", "framing.load(sys.argv[3])", "pip install 'framing[train]'"),
    ],
)
def test_a_missing_package_is_named(
    missing: str, work: str, message: str, tiny_folder: Path, tmp_path: Path
) -> None:
    config = (tiny_folder / "config.json").read_text(encoding="utf-8")
    (tmp_path / "config.json").write_text(config.replace('"transformer"', '"baseline"'))
    found = run(BLOCK.replace("WORK", work), tiny_folder, missing, tmp_path)
    assert found.stderr == ""
    assert message in found.stdout


def test_prediction_works_without_the_extras(tiny_folder: Path) -> None:
    missing = "torch,transformers,datasets,sklearn,joblib,safetensors,onnx,pandas,accelerate"
    work = "print(len(framing.load(sys.argv[1]).predict('Duties follow. Talks resume.')))"
    found = run(BLOCK.replace("WORK", work), tiny_folder, missing)
    assert (found.stdout, found.stderr) == ("2\n", "")


def test_training_from_the_command_line_names_the_package(tmp_path: Path) -> None:
    work = "from framing.cli import main; sys.exit(main(['train', '-o', sys.argv[3]]))"
    found = run(BLOCK.replace("WORK", work), "", "torch", tmp_path / "model")
    assert found.returncode == 2
    assert "training needs the package 'torch'" in found.stderr
