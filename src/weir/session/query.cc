#include "weir/base/error.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"

// SELECT and EXPLAIN.
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
