"""The demo's flow, a year of flights, against Apache Spark Declarative Pipelines."""

import subprocess
import sys

from flights_projects import Spark, Weir, check_equal
from processes import ROOT, Pairs, report


def measure(folder, options, format):
    subprocess.run([ROOT / "tools" / "oracles", "sdp"], check=True)
    subprocess.run([ROOT / "tools" / "demo-data", folder / "raw"], check=True)
    months = sorted((folder / "raw" / "months").iterdir())
    if options.pairs + 2 > len(months):
        sys.exit(f"bench: sdp has {len(months)} months: --pairs at most {len(months) - 2}")
    sides = (Weir(folder / "weir", folder / "raw"),
             Spark(folder / "spark", folder / "raw", format))
    print(f"Spark Declarative Pipelines with {format} tables", flush=True)

    check_first_and_second(sides, months)
    first_updates(sides, months[:-1], options.pairs)
    one_more_month(sides, months, options.pairs, "whole processes")
    with sides[1].serving():
        one_more_month(sides, months, options.pairs,
                       "the whole process against a client of a Spark Connect server that runs on")


def check_first_and_second(sides, months):
    for landing in (months[:-1], months[-1:]):
        for side in sides:
            side.land(landing)
            side.update()
        check_equal(*sides)
    print("the demo's gold tables after a first and a second update: equal to Spark's", flush=True)


def first_updates(sides, months, count):
    def first(side):
        side.reset()
        side.land(months)
        return figures(side.update())

    say(in_turn(sides, first, count), f"a first update with {len(months)} months, whole processes",
        0.10)


def one_more_month(sides, months, count, how):
    """The pairs' months, and that of the pair that warms up, arrive one by one after the others."""
    for side in sides:
        side.reset()
        side.land(months[:-count - 1])
        side.update()
    ahead = {side: iter(months[-count - 1:]) for side in sides}

    def second(side):
        side.land([next(ahead[side])])
        return figures(side.update())

    pairs = in_turn(sides, second, count)
    check_equal(*sides)
    say(pairs, f"an update with one more month of twelve, {how}", 0.20)


def in_turn(sides, work, count):
    return Pairs(count, lambda _: work(sides[0]), lambda _: work(sides[1]))


def figures(ran):
    return ran.seconds, ran.megabytes


def say(pairs, work, most):
    pairs.report(work, "Spark", most)
    share = pairs.peak["ours"] / pairs.peak["theirs"]
    report(f"{work}: memory", f"{share:.3f}x", "at most 0.10x", share <= 0.10)


MEASUREMENTS = {"sdp": lambda folder, options: measure(folder, options, "delta"),
                "sdp-parquet": lambda folder, options: measure(folder, options, "parquet")}
