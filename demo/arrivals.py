"""What arrives at the demo's door, month by month: flights, of which some come a month late and some of those damaged,
the weather, and a feed of changes of the plane registry, of which some come late and some twice. Flights and weather are
those of tools/demo-data; the registry's changes are made up from its list of planes. The same each time."""

import collections
import csv
import json
import zlib

HELD_BACK = 97  # Of so many flights one comes a month late,
DAMAGED = 40    # and of so many of these one with a word where a number should be.


class Arrivals:
    """`steps`: a name and the texts that come with it, by their path below the landing folder."""

    def __init__(self, raw):
        months = sorted((raw / "months").iterdir())
        self.steps = [(month.name, {}) for month in months] + [("later", {})]
        self.last_flight = {}
        self.held_back = 0
        for number, month in enumerate(months):
            weather = (month / "weather.csv").read_text()
            self.steps[number][1][f"weather/{month.name}.csv"] = weather
            self.add_flights(number, month)
        with open(raw / "reference" / "planes.csv", newline="", encoding="utf-8") as file:
            self.add_registry(list(csv.DictReader(file)))

    def add_flights(self, number, month):
        header, *lines = (month / "flights.csv").read_text().splitlines(keepends=True)
        names = header.rstrip().split(",")
        tail, delay = names.index("tailnum"), names.index("dep_delay")
        in_time, late = [header], [header]
        for line in lines:
            cells = line.split(",")
            self.last_flight[cells[tail]] = number
            self.held_back += 1
            if self.held_back % HELD_BACK:
                in_time.append(line)
                continue
            if self.held_back // HELD_BACK % DAMAGED == 0:
                cells[delay] = "unreadable"
            late.append(",".join(cells))
        self.steps[number][1][f"flights/{month.name}.csv"] = "".join(in_time)
        self.steps[number + 1][1][f"flights/{month.name}-late.csv"] = "".join(late)

    def add_registry(self, planes):
        arriving = collections.defaultdict(list)
        for plane in planes:
            for number, change in self.changes_of(plane):
                arriving[number].append(change)
        for number, changes in arriving.items():
            name = f"registry/{self.steps[number][0]}.json"
            self.steps[number][1][name] = "".join(json.dumps(c) + "\n" for c in changes)

    def changes_of(self, plane):
        """With the number of the step that each comes with."""
        tail = plane["tailnum"]
        row = {"tailnum": tail, "change": "REGISTER", "effective": "2013-01-01",
               "built": None if plane["year"] == "NA" else int(plane["year"]),
               "manufacturer": plane["manufacturer"], "model": plane["model"],
               "seats": int(plane["seats"])}
        yield 0, row
        for number in range(1, 12):
            draw = zlib.crc32(f"{tail} {number}".encode())
            date = f"2013-{number + 1:02}-{1 + draw // 7 % 28:02}"
            if number > self.last_flight.get(tail, 0) and draw % 1000 < 20:
                yield number, {**row, "change": "RETIRE", "effective": date}
                return
            if draw % 1000 >= 985:
                seats = max(2, row["seats"] + 2 * (draw // 11 % 9) - 6)
                row = {**row, "change": "REFIT", "effective": date, "seats": seats}
                is_late, comes_twice = draw // 13 % 5 == 0, draw // 17 % 10 == 0
                yield number + is_late, row
                if comes_twice:
                    yield number + 1, row
