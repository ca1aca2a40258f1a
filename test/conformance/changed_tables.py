#!/usr/bin/env python3
"""What an update does after somebody else, or an edit of the project, changed what it works on.
Each test is a row of the table in docs/guide/changes.md.

usage: changed_tables.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import deltalake
import each
import pyarrow as pa

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
SPEC = """name: p
libraries:
  - glob:
      include: '*.sql'
storage: storage
schema: p
"""
READ = ("read_files('{}', format => 'csv', header => true, schema => 'id INT, name STRING')")
BRONZE = f"CREATE STREAMING TABLE bronze AS SELECT id, name FROM STREAM {READ.format('in')};\n"
SILVER = "CREATE STREAMING TABLE silver AS SELECT id, upper(name) AS name FROM STREAM(bronze);\n"
GOLD = "CREATE MATERIALIZED VIEW gold AS SELECT count(*) AS n FROM silver;\n"
INT = pa.int32()


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Project:
    """bronze reads files, silver streams from bronze, gold counts silver; one file is in."""

    def __init__(self, folder):
        self.folder, self.home = folder / "project", folder / "home"
        (self.folder / "in").mkdir(parents=True)
        (self.folder / "spark-pipeline.yml").write_text(SPEC)
        self.define()
        self.land(1)
        self.update()

    def define(self, bronze=BRONZE, silver=SILVER, gold=GOLD):
        (self.folder / "flows.sql").write_text(bronze + silver + gold)

    def land(self, number):
        (self.folder / "in" / f"{number}.csv").write_text(f"id,name\n{number},n{number}\n")

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--home", str(self.home), *arguments], cwd=self.folder,
                              capture_output=True, text=True, timeout=300)

    def update(self, *arguments):
        done = self.weir("pipeline", "run", *arguments)
        check(done.returncode == 0, f"update {arguments}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def expect_fails(self, *parts):
        self.expect_said(self.weir("pipeline", "run"), 1, *parts)

    def expect_dry_run(self, code, *parts):
        self.expect_said(self.weir("pipeline", "dry-run"), code, *parts)

    @staticmethod
    def expect_said(done, code, *parts):
        text = done.stdout + done.stderr
        check(done.returncode == code, f"exit code {done.returncode}: {text}")
        for part in parts:
            check(part in text, f"{part!r} is not said: {text}")

    def sql(self, text):
        done = self.weir("--output", "json", "sql", "-e", text)
        check(done.returncode == 0, f"{text}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def path(self, table):
        [detail] = self.sql(f"DESCRIBE DETAIL main.p.{table}")
        return detail["location"].removeprefix("file://")

    def expect(self, table, *rows):
        got = sorted(tuple(row.values()) for row in self.sql(f"SELECT * FROM main.p.{table}"))
        check(got == sorted(rows), f"{table} holds {got}, not {sorted(rows)}")

    def write(self, table, mode="append", **columns):
        data = pa.table({name: pa.array(values, INT if isinstance(values[0], int) else None)
                         for name, values in columns.items()})
        deltalake.write_deltalake(self.path(table), data, mode=mode,
                                  schema_mode="overwrite" if mode == "overwrite" else None)


def a_row_appended_to_a_streaming_table_stays_and_flows_on(p):
    p.write("bronze", id=[100], name=["x"])
    p.land(2)
    p.update()
    p.expect("bronze", (1, "n1"), (2, "n2"), (100, "x"))
    p.expect("silver", (1, "N1"), (2, "N2"), (100, "X"))
    p.expect("gold", (3,))


def a_row_appended_to_a_view_is_gone_after_a_recompute(p):
    deltalake.write_deltalake(p.path("gold"), pa.table({"n": pa.array([55], pa.int64())}),
                              mode="append")
    p.expect_dry_run(0, "rebuild   materialized view main.p.gold", "another writer changed the table")
    check("(another writer changed the table)" in p.update(), "it does not say why")
    p.expect("gold", (1,))
    check("gold: nothing new" in p.update(), "it is computed again and again")


def a_view_overwritten_with_other_columns_is_recomputed(p):
    p.write("gold", mode="overwrite", z=["x"])
    p.expect_dry_run(0, "adds the column n BIGINT", "the column z", "it goes")
    p.update()
    p.expect("gold", (1,))


def a_streaming_table_overwritten_with_other_types_needs_a_full_refresh(p):
    p.write("bronze", mode="overwrite", id=["abc"], name=["x"])
    p.expect_dry_run(1, "DELTA_FAILED_TO_MERGE_FIELDS", "--full-refresh bronze")
    p.expect_fails("failed to merge column id", "--full-refresh bronze")
    p.update("--full-refresh", "bronze,silver")
    p.update()
    p.expect("silver", (1, "N1"))


def a_streaming_table_overwritten_keeps_what_is_there_and_says_so(p):
    p.write("silver", mode="overwrite", id=[7], name=["x"])
    p.expect_dry_run(0, "another writer removed rows", "--full-refresh silver")
    p.land(2)
    check("another writer removed rows, which stay away; --full-refresh silver" in p.update(),
          "it is not said")
    p.expect("silver", (2, "N2"), (7, "x"))
    p.expect("gold", (2,))
    p.update("--full-refresh", "silver")
    p.expect("silver", (1, "N1"), (2, "N2"))


def a_table_replaced_under_another_id_needs_a_full_refresh(p):
    path = p.path("bronze")
    deltalake.DeltaTable.create(path, deltalake.DeltaTable(path).schema(), mode="overwrite")
    p.expect_dry_run(0, "fails: the table was replaced by another program", "--full-refresh bronze")
    p.expect_fails("was replaced by another program", "--full-refresh bronze")
    p.update("--full-refresh", "bronze,silver")
    p.expect("silver", (1, "N1"))


def a_streaming_table_restored_stays_so_and_is_not_read_again(p):
    p.land(2)
    p.update()
    deltalake.DeltaTable(p.path("silver")).restore(1)
    p.expect_dry_run(0, "another writer removed rows")
    p.update()
    p.expect("silver", (1, "N1"))
    p.land(3)
    p.update()
    p.expect("silver", (1, "N1"), (3, "N3"))
    p.update("--full-refresh", "silver")
    p.expect("silver", (1, "N1"), (2, "N2"), (3, "N3"))


def a_view_restored_is_recomputed(p):
    p.land(2)
    p.update()
    deltalake.DeltaTable(p.path("gold")).restore(1)
    p.expect("gold", (1,))
    p.update()
    p.expect("gold", (2,))


def a_stream_stops_at_a_source_whose_rows_were_taken_back(p):
    p.land(2)
    p.update()
    deltalake.DeltaTable(p.path("bronze")).restore(1)
    p.expect_fails("rows of main.p.bronze were changed or deleted", "--full-refresh silver")
    p.update("--full-refresh", "silver")
    p.expect("silver", (1, "N1"))


def a_table_without_its_log_is_named_and_built_anew_after_drop(p):
    shutil.rmtree(p.path("silver") + "/_delta_log")
    p.expect_dry_run(1, "the table main.p.silver can't be read", "DROP TABLE main.p.silver")
    p.expect_fails("the table main.p.silver can't be read", "DROP TABLE main.p.silver")
    p.sql("DROP TABLE main.p.silver")
    p.update()
    p.expect("silver", (1, "N1"))
    p.expect("gold", (1,))


def a_source_of_a_stream_dropped_and_made_anew_needs_a_full_refresh(p):
    p.sql("DROP TABLE main.p.bronze")
    for _ in range(2):
        p.expect_dry_run(0, "fails: main.p.bronze was dropped and made anew",
                         "--full-refresh silver")
        p.expect_fails("main.p.bronze was dropped and made anew", "--full-refresh silver")
    p.update("--full-refresh", "silver")
    p.update()
    p.expect("silver", (1, "N1"))


def a_streaming_table_dropped_is_built_anew(p):
    p.sql("DROP TABLE main.p.silver")
    p.expect_dry_run(0, "create    streaming table main.p.silver")
    p.update()
    p.expect("silver", (1, "N1"))


def an_edited_query_rebuilds_a_view_and_counts_from_now_on_in_a_stream(p):
    p.define(silver=SILVER.replace("upper", "lower"), gold=GOLD.replace("count(*)", "count(*) + 1"))
    p.expect_dry_run(0, "it counts for rows from now on", "rebuild   materialized view main.p.gold",
                     "its query changed")
    p.land(2)
    p.update()
    p.expect("silver", (1, "N1"), (2, "n2"))
    p.expect("gold", (3,))


def a_renamed_flow_reads_from_its_start(p):
    flow = "CREATE STREAMING TABLE silver (id INT, name STRING);\n" \
           "CREATE FLOW {} AS INSERT INTO silver BY NAME SELECT id, name FROM STREAM(bronze);\n"
    p.define(silver=flow.format("one"))
    p.update("--full-refresh", "silver")
    p.define(silver=flow.format("two"))
    p.expect_dry_run(0, "flow main.p.two is new: it reads from its start",
                     "flow main.p.one is gone: the rows that it wrote stay")
    p.update()
    p.expect("silver", (1, "n1"), (1, "n1"))


def a_dataset_taken_out_is_left(p):
    p.define(gold="")
    p.expect_dry_run(0, "leave     main.p.gold", "DROP TABLE main.p.gold removes it")
    p.update()
    p.expect("gold", (1,))


def a_dataset_made_a_temporary_view_leaves_its_table(p):
    p.define(gold=GOLD.replace("MATERIALIZED VIEW", "TEMPORARY VIEW"))
    p.expect_dry_run(0, "leave     main.p.gold", "DROP TABLE main.p.gold removes it")


def a_column_added_joins_and_one_dropped_stays_empty(p):
    p.define(silver="CREATE STREAMING TABLE silver AS SELECT id, id + 1 AS next "
                    "FROM STREAM(bronze);\n")
    p.expect_dry_run(0, "evolve    streaming table main.p.silver", "adds the column next INT",
                     "the column name is not in the definition any more; it stays, NULL in new rows")
    p.land(2)
    p.update()
    p.expect("silver", (1, "N1", None), (2, None, 3))


def a_column_of_another_type_needs_a_full_refresh(p):
    p.define(silver=SILVER.replace("SELECT id", "SELECT CAST(id AS STRING) AS id"))
    p.expect_dry_run(1, "DELTA_FAILED_TO_MERGE_FIELDS", "--full-refresh silver")
    p.expect_fails("failed to merge column id", "--full-refresh silver")
    p.update("--full-refresh", "silver")
    p.expect("silver", ("1", "N1"))


def other_partitions_rebuild_a_view_and_need_a_full_refresh_of_a_streaming_table(p):
    p.define(gold=GOLD.replace("count(*)", "1 AS one, count(*)"))
    p.update()
    p.define(gold=GOLD.replace("count(*)", "1 AS one, count(*)").replace(
        "gold AS", "gold PARTITIONED BY (n) AS"))
    p.expect_dry_run(0, "rebuild   materialized view main.p.gold", "its partitioning changed")
    p.update()
    check(deltalake.DeltaTable(p.path("gold")).metadata().partition_columns == ["n"],
          "gold is not partitioned")
    p.expect("gold", (1, 1))
    p.define(silver=SILVER.replace("silver AS", "silver PARTITIONED BY (name) AS"))
    p.expect_dry_run(1, "DELTA_PARTITION_COLUMN_CHANGED", "--full-refresh silver")
    p.expect_fails("PARTITIONED BY of main.p.silver was changed", "--full-refresh silver")
    p.update("--full-refresh", "silver")
    p.expect("silver", (1, "N1"))


def a_source_folder_that_is_gone_is_named_and_one_elsewhere_is_read_from_its_start(p):
    (p.folder / "in").rename(p.folder / "moved")
    p.expect_fails("[PATH_NOT_FOUND] there is no file or folder at", "/in")
    p.define(bronze=BRONZE.replace("'in'", "'moved'"))
    p.expect_dry_run(0, "/moved from its start")
    p.update()
    p.expect("bronze", (1, "n1"), (1, "n1"))


def another_kind_of_dataset_needs_a_drop(p):
    p.define(gold="CREATE STREAMING TABLE gold AS SELECT id FROM STREAM(silver);\n")
    p.expect_dry_run(1, "main.p.gold exists already as a materialized view", "DROP it")
    p.sql("DROP TABLE main.p.gold")
    p.update()
    p.expect("gold", (1,))


def a_table_renamed_is_left_and_another_one_is_made(p):
    p.sql("ALTER TABLE main.p.silver RENAME TO main.p.kept")
    p.expect_dry_run(0, "create    streaming table main.p.silver", "leave     main.p.kept")
    p.update()
    p.expect("silver", (1, "N1"))
    p.expect("kept", (1, "N1"))


def a_column_added_by_sql_stays_empty(p):
    p.sql("ALTER TABLE main.p.silver ADD COLUMNS (extra INT)")
    p.land(2)
    p.update()
    p.expect("silver", (1, "N1", None), (2, "N2", None))


def columns_of_a_view_follow_its_query(p):
    p.define(gold=GOLD.replace("count(*) AS n", "CAST(count(*) AS STRING) AS n, max(id) AS last"))
    p.expect_dry_run(0, "the column n becomes STRING", "adds the column last INT")
    p.update()
    p.expect("gold", ("1", 1))
    p.define(gold=GOLD.replace("count(*) AS n", "max(id) AS last"))
    p.expect_dry_run(0, "the column n is not in the definition any more; it goes")
    p.update()
    p.expect("gold", (1,))


def a_column_added_to_a_view_by_sql_goes_with_the_next_computation(p):
    p.sql("ALTER TABLE main.p.gold ADD COLUMNS (extra INT)")
    p.land(2)
    p.update()
    p.expect("gold", (2,))


def a_view_dropped_or_renamed_is_computed_anew(p):
    p.sql("DROP TABLE main.p.gold")
    p.update()
    p.expect("gold", (1,))
    p.sql("ALTER TABLE main.p.gold RENAME TO main.p.kept")
    p.update()
    p.expect("gold", (1,))
    p.expect("kept", (1,))


def a_view_replaced_under_another_id_needs_a_full_refresh(p):
    path = p.path("gold")
    deltalake.DeltaTable.create(path, deltalake.DeltaTable(path).schema(), mode="overwrite")
    p.expect_dry_run(0, "fails: the table was replaced by another program", "--full-refresh gold")
    p.expect_fails("was replaced by another program", "--full-refresh gold")
    p.update("--full-refresh", "gold")
    p.expect("gold", (1,))


def a_streaming_table_overwritten_with_other_columns_gets_its_own_again(p):
    p.write("silver", mode="overwrite", id=[7], z=["x"])
    p.expect_dry_run(0, "adds the column name STRING", "the column z is not in the definition")
    p.land(2)
    p.update()
    p.expect("silver", (2, None, "N2"), (7, "x", None))


def a_source_refreshed_in_full_stops_the_stream_that_reads_it(p):
    p.update("--full-refresh", "bronze")
    p.expect_fails("rows of main.p.bronze were changed or deleted", "--full-refresh silver")
    p.update("--full-refresh", "silver")
    p.expect("silver", (1, "N1"))


def a_file_changed_after_it_was_read_is_not_read_again(p):
    (p.folder / "in" / "1.csv").write_text("id,name\n1,other\n50,more\n")
    p.update()
    p.expect("bronze", (1, "n1"))


def a_view_of_another_source_is_computed_anew(p):
    p.define(gold=GOLD.replace("FROM silver", "FROM " + READ.format("in")))
    p.land(2)
    p.land(3)
    p.update()
    p.expect("gold", (3,))


def main():
    tests = [a_row_appended_to_a_streaming_table_stays_and_flows_on,
             a_row_appended_to_a_view_is_gone_after_a_recompute,
             a_view_overwritten_with_other_columns_is_recomputed,
             a_streaming_table_overwritten_with_other_types_needs_a_full_refresh,
             a_streaming_table_overwritten_keeps_what_is_there_and_says_so,
             a_table_replaced_under_another_id_needs_a_full_refresh,
             a_streaming_table_restored_stays_so_and_is_not_read_again,
             a_view_restored_is_recomputed,
             a_stream_stops_at_a_source_whose_rows_were_taken_back,
             a_table_without_its_log_is_named_and_built_anew_after_drop,
             a_source_of_a_stream_dropped_and_made_anew_needs_a_full_refresh,
             a_streaming_table_dropped_is_built_anew,
             an_edited_query_rebuilds_a_view_and_counts_from_now_on_in_a_stream,
             a_renamed_flow_reads_from_its_start,
             a_dataset_taken_out_is_left,
             a_dataset_made_a_temporary_view_leaves_its_table,
             a_column_added_joins_and_one_dropped_stays_empty,
             a_column_of_another_type_needs_a_full_refresh,
             other_partitions_rebuild_a_view_and_need_a_full_refresh_of_a_streaming_table,
             a_source_folder_that_is_gone_is_named_and_one_elsewhere_is_read_from_its_start,
             another_kind_of_dataset_needs_a_drop,
             a_table_renamed_is_left_and_another_one_is_made,
             a_column_added_by_sql_stays_empty,
             columns_of_a_view_follow_its_query,
             a_column_added_to_a_view_by_sql_goes_with_the_next_computation,
             a_view_dropped_or_renamed_is_computed_anew,
             a_view_replaced_under_another_id_needs_a_full_refresh,
             a_streaming_table_overwritten_with_other_columns_gets_its_own_again,
             a_source_refreshed_in_full_stops_the_stream_that_reads_it,
             a_file_changed_after_it_was_read_is_not_read_again,
             a_view_of_another_source_is_computed_anew]
    return each.run(tests, lambda test, folder: test(Project(folder)))


if __name__ == "__main__":
    sys.exit(main())
