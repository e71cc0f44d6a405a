"""Write the mean of several models' weights as a model of its own.

    python scripts/average_models.py runs/further runs/student --output runs/mean --extra FILE.jsonl

The models must have been trained on from one another. Calibration and thresholds are fitted on the
validation articles and the real sentences that --extra holds out, as in `framing train`.
"""

import argparse
import sys
from pathlib import Path

from framing.dataset.load import load_training
from framing.evaluation.evaluate import evaluate
from framing.model.average import average


def main() -> int:
    """Average, write, print the scores; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", help="model folders")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--extra", action="append", default=[], metavar="FILE")
    parser.add_argument("--context", type=int, default=0, help="tokens before each sentence (0)")
    arguments = parser.parse_args()
    _, validation = load_training(None, arguments.extra)
    model = average(arguments.folders, arguments.output, validation, context=arguments.context)
    scores = evaluate(model, validation)
    print(
        f"macro-F1 {scores.macro_f1:.3f}, span F1 {scores.span_f1:.3f} "
        f"({scores.n_articles} articles, {scores.n_sentences} sentences)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
