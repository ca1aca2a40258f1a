"""What tables that AUTO CDC keeps hold, computed from all events at once, and events to try."""

import random

LEAVES = ["a", "b", "s.x", "s.y"]


def order(value):
    """NULL before everything, members of a struct one by one."""
    if isinstance(value, dict):
        return (1, tuple(order(member) for member in value.values()))
    return (0,) if value is None else (1, value)


def row_of(event):
    return [event["a"], event["b"], event["s"]]


def row_order(event):
    return tuple(order(value) for value in row_of(event))


def leaves_of(event):
    s = event["s"] or {"x": None, "y": None}
    return [event["a"], event["b"], s["x"], s["y"]]


def rebuilt(leaves):
    a, b, x, y = leaves
    return [a, b, None if x is None and y is None else {"x": x, "y": y}]


def by_key(events):
    keys = {}
    for event in events:
        if event["op"] != "T":
            keys.setdefault(event["id"], []).append(event)
    return keys


def place(event, wide):
    return (event["seq"], event["sub"]) if wide else event["seq"]


def truncation(events, truncates):
    places = [event["seq"] for event in events if event["op"] == "T"]
    return max(places) if truncates and places else None


def newest(events, truncates=False, wide=False):
    last = truncation(events, truncates)
    rows = []
    for key, of_key in by_key(events).items():
        counting = [e for e in of_key if last is None or e["seq"] > last]
        if not counting:
            continue
        best = max(counting, key=lambda e: (place(e, wide), e["op"] == "D", row_order(e)))
        if best["op"] != "D":
            rows.append([key] + row_of(best))
    return rows


def newest_values(events, truncates=False):
    last = truncation(events, truncates)
    rows = []
    for key, of_key in by_key(events).items():
        gone = [e["seq"] for e in of_key if e["op"] == "D"] + ([] if last is None else [last])
        since = max(gone) if gone else None
        given = [e for e in of_key
                 if e["op"] != "D" and (since is None or e["seq"] > since)]
        if not given:
            continue
        leaves = []
        for i in range(len(LEAVES)):
            values = [(e["seq"], leaves_of(e)[i]) for e in given if leaves_of(e)[i] is not None]
            leaves.append(max(values)[1] if values else None)
        rows.append([key] + rebuilt(leaves))
    return rows


def by_place(of_key, ignores_nulls, wide):
    """One event for each place, in order: (place, None when it deletes, else leaves or a row)."""
    places = {}
    for event in of_key:
        places.setdefault(place(event, wide), []).append(event)
    for at in sorted(places):
        same = places[at]
        if any(event["op"] == "D" for event in same):
            yield at, None
        elif ignores_nulls:
            columns = zip(*[leaves_of(event) for event in same])
            yield at, [max((v for v in values if v is not None), default=None)
                       for values in columns]
        else:
            yield at, row_of(max(same, key=row_order))


def history(events, ignores_nulls=False, tracked=(0, 1, 2), wide=False):
    rows = []
    for key, of_key in by_key(events).items():
        spans = []
        filled = None
        for at, values in by_place(of_key, ignores_nulls, wide):
            current = spans[-1] if spans and spans[-1][2] is None else None
            if values is None:
                if current:
                    current[2] = at
                filled = None
                continue
            if ignores_nulls:
                before = filled or [None] * len(values)
                filled = [old if new is None else new for new, old in zip(values, before)]
                values = rebuilt(filled)
            if current and [current[0][i] for i in tracked] == [values[i] for i in tracked]:
                current[0] = values
                continue
            if current:
                current[2] = at
            spans.append([values, at, None])
        for values, start, stop in spans:
            rows.append([key] + values + [start, stop])
    return rows


def random_events(chance: random.Random, count):
    """Few keys and places, so that ties, duplicates and late events are many."""
    events = []
    for _ in range(count):
        kind = chance.random()
        if events and kind < 0.15:
            events.append(dict(chance.choice(events)))
            continue
        s = chance.choice([None, {"x": chance.choice([None, 1, 2]),
                                  "y": chance.choice([None, "p", "q"])}])
        event = {"id": chance.randint(1, 4), "a": chance.choice([None, 1, 2, 3]),
                 "b": chance.choice([None, "u", "v"]), "s": s,
                 "seq": chance.randint(1, 12), "sub": chance.randint(1, 3), "op": "U"}
        if kind < 0.3:
            event["op"] = "D"
        elif kind < 0.34:
            event["op"] = "T"
        events.append(event)
    return events
