from __future__ import annotations

from pathlib import Path

import pytest

from framing.cli import main
from framing.commands import exchange
from framing.dataset.exchange import FORMATS, read
from framing.dataset.load import load_articles
from framing.dataset.tagged import format_article
from framing.schema import Article


def by_name(article: Article) -> tuple[str, str]:
    return article.id, article.annotator


Capture = pytest.CaptureFixture[str]


def test_the_parser_knows_the_formats() -> None:
    assert exchange.FORMATS == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_out_and_in(
    form: str,
    own_articles: list[Article],
    own_codebook_file: Path,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    source = tmp_path / "articles"
    source.mkdir()
    for article in own_articles:
        (source / f"{article.id}.txt").write_text(format_article(article), encoding="utf-8")
    codebook = ["--codebook", str(own_codebook_file)]
    out, back = str(tmp_path / "out"), tmp_path / "back"
    program = ["dataset", "export", "--data", str(source), "--format", form, "-o", out]
    assert main([*program, *codebook]) == 0
    assert "12 articles, 48 sentences" in capsys.readouterr().out
    program = ["dataset", "import", out, "--format", form, "-o", str(back), *codebook]
    assert main(program) == 0
    assert "12 articles, 48 sentences, 36 with a label" in capsys.readouterr().out
    for file in source.iterdir():
        assert (back / file.name).read_text("utf-8") == file.read_text("utf-8")
    assert main(program) == 2
    assert "is not empty; name a new folder" in capsys.readouterr().err


def test_layers_of_the_packaged_articles(tmp_path: Path, capsys: Capture) -> None:
    out = str(tmp_path / "out.csv")
    program = ["dataset", "export", "--format", "csv", "-o", out, "--split", "ood"]
    for layer in ("gold", "second", "writer"):
        program += ["--layer", layer]
    assert main(program) == 0
    articles = read("csv", out)
    assert {a.annotator for a in articles} == {"", "second", "writer"}
    assert [a for a in articles if not a.annotator] == load_articles(split="ood")
    back = tmp_path / "back"
    assert main(["dataset", "import", out, "--format", "csv", "-o", str(back)]) == 0
    assert "annotators, each in a folder: second, writer" in capsys.readouterr().out
    assert (back / "second").is_dir()
    again = read("tagged", back)
    assert sorted(again, key=by_name) == sorted(articles, key=by_name)


def test_a_folder_for_the_hub(tmp_path: Path, capsys: Capture) -> None:
    program = ["dataset", "export", "--format", "hub", "-o", str(tmp_path / "hub")]
    assert main([*program, "--split", "test"]) == 2
    assert "leave out --split and --layer" in capsys.readouterr().err
    assert main(program) == 0
    out, err = capsys.readouterr()
    assert f"{tmp_path / 'hub'}/gold: train, validation, test, ood" in out
    assert err == ""
    assert (tmp_path / "hub" / "gold" / "ood.parquet").is_file()
