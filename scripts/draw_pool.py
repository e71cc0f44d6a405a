"""Choose texts for the teachers: ``python scripts/draw_pool.py DOCUMENTS.jsonl.xz pool.jsonl``.

DOCUMENTS holds a document a line with ``doc_id``, ``text``, ``genre`` and ``in_domain``. Taken are
all documents of the domain and all of small genres, of each its beginning, so that no long
transcript outweighs the rest, and a sample of the others, news first: on those the models have to
learn what is no frame.
"""

import argparse
import json
import lzma
import random
import sys
from collections import Counter
from pathlib import Path

NEWS = {"newswire_1987", "bbc_2004_lowercased", "abc_news_2006"}
SMALL = 100  # a genre of fewer documents is taken whole
LONG, SHORT = 9_000, 2_500  # characters of a document


def main() -> int:
    """Write the pool and print what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--news", type=int, default=1200, help="news documents of other domains")
    parser.add_argument("--other", type=int, default=1000, help="other documents")
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    opened = lzma.open if arguments.documents.suffix == ".xz" else open
    with opened(arguments.documents, "rt", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    genres = Counter(document["genre"] for document in documents)
    chosen = [d for d in documents if d["in_domain"] or genres[d["genre"]] < SMALL]
    rest = [d for d in documents if not d["in_domain"] and genres[d["genre"]] >= SMALL]
    random.Random(arguments.seed).shuffle(rest)
    news = [d for d in rest if d["genre"] in NEWS][: arguments.news]
    other = [d for d in rest if d["genre"] not in NEWS][: arguments.other]
    pool = [(d, LONG) for d in chosen] + [(d, SHORT) for d in news + other]
    with arguments.output.open("w", encoding="utf-8") as file:
        for document, most in pool:
            line = {"id": document["doc_id"], "text": document["text"][:most]}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    for genre, count in Counter(d["genre"] for d, _ in pool).most_common():
        print(f"{count:>6}  {genre}")
    print(f"{len(pool):>6}  documents in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
