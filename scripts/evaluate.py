"""Score a model on labelled articles: the same as ``framing evaluate``."""

import sys

from framing.cli import main

if __name__ == "__main__":
    sys.exit(main(["evaluate", *sys.argv[1:]]))
