#include "weir/session/changed_files.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "weir/session/replaced_rows.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/fresh_ids.h"
#include "weir/sql/stateful_query.h"
#include "weir/types/relation.h"

namespace weir::session {
namespace {

constexpr const char* kFilePath = "file_path";

// Where the columns of a plan come from: what projections give them, and the hidden columns of one
// input.
struct Origins {
  std::unordered_map<sql::ColumnId, sql::BoundExprPtr> given;
  std::set<sql::ColumnId> metadata;
};

void Collect(const sql::Plan& plan, sql::InputId input, Origins& origins) {
  if (const auto* project = std::get_if<sql::ProjectPlan>(&plan.node)) {
    for (const sql::NamedExpr& each : project->exprs) {
      // What is only passed on keeps its number.
      const sql::BoundColumn* column = sql::AsColumn(*each.expr);
      if (column == nullptr || column->id != each.column.id) {
        origins.given.emplace(each.column.id, each.expr);
      }
    }
  }
  if (const auto* scan = std::get_if<sql::ScanPlan>(&plan.node); scan && scan->input == input) {
    for (const sql::PlanColumn& column : plan.columns) {
      if (column.name == "_metadata" && column.type == FileMetadataType()) {
        origins.metadata.insert(column.id);
      }
    }
  }
  sql::ForEachChildPlan(plan, [&](const sql::PlanPtr& child) { Collect(*child, input, origins); });
}

// Follows a column to what is no column that a projection gives; null where it ends at a relation.
const sql::BoundExpr* ExprBehind(sql::ColumnId& id, const Origins& origins) {
  for (;;) {
    const auto given = origins.given.find(id);
    if (given == origins.given.end()) return nullptr;
    const sql::BoundColumn* column = sql::AsColumn(*given->second);
    if (column == nullptr) return given->second.get();
    id = column->id;
  }
}

bool IsFilePath(sql::ColumnId id, const Origins& origins) {
  const sql::BoundExpr* expr = ExprBehind(id, origins);
  if (expr == nullptr) return false;
  const auto* member = std::get_if<sql::BoundField>(&expr->node);
  if (member == nullptr) return false;
  const sql::BoundColumn* whole = sql::AsColumn(*member->operand);
  if (whole == nullptr || member->operand->type.fields().at(member->index).name != kFilePath) {
    return false;
  }
  sql::ColumnId origin = whole->id;
  return ExprBehind(origin, origins) == nullptr && origins.metadata.contains(origin);
}

// The column of `plan` that is the path of the input's files as it is.
std::optional<std::string> FilePathColumn(const sql::Plan& plan, sql::InputId input) {
  Origins origins;
  Collect(plan, input, origins);
  for (const sql::PlanColumn& column : plan.columns) {
    if (IsFilePath(column.id, origins)) return column.name;
  }
  return std::nullopt;
}

[[noreturn]] void Refuse(const Span& span, const std::string& why, const std::string& hint) {
  throw DiagnosticError(
      {{"UNSUPPORTED_FEATURE", "0A000", span, "allowOverwrites => 'replace' " + why, hint}});
}

// That rows of the table whose column is one of these texts go away.
sql::BoundChange RemovalOf(const delta::Snapshot& table, const std::string& column,
                           const std::vector<std::string>& texts) {
  sql::BoundChange removal;
  removal.columns = sql::NumberedColumns(table.schema());
  removal.schema = table.schema();
  const auto at = table.schema().Find(column);
  std::vector<sql::BoundExprPtr> parts{sql::ColumnOf(removal.columns[*at], {})};
  for (const std::string& text : texts) parts.push_back(sql::LiteralOf(Value::String(text), {}));
  removal.picked = sql::MakeCall("in", std::move(parts));
  const sql::ScanPlan scan{kMatchedTable, "rows of files that changed"};
  removal.kept = sql::MakePlan(removal.columns, scan);
  auto placed = removal.columns;
  const auto next = static_cast<sql::ColumnId>(placed.size());
  placed.push_back({next, sql::kFileColumn, TypeId::kLong, false});
  placed.push_back({next + 1, sql::kRowColumn, TypeId::kLong, false});
  std::vector<sql::NamedExpr> places;
  for (sql::ColumnId id = next; id <= next + 1; ++id) {
    const sql::PlanColumn& place = placed[id];
    places.push_back({{id + 2, place.name, place.type, false}, sql::ColumnOf(place, {})});
  }
  removal.rows = sql::MakeProject(sql::MakeFilter(sql::MakePlan(placed, scan), removal.picked),
                                  std::move(places));
  return removal;
}

}  // namespace

void RequireFilePaths(const Dataset& dataset, const Flow& flow, const BoundFlow& bound) {
  for (const BoundInput& input : bound.binding->inputs()) {
    if (input.source == nullptr || !input.stream || !input.source->Replaces()) continue;
    const std::string otherwise =
        "'append' reads a changed file again, and its rows come beside the old ones";
    if (flow.cdc != nullptr) {
      Refuse(input.span, "can't be used with AUTO CDC, which keeps no rows of files", otherwise);
    }
    if (flow.replace != nullptr) {
      Refuse(input.span, "can't be used by a flow that replaces rows by itself", otherwise);
    }
    if (sql::IsStateful(*sql::WithoutCtes(bound.plan), {input.id})) {
      Refuse(input.span, "can't be used by a query that keeps rows between its batches", otherwise);
    }
    if (dataset.flows.size() > 1) {
      Refuse(input.span,
             "can't be used where several flows fill a table (" + dataset.name.ToString() +
                 "): rows of one would take the place of the other's",
             "let each flow fill a table of its own; " + otherwise);
    }
    if (!FilePathColumn(*bound.plan, input.id)) {
      Refuse(input.span,
             "needs a column that tells which file a row is of, and the query of " +
                 dataset.name.ToString() + " gives none",
             "add `_metadata.file_path AS source_file` to what it selects, as it is; " + otherwise);
    }
  }
}

size_t RemoveRowsOfChangedFiles(const Services& services, const std::string& statement_id,
                                const BoundFlow& bound,
                                const std::map<sql::InputId, engine::Input>& inputs,
                                const delta::Table& table, TableChange& change) {
  size_t count = 0;
  for (const auto& [id, input] : inputs) {
    const auto* read = std::get_if<engine::RelationInput>(&input);
    const auto* files = read == nullptr ? nullptr : std::get_if<FileSet>(&read->relation);
    if (files == nullptr || files->replaced.empty()) continue;
    const auto column = FilePathColumn(*bound.plan, id);
    // Rows that came before the table had the column do not tell; nor does a query that was changed
    // after its batch was stored, and then asks for something else.
    if (!column || !change.base->schema().Find(*column)) continue;
    count += files->replaced.size();
    RemoveMatching(services, statement_id, RemovalOf(*change.base, *column, files->replaced), {},
                   table, change);
  }
  return count;
}

}  // namespace weir::session
