#include "weir/session/identity_columns.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/lent_files.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

// ALTER TABLE ... ALTER COLUMN ... SYNC IDENTITY, and what writes leave behind.
namespace weir::session {
namespace {

constexpr sql::InputId kNumberedTable = 0;

// The furthest number that the rows of a table have; nothing where they have none.
std::optional<int64_t> FurthestNumber(const Services& services, const std::string& statement_id,
                                      const std::string& principal, const delta::Table& table,
                                      const std::shared_ptr<const delta::Snapshot>& base,
                                      const Field& field, const IdentityRule& rule) {
  JudgeFiles(services, principal, *base, table.location());
  const auto scan =
      std::make_shared<sql::Plan>(sql::Plan{{{0, field.name, field.type, true, field.metadata}},
                                            sql::ScanPlan{kNumberedTable, table.location().uri}});
  const auto rows = services.engine.Query(
      {statement_id,
       scan,
       {{kNumberedTable, engine::TableInput{table.location(), base, std::nullopt}}},
       std::nullopt});
  std::optional<int64_t> furthest;
  while (const auto batch = rows->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      const Value value = batch->At(0, row);
      if (value.is_null()) continue;
      furthest = furthest ? LaterNumber(rule, *furthest, value.integer()) : value.integer();
    }
  }
  return furthest;
}

}  // namespace

delta::Metadata WithLastNumbers(delta::Metadata metadata,
                                const std::map<std::string, int64_t>& last) {
  std::vector<Field> fields = SchemaFromJson(metadata.schema_json).fields();
  for (Field& field : fields) {
    const auto number = last.find(field.name);
    auto rule = IdentityOf(field);
    if (number == last.end() || !rule) continue;
    rule->high_water_mark = number->second;
    field = WithIdentity(field, *rule);
  }
  metadata.schema_json = SchemaToJson(Schema(std::move(fields)));
  return metadata;
}

delta::Metadata WithNumbersOf(delta::Metadata restored, const delta::Metadata& now) {
  const Schema schema = SchemaFromJson(now.schema_json);
  std::vector<Field> fields = SchemaFromJson(restored.schema_json).fields();
  bool later = false;
  for (Field& field : fields) {
    const auto at = schema.Find(field.name);
    auto rule = IdentityOf(field);
    const auto current = at ? IdentityOf(schema[*at]) : std::nullopt;
    if (!rule || !current || !current->high_water_mark) continue;
    const int64_t mark = *current->high_water_mark;
    rule->high_water_mark =
        rule->high_water_mark ? LaterNumber(*rule, *rule->high_water_mark, mark) : mark;
    field = WithIdentity(field, *rule);
    later = true;
  }
  if (later) restored.schema_json = SchemaToJson(Schema(std::move(fields)));
  return restored;
}

void Executor::SyncIdentity(const catalog::TableInfo& info,
                            const sql::AlterTable::SyncIdentity& sync) {
  if (info.kind == catalog::TableKind::kView) {
    return ChangeMetadata(info, "SYNC IDENTITY", [](delta::Metadata&) {});  // Throws.
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  const auto at = base->schema().Find(sync.column.parts.front().text);
  if (!at) {
    throw DiagnosticError(
        {{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", sync.column.span,
          "there is no column " + sync.column.ToString(), "columns: " + base->schema().ToDdl()}});
  }
  const Field& field = base->schema()[*at];
  const auto rule = IdentityOf(field);
  if (!rule || sync.column.parts.size() > 1) {
    throw DiagnosticError(
        {{"DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN", "42601", sync.column.span,
          "SYNC IDENTITY works on identity columns, and " + sync.column.ToString() + " is none",
          ""}});
  }
  const auto furthest =
      FurthestNumber(services_, id_, options_.principal, table, base, field, *rule);
  if (!furthest) return;
  const bool before_start = rule->step > 0 ? *furthest < rule->start : *furthest > rule->start;
  if (before_start) return;  // The first number is behind it.
  auto mark = NumberFrom(*rule, *furthest);
  if (!mark) {
    throw Error(ErrorCode::kInvalid, "column `" + field.name + "` has the number " +
                                         std::to_string(*furthest) +
                                         ", behind which BIGINT has none of its sequence")
        .WithCondition("ARITHMETIC_OVERFLOW");
  }
  // It never goes back: numbers of rows that are gone stay theirs.
  if (rule->high_water_mark) mark = LaterNumber(*rule, *rule->high_water_mark, *mark);
  if (mark == rule->high_water_mark) return;
  TableChange change{base, base->metadata(), false, {}, {}, CommitOptions("SYNC IDENTITY")};
  change.numbers.emplace(field.name, *mark);
  // Rows that come in between were not looked at.
  change.reads_table = true;
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

}  // namespace weir::session
