#include "weir/session/cdc_query.h"

#include <utility>

#include "weir/sql/ast_clone.h"

namespace weir::session {
namespace {

sql::SelectItem Item(sql::ExprPtr expr, const char* name) {
  const Span span = expr->span;
  return {std::move(expr), sql::Identifier{name, span}, {}};
}

// FALSE where the condition is NULL, or there is none.
sql::ExprPtr Whether(const sql::ExprPtr& condition, const Span& span) {
  sql::ExprPtr no = sql::ExprAt(span, sql::LiteralExpr{Value::Boolean(false)});
  if (condition == nullptr) return no;
  sql::CaseExpr choice;
  choice.branches.emplace_back(
      sql::Clone(*condition), sql::ExprAt(condition->span, sql::LiteralExpr{Value::Boolean(true)}));
  choice.otherwise = std::move(no);
  return sql::ExprAt(condition->span, std::move(choice));
}

}  // namespace

std::shared_ptr<const sql::Query> CdcQueryOf(const sql::AutoCdc& cdc) {
  if (cdc.source == nullptr) return sql::Clone(*cdc.snapshot);
  sql::Select select;
  select.items.push_back({sql::ExprAt(cdc.source->span, sql::StarExpr{}), {}, {}});
  select.items.push_back(Item(sql::Clone(*cdc.sequence_by), kSequenceColumn));
  select.items.push_back(Item(Whether(cdc.delete_when, cdc.span), kDeleteColumn));
  select.items.push_back(Item(Whether(cdc.truncate_when, cdc.span), kTruncateColumn));
  select.from = sql::Clone(*cdc.source);
  auto query = std::make_shared<sql::Query>();
  query->span = cdc.span;
  query->body = std::move(select);
  return query;
}

Flow FlowOf(const std::string& name, const std::shared_ptr<const sql::StatementNode>& statement,
            const sql::FlowBody& body) {
  if (body.cdc == nullptr) {
    std::shared_ptr<const sql::FlowReplace> replace;
    if (body.replace) replace = {statement, body.replace.get()};
    return {name, {statement, body.query.get()}, body.once, body.query->span, nullptr, replace};
  }
  std::shared_ptr<const sql::AutoCdc> cdc(statement, body.cdc.get());
  return {name, CdcQueryOf(*cdc), body.once, cdc->span, cdc};
}

std::vector<sql::NamedInput> InputsOfFlow(const Flow& flow) {
  std::vector<sql::NamedInput> inputs = sql::InputsOf(*flow.query);
  if (flow.cdc == nullptr || flow.cdc->version == nullptr) return inputs;
  for (sql::NamedInput& input : sql::InputsOf(*flow.cdc->version)) {
    inputs.push_back(std::move(input));
  }
  // Relations of the flow itself.
  std::erase_if(inputs, [](const sql::NamedInput& input) {
    const std::string name = LowerName(input.name.ToString());
    return input.is_function &&
           (name == "last_snapshot_version" || name == "current_snapshot_version");
  });
  return inputs;
}

}  // namespace weir::session
