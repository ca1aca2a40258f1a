#include "weir/base/error.h"
#include "weir/session/held_files.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"

// SELECT and EXPLAIN.
namespace weir::session {
sql::PlanPtr PlanOrThrow(sql::BindResult result) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&result)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundQuery>(std::move(result)).plan;
}

void Preparer::BindQuery(const sql::Query& query, const SessionOptions& options) {
  Binding binding(services_, options, nullptr, &state_);
  BindQuery(query, binding);
}

void Preparer::BindQuery(const sql::Query& query, Binding& binding) {
  prepared_.plan = PlanOrThrow(sql::BindQuery(query, binding.Names(), binding.Options()));
  prepared_.inputs = binding.WholeInputs();
  prepared_.access.reads = binding.access().reads;
  prepared_.temporaries = binding.temporaries();
}

void Preparer::Prepare(std::shared_ptr<const sql::StatementNode> statement) {
  prepared_.statement =
      statement->identifiers.empty() ? std::move(statement) : WithNames(*statement);
  const auto alive = prepared_.statement;
  std::visit(*this, alive->node);
}

void Preparer::operator()(const sql::QueryStatement& statement) {
  BindQuery(*statement.query, options_);
}

std::unique_ptr<Result> Executor::operator()(const sql::QueryStatement&) {
  return QueryRows(id_, services_.engine.Query({id_, prepared_.plan, prepared_.inputs, std::nullopt,
                                                prepared_.statement->span.source}));
}

void Preparer::operator()(const sql::Explain& statement) {
  if (std::holds_alternative<sql::ExecuteImmediate>(statement.statement->node)) {
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", statement.statement->span,
          "EXPLAIN EXECUTE IMMEDIATE is not supported", "write EXPLAIN into the string"}});
  }
  const auto* dataset = std::get_if<sql::CreateDataset>(&statement.statement->node);
  if (dataset != nullptr && dataset->kind == sql::CreateDataset::Kind::kMaterializedView) {
    return ExplainView(*dataset);
  }
  std::visit(*this, statement.statement->node);
  if (std::holds_alternative<sql::CopyInto>(statement.statement->node)) {
    throw DiagnosticError({{"UNSUPPORTED_FEATURE", "0A000", statement.statement->span,
                            "EXPLAIN COPY INTO is not supported",
                            "COPY INTO ... VALIDATE tries it without writing"}});
  }
}

std::unique_ptr<Result> Executor::operator()(const sql::Explain& statement) {
  std::string text;
  if (prepared_.plan == nullptr) {
    text = "runs in the catalog, without a plan: " + prepared_.text;
  } else {
    text = "== Plan ==\n" + sql::ToText(*prepared_.plan);
    if (!prepared_.refresh.empty()) text = prepared_.refresh + "\n" + text;
    if (statement.extended) {
      auto inputs = prepared_.inputs;
      if (prepared_.change != nullptr) {
        AddWithoutRows(prepared_.change->held, inputs);
      }
      text += "\n== Engine ==\n" +
              services_.engine.Explain({id_, prepared_.plan, std::move(inputs), std::nullopt});
    }
  }
  return RowsResult(id_, TextColumns({"plan"}), {{Text(text)}});
}

}  // namespace weir::session
