#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/types/schema_json.h"

// SELECT, INSERT and EXPLAIN.
namespace weir::session {
namespace {

class QueryRows : public Result {
 public:
  QueryRows(std::string id, std::unique_ptr<engine::QueryResult> rows)
      : id_(std::move(id)), rows_(std::move(rows)) {}
  const Schema& schema() const override { return rows_->schema(); }
  std::optional<Batch> Next() override { return rows_->Next(); }
  const std::string& statement_id() const override { return id_; }
  const engine::RunStatistics& statistics() const override { return rows_->statistics(); }

 private:
  std::string id_;
  std::unique_ptr<engine::QueryResult> rows_;
};

// `plan` gives `given` columns; the result has all of `target`, NULL where nothing was given.
sql::PlanPtr FillColumns(sql::PlanPtr plan, const std::vector<sql::Identifier>& given,
                         const Schema& target) {
  constexpr sql::ColumnId kFirstFilled = 0x40000000;
  sql::ProjectPlan project{plan, {}};
  std::vector<sql::PlanColumn> columns;
  for (size_t i = 0; i < target.size(); ++i) {
    size_t from = 0;
    while (from < given.size() && LowerName(given[from].text) != LowerName(target[i].name)) ++from;
    sql::BoundExpr expr;
    sql::ColumnId id = kFirstFilled + static_cast<sql::ColumnId>(i);
    if (from < given.size()) {
      const sql::PlanColumn& column = plan->columns[from];
      expr = {{}, column.type, column.nullable, sql::BoundColumn{column.id, column.name}};
    } else {
      expr = {{}, target[i].type, true, sql::BoundLiteral{Value::Null(target[i].type)}};
    }
    columns.push_back({id, target[i].name, expr.type, expr.nullable, "{}"});
    project.exprs.push_back({columns.back(), std::make_shared<sql::BoundExpr>(std::move(expr))});
  }
  return std::make_shared<sql::Plan>(sql::Plan{std::move(columns), std::move(project)});
}

// The columns an INSERT names, in its order.
Schema NamedColumns(const std::vector<sql::Identifier>& names, const Schema& target) {
  std::vector<Field> fields;
  for (const auto& name : names) {
    const auto at = target.Find(name.text);
    if (!at) {
      throw DiagnosticError(
          {{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", name.span,
            "the table has no column `" + name.text + "`", "its columns: " + target.ToDdl()}});
    }
    for (const Field& field : fields) {
      if (field.name == target[*at].name) {
        throw DiagnosticError({{"COLUMN_ALREADY_EXISTS", "42711", name.span,
                                "the column `" + name.text + "` stands twice", ""}});
      }
    }
    fields.push_back(target[*at]);
  }
  return Schema(std::move(fields));
}

bool ReadsFrom(const Prepared& prepared, const io::Location& table) {
  return std::any_of(prepared.inputs.begin(), prepared.inputs.end(), [&](const auto& input) {
    const auto* read = std::get_if<engine::TableInput>(&input.second);
    return read != nullptr && read->location.uri == table.uri;
  });
}

}  // namespace

sql::PlanPtr PlanOrThrow(sql::BindResult result) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&result)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundQuery>(std::move(result)).plan;
}

void Preparer::BindQuery(const sql::Query& query, const SessionOptions& options) {
  Binding binding(services_, options, nullptr);
  prepared_.plan = PlanOrThrow(sql::BindQuery(query, binding.Names(), binding.Options()));
  prepared_.inputs = binding.WholeInputs();
  prepared_.access.reads = binding.access().reads;
}

void Preparer::operator()(const sql::QueryStatement& statement) {
  BindQuery(*statement.query, options_);
}

std::unique_ptr<Result> Executor::operator()(const sql::QueryStatement&) {
  return std::make_unique<QueryRows>(
      id_, services_.engine.Query({id_, prepared_.plan, prepared_.inputs, std::nullopt}));
}

std::string Preparer::WritableLocation(const sql::Name& target) {
  if (IsPathName(target)) {
    return AllowedPath(services_, principal(), catalog::Privilege::kWriteFiles, target,
                       options_.base_folder)
        .uri;
  }
  const auto name = Qualify(target, options_.catalog, options_.schema);
  const auto info = services_.catalog.FindTable(name);
  if (!info) {
    services_.catalog.RequireLook(principal(), {name.catalog, name.schema});
    throw DiagnosticError({{"TABLE_OR_VIEW_NOT_FOUND", "42P01", target.span,
                            "the table " + name.ToString() + " can't be found",
                            "CREATE TABLE makes one; SHOW TABLES lists what is there"}});
  }
  services_.catalog.RequireTable(principal(), catalog::Privilege::kModify, name);
  if (info->kind != catalog::TableKind::kManaged && info->kind != catalog::TableKind::kExternal) {
    throw Error(ErrorCode::kInvalid, name.ToString() + " is a " +
                                         std::string(catalog::TableKindName(info->kind)) +
                                         ", which INSERT can't write; its definition fills it")
        .WithCondition("UNSUPPORTED_INSERT.NOT_ALLOWED");
  }
  return info->location;
}

void Preparer::operator()(const sql::Insert& statement) {
  const std::string location = WritableLocation(statement.target);
  Binding binding(services_, options_, nullptr);
  // Before the query is bound: what it reads of the same table is then as new, or newer.
  prepared_.target = OpenTable(services_, location).Latest();
  const Schema& target = prepared_.target->schema();
  const Schema columns =
      statement.columns.empty() ? target : NamedColumns(statement.columns, target);
  prepared_.plan = PlanOrThrow(sql::BindInsert(*statement.query, columns, statement.by_name, false,
                                               binding.Names(), binding.Options()));
  if (!statement.columns.empty()) {
    prepared_.plan = FillColumns(prepared_.plan, statement.columns, target);
  }
  prepared_.inputs = binding.WholeInputs();
  prepared_.access = binding.access();
  prepared_.access.writes.push_back(
      IsPathName(statement.target)
          ? location
          : Qualify(statement.target, options_.catalog, options_.schema).ToString());
}

std::unique_ptr<Result> Executor::operator()(const sql::Insert& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const auto& base = prepared_.target;
  const engine::WriteResult written = WriteFiles(services_, id_, prepared_.plan, prepared_.inputs,
                                                 table.location(), base->metadata());
  TableChange change{base, {}, statement.overwrite, written.files, {}, CommitOptions("WRITE")};
  change.reads_table = ReadsFrom(prepared_, table.location());
  change.commit.parameters["mode"] = statement.overwrite ? "\"Overwrite\"" : "\"Append\"";
  change.commit.metrics = WriteMetrics(written);
  versions_[info.name.ToString()] = CommitChange(table, change).version;
  const Value rows = Value::Long(written.statistics.rows);
  return RowsResult(id_,
                    Schema({{"num_affected_rows", TypeId::kLong, true, "{}"},
                            {"num_inserted_rows", TypeId::kLong, true, "{}"}}),
                    {{rows, rows}});
}

void Preparer::operator()(const sql::Explain& statement) {
  std::visit(*this, statement.statement->node);
}

std::unique_ptr<Result> Executor::operator()(const sql::Explain& statement) {
  std::string text;
  if (prepared_.plan == nullptr) {
    text = "runs in the catalog, without a plan: " + prepared_.text;
  } else {
    text = "== Plan ==\n" + sql::ToText(*prepared_.plan);
    if (statement.extended) {
      text += "\n== Engine ==\n" +
              services_.engine.Explain({id_, prepared_.plan, prepared_.inputs, std::nullopt});
    }
  }
  return RowsResult(id_, TextColumns({"plan"}), {{Text(text)}});
}

}  // namespace weir::session
