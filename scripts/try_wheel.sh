#!/bin/sh
# Builds the wheel, installs it into an empty environment outside the tree, and predicts there.
# PYTHON: an interpreter that has the package `build`.
set -eu
tree=$(pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"$tree/$PYTHON" -m build --wheel --outdir "$room" "$tree" >"$room/log" 2>&1 || { cat "$room/log"; exit 1; }
"$tree/$PYTHON" -m venv "$room/venv"
"$room/venv/bin/python" -m pip --disable-pip-version-check install --quiet \
    --constraint "$tree/constraints.txt" "$room"/framing-*.whl
cd "$room"
cp "$tree/data/demo/article.txt" .
"$room/venv/bin/framing" predict --format jsonl article.txt >tagged.jsonl
"$room/venv/bin/python" - <<'END'
import importlib.util
import json
import sys

import framing

assert "site-packages" in framing.__file__, framing.__file__
assert importlib.util.find_spec("torch") is None, "torch is installed; this is not the light core"
lines = [json.loads(line) for line in open("tagged.jsonl", encoding="utf-8")]
text = open("article.txt", encoding="utf-8").read()
assert all(text[line["start"] : line["end"]] == line["text"] for line in lines)
found = {label for line in lines for label in line["labels"]}
assert found == set(framing.default_codebook().names), found
assert len(framing.load_articles(split="test")) > 0
print(f"{len(lines)} sentences, labels {sorted(found)}, python {sys.version.split()[0]}")
END
ls -l "$room"/framing-*.whl | awk '{print $5 " bytes"}'
