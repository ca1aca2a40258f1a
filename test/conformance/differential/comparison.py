"""When two outcomes are the same."""

import math
import re

NUMBER = re.compile(r"(-?(?:\d+\.\d+(?:E-?\d+)?|NaN|Infinity))")


def difference(spark, weir, ordered=False):
    """What is different, or nothing."""
    if "error" in spark or "error" in weir:
        return None if spark.get("error") == weir.get("error") else f"{told(spark)}, weir {told(weir)}"
    if spark["types"] != weir["types"]:
        return f"types {spark['types']}, weir {weir['types']}"
    theirs, ours = spark["rows"], weir["rows"]
    if not ordered:
        theirs, ours = sorted(theirs, key=sorting), sorted(ours, key=sorting)
    if len(theirs) != len(ours):
        return f"{len(theirs)} rows {theirs[:3]}, weir {len(ours)} {ours[:3]}"
    for left, right in zip(theirs, ours):
        for kind, one, other in zip(spark["types"], left, right):
            if not same_cell(kind, one, other):
                return f"{kind} {one!r}, weir {other!r}"
    return None


def told(outcome):
    if "error" in outcome:
        return f"{outcome['error']} ({outcome['message'][:160]})"
    return f"{outcome['types']} {str(outcome['rows'])[:160]}"


def sorting(row):
    """Close numbers sort alike."""
    return [(cell is None, NUMBER.sub(lambda m: f"{float(m.group().replace('Infinity', 'inf')):.6g}", cell or ""))
            for cell in row]


def same_cell(kind, one, other):
    if one == other:
        return True
    if one is None or other is None or not re.search("float|double", kind):
        return False
    precision = 1e-6 if "float" in kind else 1e-12
    left, right = NUMBER.split(one), NUMBER.split(other)
    return len(left) == len(right) and all(
        a == b or (i % 2 == 1 and close(a, b, precision)) for i, (a, b) in enumerate(zip(left, right)))


def close(one, other, precision):
    if "0.0" in (one.lstrip("-"), other.lstrip("-")) and float(one) == float(other):
        return False  # One is a negative zero.
    a, b = (float(text.replace("Infinity", "inf")) for text in (one, other))
    return math.isclose(a, b, rel_tol=precision)
