#include "weir/engine/duckdb/table_writer.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/engine_text.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/sql/duckdb_printer.h"

namespace weir::engine {
namespace {

void CheckStorable(const DataType& type, const std::string& column) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
    case TypeId::kTime:
      throw Error(ErrorCode::kUnsupported, "column `" + column + "` is of type " + type.ToSql() +
                                               ", which a table can't hold; cast it");
    case TypeId::kArray:
      return CheckStorable(type.element(), column);
    case TypeId::kMap:
      CheckStorable(type.key(), column);
      return CheckStorable(type.value(), column);
    case TypeId::kStruct:
      for (const Field& field : type.fields()) CheckStorable(field.type, column);
      return;
    default:
      return;
  }
}

bool Contains(const std::vector<size_t>& positions, size_t position) {
  return std::find(positions.begin(), positions.end(), position) != positions.end();
}

// What is stored in `field` for the plan's column.
std::string StoredExpression(const sql::PlanColumn& column, const Field& field, bool is_partition) {
  std::string text = sql::ColumnName(column.id);
  if (!field.nullable && column.nullable) {
    const std::string message = "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] column `" + field.name +
                                "` is NOT NULL, and a row has NULL there; nothing was written";
    text = "CASE WHEN " + text + " IS NULL THEN error(" + QuotedText(message) + ") ELSE " + text +
           " END";
  }
  // A partition column is not stored in files.
  if (is_partition) {
    // Readers take the empty text of a partition for NULL, so it is NULL here too.
    if (field.type.id() == TypeId::kString) return "nullif(" + text + ", '')";
    if (field.type.id() == TypeId::kBinary) return "nullif(" + text + ", ''::BLOB)";
    return text;
  }
  return "weir_file(" + text + ", NULL::" + ToDuckdbFile(field.type).ToString() + ")";
}

}  // namespace

std::vector<size_t> PartitionPositions(const WriteTarget& target) {
  std::vector<size_t> positions;
  for (const std::string& name : target.partition_columns) {
    const auto position = target.schema.Find(name);
    if (!position) {
      throw Error(ErrorCode::kInvalid, "partition column `" + name + "` is not in the table");
    }
    positions.push_back(*position);
  }
  if (!positions.empty() && positions.size() == target.schema.size()) {
    throw Error(ErrorCode::kInvalid,
                "[ALL_PARTITION_COLUMNS_NOT_ALLOWED] a table needs a column besides its partition "
                "columns")
        .WithCondition("ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  }
  return positions;
}

std::string WriteStatement(const std::string& select, const std::vector<sql::PlanColumn>& columns,
                           const WriteTarget& target) {
  WEIR_CHECK(columns.size() == target.schema.size());
  const std::vector<size_t> partition = PartitionPositions(target);
  std::string stored;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Field& field = target.schema[i];
    CheckStorable(field.type, field.name);
    if (!stored.empty()) stored += ", ";
    stored += StoredExpression(columns[i], field, Contains(partition, i)) + " AS " +
              QuotedName(field.name);
  }
  return "COPY (SELECT " + stored + " FROM (" + select +
         ")) TO 'weir://new/rows' (FORMAT weir_table, USE_TMP_FILE false)";
}

WriteGrant GrantOf(const WriteTarget& target) {
  return {target.table.store, target.table.prefix, std::make_shared<WriteTarget>(target)};
}

WriteResult WrittenFiles(Run& run) {
  while (run.Next()) {
  }
  WriteResult result{std::move(run.context().written), run.context().Statistics(),
                     run.context().LastNumbers()};
  result.statistics.rows = run.context().written_rows;
  return result;
}

}  // namespace weir::engine
