"""What there is to wait for before any work is done."""

from processes import WEIR, Ran, Times, report

PROJECT = """name: idle
libraries:
  - glob:
      include: transformations/**
storage: storage
catalog: main
schema: idle
"""
FLOWS = """
CREATE OR REFRESH STREAMING TABLE bronze
AS SELECT * FROM STREAM read_files('{landing}', format => 'csv', header => true);
CREATE OR REFRESH STREAMING TABLE silver
AS SELECT id, upper(name) AS name FROM STREAM(bronze);
CREATE OR REFRESH MATERIALIZED VIEW gold AS SELECT name, count(*) AS n FROM silver GROUP BY name;
"""


def startup(folder, options):
    runs = [Ran(WEIR, "--home", folder / "home", "sql", "-e", "select 1") for _ in range(32)][1:]
    took = Times([run.seconds for run in runs])
    peak = max(run.megabytes for run in runs)
    report("build/weir sql -e 'select 1', the whole process", f"{took}, {peak:.0f} MB",
           "under 100 ms and 60 MB", took.median < 100 and peak < 60)


def project(folder, flows):
    place, landing = folder / "project", folder / "landing"
    (place / "transformations").mkdir(parents=True)
    landing.mkdir()
    (place / "spark-pipeline.yml").write_text(PROJECT)
    (place / "transformations" / "flows.sql").write_text(flows.format(landing=landing))
    return landing, (WEIR, "--home", folder / "home", "pipeline", "run", "--spec",
                     place / "spark-pipeline.yml")


def write_files(landing, numbers, rows):
    for number in numbers:
        lines = "".join(f"{number * rows + row},name{row % 7}\n" for row in range(rows))
        (landing / f"{number:06}.csv").write_text("id,name\n" + lines)


def idle_update(folder, options):
    landing, update = project(folder, FLOWS)
    write_files(landing, range(20), 1000)
    Ran(*update)
    runs = [Ran(*update) for _ in range(31)]
    took = Times([run.seconds for run in runs])
    report("an update of three flows with nothing new, the whole process",
           f"{took}, {max(run.megabytes for run in runs):.0f} MB; by three, {took.median / 3:.1f} ms "
           "a flow", "under 50 ms a flow", took.median / 3 < 50)


def many_files(folder, options):
    """10,000 files were read; 100 more are there each time."""
    landing, update = project(folder, FLOWS.split(";")[0] + ";")
    write_files(landing, range(10_000), 2)
    Ran(*update)
    took, idle = [], []
    for turn in range(9):
        idle.append(Ran(*update).seconds)
        first = 10_000 + 100 * turn
        write_files(landing, range(first, first + 100), 2)
        took.append(Ran(*update).seconds)
    print("an update that finds 100 new files among 10,000, the whole process\n"
          f"    {Times(took)}; with nothing new {Times(idle)}\n    no target is set", flush=True)


MEASUREMENTS = {"startup": startup, "idle-update": idle_update, "many-files": many_files}
