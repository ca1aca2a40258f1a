#include <charconv>

#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

// OPTIMIZE, REORG, VACUUM, RESTORE and what else keeps tables in shape.
namespace weir::sql {

void SqlWriter::WriteColumnNames(const std::vector<Name>& columns) {
  Put("(");
  PutList(columns, [&](const Name& column) { PutName(column); });
  Put(")");
}

void SqlWriter::Write(const Optimize& optimize) {
  Put(optimize.purge ? "REORG TABLE " : "OPTIMIZE ");
  PutName(optimize.target);
  if (optimize.full) Put(" FULL");
  WriteWhere(optimize.where);
  if (optimize.purge) Put(" APPLY (PURGE)");
  if (optimize.zorder_by.empty()) return;
  Put(" ZORDER BY ");
  WriteColumnNames(optimize.zorder_by);
}

void SqlWriter::Write(const Vacuum& vacuum) {
  Put("VACUUM ");
  PutName(vacuum.target);
  if (vacuum.lite) Put(" LITE");
  if (vacuum.retain_hours) {
    char digits[64];
    const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), *vacuum.retain_hours,
                                            std::chars_format::fixed);
    Put(" RETAIN " + std::string(digits, end) + " HOURS");
  }
  if (vacuum.dry_run) Put(" DRY RUN");
}

void SqlWriter::Write(const Restore& restore) {
  Put("RESTORE TABLE ");
  PutName(restore.target);
  Put(" TO");
  WriteTimeTravel(restore.as_of);
}

void SqlWriter::Write(const CloneTable& clone) {
  Put(clone.must_exist   ? "REPLACE TABLE "
      : clone.or_replace ? "CREATE OR REPLACE TABLE "
                         : "CREATE TABLE ");
  if (clone.if_not_exists) Put("IF NOT EXISTS ");
  PutName(clone.name);
  Put(clone.shallow ? " SHALLOW CLONE " : " DEEP CLONE ");
  PutName(clone.source);
  WriteTimeTravel(clone.as_of);
  if (!clone.properties.empty()) {
    Put(" TBLPROPERTIES ");
    Write(clone.properties);
  }
  if (clone.location) Put(" LOCATION " + QuoteString(*clone.location));
}

void SqlWriter::Write(const ConvertToDelta& convert) {
  Put("CONVERT TO DELTA ");
  PutName(Name{{Identifier{"parquet", {}}, Identifier{convert.path, {}}}, {}});
  if (!convert.statistics) Put(" NO STATISTICS");
  if (convert.partitioned_by.empty()) return;
  Put(" PARTITIONED BY (");
  PutList(convert.partitioned_by, [&](const ColumnDefinition& column) { Write(column); });
  Put(")");
}

void SqlWriter::Write(const RepairTable& repair) {
  Put("FSCK REPAIR TABLE ");
  PutName(repair.target);
  if (repair.dry_run) Put(" DRY RUN");
}

void SqlWriter::Write(const AnalyzeTable& analyze) {
  Put("ANALYZE TABLE ");
  PutName(analyze.target);
  Put(analyze.delta ? " COMPUTE DELTA STATISTICS" : " COMPUTE STATISTICS");
}

}  // namespace weir::sql
