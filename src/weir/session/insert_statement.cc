#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/properties.h"
#include "weir/session/held_files.h"
#include "weir/session/held_source.h"
#include "weir/session/insert_columns.h"
#include "weir/session/lent_files.h"
#include "weir/session/replaced_rows.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/column_values.h"
#include "weir/types/parse_text.h"
#include "weir/types/schema_json.h"

// INSERT.
namespace weir::session {
namespace {

// A literal as a value of a column's type; a time without a zone is one of the session's.
std::optional<Value> ValueOf(const sql::LiteralExpr& literal, const DataType& type,
                             const TimeZone& zone, const TimeZones& zones) {
  const Value& written = literal.value;
  const std::string text = written.ToString();
  // As a partition the empty string is NULL.
  if (written.is_null() || text.empty()) return Value::Null(type);
  if (type.id() != TypeId::kTimestamp) return ParseValue(text, type);
  const bool is_moment = written.type().id() == TypeId::kTimestamp && !literal.zone;
  const bool has_region = literal.zone && !literal.zone->empty();
  const auto micros = ParseTimestamp(has_region ? text + " " + *literal.zone : text,
                                     is_moment ? *UtcZone() : zone, &zones);
  return micros ? std::optional(Value(type, *micros)) : std::nullopt;
}

// What PARTITION (p = v) says, as values of the columns' types.
PartitionValues ValuesOf(const sql::Insert& insert, const delta::Snapshot& base,
                         const TimeZone& zone, const TimeZones& zones) {
  PartitionValues values;
  const auto& partition = base.metadata().partition_columns;
  for (const auto& [name, expr] : insert.partition) {
    const Field& field = base.schema()[ColumnOf(name, base.schema())];
    if (std::find(partition.begin(), partition.end(), field.name) == partition.end()) {
      throw DiagnosticError({{"NON_PARTITION_COLUMN", "42000", name.span,
                              "the table is not partitioned by `" + name.text + "`",
                              "select the column with the others"}});
    }
    const auto& literal = std::get<sql::LiteralExpr>(expr->node);
    const auto value = ValueOf(literal, field.type, zone, zones);
    if (!value) {
      throw DiagnosticError({{"CAST_INVALID_INPUT", "22018", expr->span,
                              literal.value.ToString() + " is no value of type " +
                                  field.type.ToSql() + ", which `" + field.name + "` has",
                              ""}});
    }
    if (!values.emplace(field.name, *value).second) NamedTwice(name);
  }
  return values;
}

bool ReadsFrom(const Prepared& prepared, const io::Location& table) {
  return std::any_of(prepared.inputs.begin(), prepared.inputs.end(), [&](const auto& input) {
    const auto* read = engine::TableOf(input.second);
    return read != nullptr && read->uri == table.uri;
  });
}

// The rows that make room for the new ones, as a condition; null where it is none or all.
sql::ExprPtr ReplacedRowsOf(const sql::Insert& insert, const PartitionValues& values,
                            const Schema& target) {
  if (insert.replace_where) return sql::Clone(*insert.replace_where);
  if (!insert.overwrite) return nullptr;
  sql::ExprPtr all;
  for (const auto& [name, expr] : insert.partition) {
    const Value& value = values.at(target[*target.Find(name.text)].name);
    auto column = sql::ExprAt(name.span, sql::NameExpr{{{name}, name.span}});
    auto equal =
        sql::ExprAt(name.span, sql::BinaryExpr{sql::BinaryOp::kNullSafeEq, std::move(column),
                                               sql::ExprAt(expr->span, sql::LiteralExpr{value})});
    all = all == nullptr
              ? std::move(equal)
              : sql::ExprAt(name.span,
                            sql::BinaryExpr{sql::BinaryOp::kAnd, std::move(all), std::move(equal)});
  }
  return all;
}

// SET spark.sql.sources.partitionOverwriteMode = dynamic: INSERT OVERWRITE replaces the partitions
// that its rows are of.
bool OverwritesDynamically(const SessionState& state) {
  const auto mode = state.settings().find(kOverwriteMode);
  return mode != state.settings().end() && LowerName(mode->second) == "dynamic";
}

}  // namespace

std::string Preparer::WritableLocation(const sql::Name& target, const std::string& statement) {
  if (IsPathName(target)) {
    return AllowedPath(services_, principal(), catalog::Privilege::kWriteFiles, target,
                       options_.base_folder)
        .uri;
  }
  if (const TemporaryView* const view = state_.FindView(target)) {
    throw Error(ErrorCode::kInvalid, view->ToString() + " is a temporary view; rows go into tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const auto name = Qualify(target, options_.catalog, options_.schema);
  const auto info = services_.catalog.FindTable(name);
  if (!info) {
    services_.catalog.RequireAbsence(principal(), catalog::Privilege::kModify, SecurableOf(name));
    throw DiagnosticError({{"TABLE_OR_VIEW_NOT_FOUND", "42P01", target.span,
                            "the table " + name.ToString() + " can't be found",
                            "CREATE TABLE makes one; SHOW TABLES lists what is there"}});
  }
  services_.catalog.RequireTable(principal(), catalog::Privilege::kModify, name);
  const char* const not_allowed =
      statement == "INSERT" ? "UNSUPPORTED_INSERT.NOT_ALLOWED" : "UNSUPPORTED_FEATURE";
  if (info->kind == catalog::TableKind::kEventLog) {
    throw Error(ErrorCode::kInvalid, name.ToString() +
                                         " is an event log, which only the updates of its "
                                         "pipeline write; " +
                                         statement + " can't")
        .WithCondition(not_allowed);
  }
  if (info->kind != catalog::TableKind::kManaged && info->kind != catalog::TableKind::kExternal) {
    throw Error(ErrorCode::kInvalid,
                name.ToString() + " is " + std::string(catalog::TableKindPhrase(info->kind)) +
                    ", which " + statement + " can't write; its definition fills it")
        .WithCondition(info->kind == catalog::TableKind::kView
                           ? "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE"
                           : not_allowed);
  }
  return info->location;
}

void Preparer::RequireReadable(const sql::Name& target) {
  if (IsPathName(target)) {
    (void)AllowedPath(services_, principal(), catalog::Privilege::kReadFiles, target,
                      options_.base_folder);
    return;
  }
  services_.catalog.RequireTable(principal(), catalog::Privilege::kSelect,
                                 Qualify(target, options_.catalog, options_.schema));
}

std::string Preparer::NameForRecord(const sql::Name& table, const std::string& location) const {
  if (IsPathName(table)) return location;
  return Qualify(table, options_.catalog, options_.schema).ToString();
}

void Preparer::operator()(const sql::Insert& statement) {
  const std::string location = WritableLocation(statement.target, "INSERT");
  // What a condition picks tells of the rows that are there.
  if (statement.replace_where || statement.matching) RequireReadable(statement.target);
  Binding binding(services_, options_, nullptr, &state_);
  // Before the query is bound: what it reads of the same table is then as new, or newer.
  prepared_.target = OpenTable(services_, location).Latest();
  const Schema& target = prepared_.target->schema();
  const PartitionValues values =
      ValuesOf(statement, *prepared_.target, *options_.zone, services_.engine.time_zones());
  if (statement.overwrite || statement.replace_where || statement.matching) {
    delta::CheckMayLoseRows(prepared_.target->metadata().configuration,
                            NameForRecord(statement.target, location));
  }
  Schema given = GivenColumns(statement.columns, values, target);
  const sql::QueryPtr with_defaults =
      statement.by_name ? nullptr : sql::WithDefaults(*statement.query, given);
  const sql::Query& query = with_defaults ? *with_defaults : *statement.query;
  sql::Evolution evolution = EvolutionOf(*prepared_.target);
  evolution.with = [&, with = evolution.with](const Schema& more) {
    prepared_.evolved = with(more);
    return *prepared_.evolved;
  };
  const bool evolves = statement.schema_evolution;
  const sql::BindOptions options = binding.Options();
  const auto bind = [&](const sql::Query& rows, sql::NameResolver& names) {
    return PlanOrThrow(sql::BindInsert(rows, given, statement.by_name,
                                       evolves && statement.columns.empty(), names, options,
                                       evolves ? &evolution : nullptr));
  };
  sql::PlanPtr plan = bind(query, binding.Names());
  // Which rows go is then asked of those that come.
  std::optional<HeldSource> held;
  if (statement.matching && !sql::IsSettled(*plan)) {
    held.emplace(query, kMatchedTable - 1, binding.Names(), options);
    plan = bind(held->reader(), held->names());
  }
  const Schema after = evolves ? *prepared_.evolved : target;
  if (evolves) given = sql::SchemaOf(*plan);
  const bool by_position = !statement.by_name && statement.columns.empty() && values.empty();
  if (!by_position || given.size() != after.size()) {
    plan = FillColumns(std::move(plan), given, values, after, binding.Options());
  }
  if (const auto replaced = ReplacedRowsOf(statement, values, target)) {
    prepared_.replaced = BindRows(*replaced, target, binding.Names(), binding.Options());
    if (statement.replace_where) {
      plan = RequirePicked(std::move(plan), *replaced, prepared_.replaced->text, binding.Names(),
                           binding.Options());
    }
  }
  if (statement.matching) {
    sql::BoundChange matching = BindMatching(*statement.matching, held ? held->reader() : query,
                                             TargetOf(statement.target, kMatchedTable, target),
                                             held ? held->names() : binding.Names(), options);
    if (held) matching.held.push_back(held->held());
    prepared_.change = std::make_shared<const sql::BoundChange>(std::move(matching));
  }
  if (statement.matching || prepared_.replaced) {
    JudgeFiles(services_, principal(), *prepared_.target,
               OpenTable(services_, location).location());
  }
  prepared_.plan = std::move(plan);
  prepared_.inputs = binding.WholeInputs();
  prepared_.access = binding.access();
  if (statement.matching) {
    prepared_.access.reads.push_back(NameForRecord(statement.target, location));
  }
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

sql::ChangeTarget Preparer::TargetOf(const sql::Name& name, sql::InputId input,
                                     const Schema& schema) const {
  sql::ChangeTarget target{input, name.ToString(), {}, schema};
  if (IsPathName(name)) {
    for (const auto& part : name.parts) target.qualifier.push_back(part.text);
  } else {
    const auto full = Qualify(name, options_.catalog, options_.schema);
    target.display_name = full.ToString();
    target.qualifier = {full.catalog, full.schema, full.name};
  }
  return target;
}

std::unique_ptr<Result> Executor::operator()(const sql::Insert& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const auto& replaced = prepared_.replaced;
  TableChange change;
  change.base = prepared_.target;
  change.reads_table = ReadsFrom(prepared_, table.location());
  // Spark's rule: where PARTITION names every partition column there is nothing left to find out.
  const size_t partitions = change.base->metadata().partition_columns.size();
  const bool dynamic = statement.overwrite && partitions > statement.partition.size() &&
                       OverwritesDynamically(state_);
  change.replace_all = statement.overwrite && !replaced && !dynamic;
  change.commit = CommitOptions("WRITE");
  const bool appends = !statement.overwrite && !replaced && !statement.matching;
  change.commit.parameters["mode"] = appends ? "\"Append\"" : "\"Overwrite\"";
  delta::Metadata metadata = change.base->metadata();
  if (prepared_.evolved && !(*prepared_.evolved == change.base->schema())) {
    metadata.schema_json = SchemaToJson(*prepared_.evolved);
    change.metadata = metadata;
  }
  const auto& text = prepared_.statement->span.source;
  const HeldFiles held(services_, id_,
                       statement.matching ? prepared_.change->held : std::vector<sql::HeldQuery>(),
                       prepared_.inputs, table.location(), text);
  engine::WriteResult written =
      WriteFiles(services_, id_, prepared_.plan, held.inputs(), table.location(), metadata,
                 RuleOptions(services_, options_), text);
  held.AddFoundTo(written.statistics);
  change.files = written.files;
  change.numbers = written.last_numbers;
  change.commit.metrics = WriteMetrics(written);
  if (dynamic) {
    change.commit.parameters["isDynamicPartitionOverwrite"] = "true";
    RemovePartitions(change);
  } else if (statement.matching) {
    RemoveMatching(services_, id_, *prepared_.change, held.inputs(), table, change);
  } else if (replaced) {
    change.commit.parameters["predicate"] = Json(replaced->text).dump();
    RemoveRows(services_, id_, *replaced, table, change);
  }
  versions_[info.name.ToString()] =
      NamingTable(info, [&] { return CommitChange(services_, table, change).version; });
  AutoCompact(info, table);
  const Value rows = Value::Long(written.statistics.rows);
  return RowsResult(id_,
                    Schema({{"num_affected_rows", TypeId::kLong, true, "{}"},
                            {"num_inserted_rows", TypeId::kLong, true, "{}"}}),
                    {{rows, rows}}, written.statistics);
}

}  // namespace weir::session
