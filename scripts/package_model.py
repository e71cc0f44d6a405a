"""Put a trained model into models/default: graph, tokenizer, config and a card with its figures.

    python scripts/package_model.py runs/best --data realdev=FILE.jsonl

The torch weights stay behind, since prediction does not need them and the repository is to stay
small. The card holds the scores on the packaged validation and test articles and on the files
given with --data. The model is taken only if it beats the present one on the validation articles,
and the real sentences that --extra holds out for validation.
"""

import argparse
import shutil
import sys
from pathlib import Path

import framing
from framing.dataset.contrast import read_contrast
from framing.dataset.load import load_named, load_training
from framing.evaluation.assess import assess
from framing.evaluation.contrast import evaluate_contrast
from framing.evaluation.tables import show
from framing.inference import folder as model_folder
from framing.model.card import write_card
from framing.resources import path_of


def main() -> int:
    """Evaluate, copy, write the card; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path, help="a folder that framing train wrote")
    parser.add_argument("--target", type=Path, default=Path("models/default"))
    parser.add_argument("--data", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument(
        "--extra", action="append", default=[], metavar="FILE", help="as given to framing train"
    )
    parser.add_argument("--force", action="store_true", help="also if it is not better")
    arguments = parser.parse_args()

    model = framing.load(arguments.source)
    validation = framing.load_articles(split="validation")
    if (arguments.target / model_folder.CONFIG).is_file() and not arguments.force:
        _, held_out = load_training(None, arguments.extra)
        old = framing.evaluate(framing.load(arguments.target), held_out).macro_f1
        new = framing.evaluate(model, held_out).macro_f1
        print(f"validation macro-F1: {old:.3f} now, {new:.3f} new")
        if new <= old:
            print("not better; nothing was changed", file=sys.stderr)
            return 1
    sets = {
        "packaged validation articles": validation,
        "packaged test articles": framing.load_articles(split="test"),
    }
    sets = load_named(arguments.data, sets)
    sets["ood: other topics"] = framing.load_articles(split="ood")
    results = {}
    for name, articles in sets.items():
        found = assess(articles, list(model.predict_articles(articles)), model.labels)
        print(f"{name}: macro-F1 {show(found['macro', 'f1'])}")
        results[name] = found
    pairs = read_contrast(path_of("data/contrast/pairs.jsonl"))
    contrast = evaluate_contrast(model, pairs).total

    arguments.target.mkdir(parents=True, exist_ok=True)
    config = model_folder.read_config(arguments.source)
    kept = [name for name in config.files if name != model_folder.WEIGHTS]
    for name in kept:
        shutil.copyfile(arguments.source / name, arguments.target / name)
    model_folder.write_config(arguments.target, config, kept)
    write_card(arguments.target, results, contrast)
    return 0


if __name__ == "__main__":
    sys.exit(main())
