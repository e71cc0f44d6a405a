"""Computes what a corpus takes on many cores from a figure measured on a few.

    python scripts/cost_of_a_billion.py --rate 600 --cores 2

Sentences are independent and workers share nothing, so the time falls as cores are added until
reading or writing is the limit; ``--efficiency`` says what share of the measured speed a core keeps
beside many others (memory is shared; measure it on your machines).
"""

from __future__ import annotations

import argparse


def hours(sentences: float, rate: float, cores: int, efficiency: float) -> float:
    """Return hours for so many sentences at `rate` sentences a second and core."""
    return sentences / (rate * efficiency * cores) / 3600


def main() -> None:
    """Print a line for each number of cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, required=True, help="sentences a second, measured")
    parser.add_argument("--cores", type=int, default=2, help="on so many cores (2)")
    parser.add_argument("--sentences", type=float, default=1e9, help="(1e9)")
    parser.add_argument("--efficiency", type=float, default=1.0, help="(1.0)")
    parser.add_argument("--price", type=float, help="of a core and hour, in any currency")
    arguments = parser.parse_args()
    rate = arguments.rate / arguments.cores
    print(f"{arguments.sentences:,.0f} sentences at {rate:.0f} a second and core")
    for cores in (10, 100, 1000):
        needed = hours(arguments.sentences, rate, cores, arguments.efficiency)
        price = "" if arguments.price is None else f"{needed * cores * arguments.price:>12,.2f}"
        print(f"{cores:>6,} cores {needed:>10,.1f} hours {needed / 24:>8,.2f} days{price}")


if __name__ == "__main__":
    main()
