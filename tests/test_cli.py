from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from framing import __version__
from framing.cli import main
from framing.commands import predict as predict_command
from framing.commands.codes import DONE, SOME_FAILED, USAGE
from framing.dataset.tagged import format_article
from framing.inference.classifier import Classifier
from framing.schema import Article

KEYS = ["document", "sentence", "start", "end", "text", "labels", "scores", "spans"]
SPAN_KEYS = ["label", "start", "end", "text", "score"]
TEXT = "Duties of 30% will follow. The match was a draw.\n\nTalks may resume on Monday."
Capture = pytest.CaptureFixture[str]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def predict(tiny_folder: Path, capsys: Capture) -> Run:
    """Run `framing predict` with the tiny model; returns exit code, output and errors."""

    def run(*arguments: object, model: Path = tiny_folder) -> tuple[int, str, str]:
        code = main(["predict", "--model", str(model), *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The same two documents in every kind of file."""
    plain = write(tmp_path / "a.txt", TEXT)
    mark = write(tmp_path / "b.md", "# Trade\n\nTalks resume.")
    records = [{"id": "a", "text": TEXT}, {"id": "b", "text": "# Trade\n\nTalks resume."}]
    lines = write(tmp_path / "c.jsonl", "\n".join(map(json.dumps, records)))
    table = io.StringIO()
    writer = csv.DictWriter(table, ["id", "text"])
    writer.writeheader()
    writer.writerows(records)
    return [plain, mark, lines, write(tmp_path / "d.csv", table.getvalue())]


def test_json_lines_of_every_kind_of_file(
    predict: Run, files: list[Path], model: Classifier
) -> None:
    code, out, err = predict(*files, "--format", "jsonl")
    assert code == DONE
    assert err.splitlines() == [
        "framing: two documents are called 'a'; framing sample and estimate need names that come "
        "once (--id-column)",
        "framing: 2 documents have a name that came before",
    ]
    rows = rows_of(out)
    names = [str(files[0]), str(files[1]), "a", "b", "a", "b"]
    texts = [TEXT, "# Trade\n\nTalks resume."] * 3
    expected = [
        (name, i, prediction)
        for name, text in zip(names, texts, strict=True)
        for i, prediction in enumerate(model.predict(text))
    ]
    assert len(rows) == len(expected)
    for row, (name, i, prediction) in zip(rows, expected, strict=True):
        assert list(row) == KEYS
        assert (row["document"], row["sentence"]) == (name, i)
        assert (row["start"], row["end"]) == (prediction.start, prediction.end)
        assert row["text"] == prediction.text
        assert row["labels"] == list(prediction.labels)
        assert row["scores"] == {k: round(v, 4) for k, v in prediction.scores.items()}
        assert [list(span) for span in row["spans"]] == [SPAN_KEYS] * len(prediction.spans)
        assert [span["text"] for span in row["spans"]] == [s.text for s in prediction.spans]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(
    arguments: list[str], predict: Run, model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    code, out, _ = predict(*arguments, "--format", "jsonl")
    assert code == DONE
    assert [(row["document"], row["text"]) for row in rows_of(out)] == [
        ("-", prediction.text) for prediction in model.predict(TEXT)
    ]


def test_no_input(predict: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    code, out, err = predict()
    assert (code, out) == (USAGE, "")
    assert "no input; name files, or - for standard input" in err


@pytest.mark.parametrize("form", ["table", "jsonl", "csv", "html"])
def test_formats(form: str, predict: Run, files: list[Path], tmp_path: Path) -> None:
    code, printed, _ = predict(*files, "--format", form)
    assert code == DONE
    output = tmp_path / "out"
    code, nothing, _ = predict(*files, "--format", form, "--output", output)
    assert (code, nothing) == (DONE, "")
    assert output.read_bytes().decode("utf-8") == printed
    assert not list(tmp_path.glob("*.partial"))
    suffix = {"table": ".txt"}.get(form, f".{form}")
    assert predict(*files, "-o", tmp_path / f"out{suffix}")[0] == DONE
    assert (tmp_path / f"out{suffix}").read_bytes() == output.read_bytes()


def test_csv(predict: Run, files: list[Path], model: Classifier) -> None:
    _, out, _ = predict(files[0], "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    for row, prediction in zip(rows, model.predict(TEXT), strict=True):
        assert row["text"] == prediction.text
        for name in model.labels:
            assert row[name] == str(int(name in prediction.labels))
            assert float(row[f"{name}_score"]) == round(prediction.scores[name], 4)


class Page(HTMLParser):
    """Checks that every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_escapes_text_title_and_name(predict: Run, tmp_path: Path) -> None:
    attack = "<script>alert('1')</script> & <img src=x>"
    record = {"id": attack, "text": f"Duties follow. {attack}", "title": attack}
    name = write(tmp_path / "a.jsonl", json.dumps(record))
    _, out, _ = predict(name, "--format", "html", "--title-column", "title")
    page = Page(out)
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count(attack) == 3


def test_positive(predict: Run, articles: list[Article], model: Classifier, tmp_path: Path) -> None:
    texts = (article.text for article in articles)
    mixed = (
        document
        for document in model.stream(texts)
        if 0 < sum(bool(prediction.labels) for prediction in document) < len(document)
    )
    document = next(mixed)
    name = write(tmp_path / "a.txt", document.text)
    labelled = [i for i, prediction in enumerate(document) if prediction.labels]
    _, out, _ = predict(name, "--positive", "--format", "jsonl")
    assert [row["sentence"] for row in rows_of(out)] == labelled
    assert all(row["labels"] for row in rows_of(out))


def test_other_thresholds(predict: Run, model: Classifier, tmp_path: Path) -> None:
    name = write(tmp_path / "a.txt", TEXT)
    every = [f"--threshold={label}=0" for label in model.labels]
    _, out, _ = predict(name, *every, "--format", "jsonl")
    assert all(row["labels"] == list(model.labels) for row in rows_of(out))
    _, out, _ = predict(name, *every, "--threshold", "threat=1", "--format", "jsonl")
    assert all(row["labels"] == list(model.labels)[1:] for row in rows_of(out))
    code, _, errors = predict(name, "--threshold", "greed=0.5")
    assert code == 2
    assert "threshold for 'greed': no such label; the model has threat" in errors
    with pytest.raises(SystemExit):
        predict(name, "--threshold", "threat:0.5")


def test_one_sentence_a_text(predict: Run, files: list[Path]) -> None:
    _, out, _ = predict(files[0], "--no-split", "--format", "jsonl")
    assert [row["text"] for row in rows_of(out)] == [TEXT]


def test_titles_are_read_as_context(
    predict: Run, joint_folder: Path, joint_model: Classifier, tmp_path: Path
) -> None:
    rows = [{"id": str(i), "text": TEXT, "head": f"Title {i}"} for i in range(3)]
    name = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    arguments = [name, "--title-column", "head", "--format", "jsonl"]
    _, out, _ = predict(*arguments, model=joint_folder)
    expected = [
        {k: round(v, 4) for k, v in prediction.scores.items()}
        for row in rows
        for prediction in joint_model.predict(row["text"], title=row["head"])
    ]
    assert [row["scores"] for row in rows_of(out)] == expected


def test_reading_without_context(
    predict: Run, joint_folder: Path, joint_model: Classifier, files: list[Path]
) -> None:
    _, out, _ = predict(files[0], "--no-context", "--format", "jsonl", model=joint_folder)
    alone = joint_model.without_context().predict(files[0].read_text(encoding="utf-8"))
    assert [row["scores"] for row in rows_of(out)] == [
        {k: round(v, 4) for k, v in prediction.scores.items()} for prediction in alone
    ]


def test_columns(predict: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a.csv", "key,body\nx,Duties follow.\n")
    _, out, _ = predict(name, "--column", "body", "--id-column", "key", "--format", "jsonl")
    assert [(row["document"], row["text"]) for row in rows_of(out)] == [("x", "Duties follow.")]


def test_many_documents_keep_their_names(predict: Run, tmp_path: Path) -> None:
    rows = [{"id": f"n{i}", "text": f"Text {i}." if i % 3 else ""} for i in range(1500)]
    name = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    _, out, _ = predict(name, "--format", "jsonl")
    assert [(row["document"], row["text"]) for row in rows_of(out)] == [
        (row["id"], row["text"]) for row in rows if row["text"]
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"caf\xe9", "bad.txt: not UTF-8 at byte 3 (0xe9); convert it to UTF-8 first"),
        (None, "bad.txt: No such file or directory"),
    ],
)
def test_what_failed_is_named_and_the_rest_delivered(
    content: bytes | None, message: str, predict: Run, files: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.txt"
    if content is not None:
        bad.write_bytes(content)
    output = tmp_path / "out.jsonl"
    code, _, err = predict(bad, files[0], "-o", output)
    assert code == SOME_FAILED
    assert message in err
    assert err.startswith("framing: ")
    assert err.splitlines()[1:] == ["framing: 1 text, 3 sentences, 0 with a label, 1 rejected"]
    found = rows_of(output.read_text(encoding="utf-8"))
    assert {row["document"] for row in found} == {str(files[0])}


def test_bad_records_are_named_and_the_rest_delivered(predict: Run, tmp_path: Path) -> None:
    lines = [
        b'{"text": "One."}',
        b'{"text": "caf\xe9"}',
        b"{",
        b'{"body": ""}',
        b'{"text": "Two."}',
    ]
    name = write(tmp_path / "a.jsonl", b"\n".join(lines))
    code, out, err = predict(name, "--format", "jsonl")
    assert code == SOME_FAILED
    assert [row["text"] for row in rows_of(out)] == ["One.", "Two."]
    assert [line.split(": ")[1] for line in err.splitlines()] == [f"{name}:{i}" for i in (2, 3, 4)]


def test_what_was_written_is_counted(predict: Run, files: list[Path], tmp_path: Path) -> None:
    blank = write(tmp_path / "blank.txt", " \n")
    for name in ("out.jsonl", "out.html"):
        output = tmp_path / name
        code, out, err = predict(files[2], blank, "-o", output)
        assert (code, out) == (SOME_FAILED, "")
        assert err.splitlines() == [
            f"framing: {blank}: empty text",
            "framing: 2 texts, 5 sentences, 0 with a label, 1 rejected",
        ]
        assert predict(files[2], "-o", output, "--quiet") == (DONE, "", "")


def test_a_column_that_is_not_there(predict: Run, files: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    code, out, err = predict(files[3], "--column", "body", "-o", output)
    assert (code, out) == (USAGE, "")
    assert "d.csv:1: no column 'body'; choose one with --column: 'id', 'text'" in err
    assert not output.exists()


def test_a_model_that_is_not_there(predict: Run, files: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    code, out, err = predict(files[0], "-o", output, model=tmp_path / "none")
    assert (code, out) == (USAGE, "")
    assert "none: no such model folder; train one with `framing train`" in err
    assert not output.exists()


def test_an_output_that_cannot_be_written(predict: Run, files: list[Path], tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for form in ("jsonl", "parquet", "table"):
        for option in ("-o", "--rejects"):
            given = (files[0], "--format", form, "-o", tmp_path / "out", option)
            none = tmp_path / "none"
            code, _, err = predict(*given, none / "out")
            assert code == USAGE
            assert err == f"framing: {none / 'out'}: there is no folder {none}; make it first\n"
            if (form, option) != ("parquet", "-o"):
                code, _, err = predict(*given, tmp_path)
                assert code == USAGE
                assert err == f"framing: {tmp_path}: is a folder; name a file in it\n"
    assert sorted(tmp_path.iterdir()) == before
    assert not tmp_path.with_name(tmp_path.name + ".partial").exists()


def test_the_output_appears_when_it_is_complete(
    predict: Run, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = write(tmp_path / "out.jsonl", "old")
    stream = Classifier.stream

    def failing(*arguments: object, **options: object) -> object:
        yield next(stream(*arguments, **options))  # type: ignore[arg-type]
        assert output.read_text() == "old"
        raise KeyboardInterrupt

    monkeypatch.setattr(Classifier, "stream", failing)
    assert predict(*files, "-o", output)[0] == 130
    assert output.read_text() == "old"
    assert not list(tmp_path.glob("*.partial"))


def test_lone_surrogates_can_be_printed(predict: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a.jsonl", json.dumps({"text": "Duties \ud800 follow."}))
    for form in ("table", "jsonl", "csv", "html"):
        code, out, _ = predict(name, "--format", form, "-o", tmp_path / form)
        assert (code, out) == (DONE, "")
        content = (tmp_path / form).read_text(encoding="utf-8")
        assert "Duties" in content
        if form == "jsonl":
            assert json.loads(content)["text"] == "Duties \ud800 follow."


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict", "--format", "xml"], ["guess"], ["train"], ["evaluate", "--split", "dev"]],
)
def test_usage(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == USAGE
    assert "usage: framing" in capsys.readouterr().err


def test_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"framing {__version__}\n"


def test_the_reader_may_go_away(tiny_folder: Path, tmp_path: Path) -> None:
    name = write(tmp_path / "a.txt", "Duties follow. " * 3000)
    program = [
        sys.executable,
        "-m",
        "framing.cli",
        "predict",
        "--model",
        str(tiny_folder),
        str(name),
    ]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() in (DONE, 120)


# train


@pytest.fixture
def weather(own_articles: list[Article], tmp_path: Path) -> Path:
    """Articles with another codebook's labels, in a folder."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for article in own_articles:
        write(folder / f"{article.id}.txt", format_article(article))
    return folder


def test_training_with_another_codebook(
    weather: Path,
    own_codebook_file: Path,
    base_folder: Path,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    settings = write(tmp_path / "run.toml", "window = 128\nbf16 = false\nlearning_rate = 0.002\n")
    output = tmp_path / "model"
    program = ["train", "--data", str(weather), "--codebook", str(own_codebook_file)]
    program += ["--base", str(base_folder), "--config", str(settings), "--epochs", "1"]
    program += ["--seed", "3", "--device", "cpu", "--quiet", "--no-quantize", "-o", str(output)]
    assert main(program) == DONE
    printed = capsys.readouterr().out
    assert printed.startswith(f"{output}, on validation:\n")
    assert "\nrain " in printed
    config = json.loads((output / "config.json").read_text(encoding="utf-8"))
    assert config["labels"] == ["rain", "heat"]
    assert config["training"]["config"]["seed"] == 3
    text = write(tmp_path / "a.txt", "Rain fell.")
    assert main(["predict", "--model", str(output), "--format", "jsonl", str(text)]) == DONE
    assert list(rows_of(capsys.readouterr().out)[0]["scores"]) == ["rain", "heat"]
    program = ["evaluate", "--model", str(output), "--data", str(weather)]
    assert main([*program, "--codebook", str(own_codebook_file)]) == DONE
    assert capsys.readouterr().out.startswith("12 articles, 48 sentences")


def test_training_a_baseline(
    weather: Path, own_codebook_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    output = str(tmp_path / "model")
    program = ["train", "--baseline", "--data", str(weather), "--codebook", str(own_codebook_file)]
    assert main([*program, "-o", output]) == DONE
    capsys.readouterr()
    text = write(tmp_path / "a.txt", "Rain fell on the harbour for 3 hours.")
    base = ["predict", "--model", output, "--format", "jsonl", str(text)]
    assert main(base) == USAGE
    assert "--allow-pickle" in capsys.readouterr().err
    assert main([*base, "--allow-pickle"]) == DONE
    assert rows_of(capsys.readouterr().out)[0]["labels"] == ["rain"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none"], "none: no such file or folder"),
        (["--codebook", "none.yaml"], "none.yaml"),
        (["--config", "none.toml"], "none.toml"),
        (["--base", "none/of/that"], "none/of/that"),
        (["--device", "tpu9"], "device 'tpu9' cannot be used here"),
    ],
)
def test_what_cannot_be_trained(
    arguments: list[str],
    message: str,
    base_folder: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    program = ["train", "--base", str(base_folder), "-o", "model", "--quiet", *arguments]
    assert main(program) == USAGE
    assert message in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(predict_command, "run", interrupted)
    assert main(["predict", "a.txt"]) == 130


def test_an_output_of_unknown_kind(predict: Run, files: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "tagged.xyz"
    code, _, err = predict(files[0], "--output", output)
    assert code == USAGE
    assert "no format goes with .xyz" in err
    assert not output.exists()
    assert predict(files[0], "--output", output, "--format", "csv")[0] == DONE


@pytest.mark.parametrize("option", ["--column", "--title-column", "--id-column"])
def test_standard_input_has_no_columns(option: str, predict: Run) -> None:
    code, _, err = predict("-", option, "body")
    assert code == USAGE
    assert "which has no columns" in err


def test_predict_keeps_columns(predict: Run, tmp_path: Path) -> None:
    name = write(
        tmp_path / "c.csv", "id,text,date\na,Duties follow.,2020-05\nb,Talks resume.,2021\n"
    )
    code, out, _ = predict(name, "--format", "jsonl", "--keep", "date")
    assert code == DONE
    assert [row["date"] for row in rows_of(out)] == ["2020-05", "2021"]
    code, _, err = predict(name, "--format", "html", "--keep", "date")
    assert (code, err) == (
        USAGE,
        "framing: --keep needs the format jsonl, csv or parquet, not html; name it with --format\n",
    )
    code, _, err = predict("-", "--keep", "date")
    assert code == USAGE
    assert "has no columns" in err


def test_a_key_to_keep_that_a_record_lacks(predict: Run, tmp_path: Path) -> None:
    lines = ['{"id": "a", "text": "One."}', '{"id": "b", "text": null}']
    lines += ['{"id": "c", "text": "Two.", "date": "2020"}']
    name = write(tmp_path / "a.jsonl", "\n".join(lines))
    code, out, err = predict(name, "--format", "jsonl", "--keep", "date")
    assert code == SOME_FAILED
    assert [(row["document"], row["date"]) for row in rows_of(out)] == [("a", ""), ("c", "2020")]
    assert err == f"framing: {name}:2: 'text' must be a string, got NoneType None\n"
    *_, err = predict(name, "--format", "jsonl", "--keep", "dat")
    assert err.endswith("framing: --keep dat: no record has it; it is written blank\n")
