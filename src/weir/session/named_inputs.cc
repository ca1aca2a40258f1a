#include "weir/session/named_inputs.h"

#include <utility>

#include "weir/base/error.h"
#include "weir/sql/parser.h"

namespace weir::session {
namespace {

[[noreturn]] void ThrowOwnMistake(const std::string& text, const Diagnostics& diagnostics) {
  throw Error(ErrorCode::kInternal, "a text of weir's own does not bind",
              DiagnosticError(diagnostics).what() + std::string("\n") + text);
}

Diagnostic NoSuchInput(const sql::Name& name) {
  return {"TABLE_OR_VIEW_NOT_FOUND", "42P01", name.span, name.ToString() + " is no input", ""};
}

sql::StatementPtr Parsed(const std::string& text) {
  auto parsed = sql::ParseStatement(std::make_shared<SourceText>(SourceText{"<weir>", text}));
  if (const auto* wrong = std::get_if<Diagnostics>(&parsed)) ThrowOwnMistake(text, *wrong);
  return std::get<sql::StatementPtr>(std::move(parsed));
}

}  // namespace

void NamedInputs::Put(const std::string& name, sql::InputId id, const Schema& schema,
                      engine::Input input) {
  known_.insert_or_assign(name, Known{id, schema});
  inputs_.insert_or_assign(id, std::move(input));
}

std::map<sql::InputId, engine::Input> NamedInputs::InputsBut(
    const std::vector<std::string>& names) const {
  auto inputs = inputs_;
  for (const std::string& name : names) {
    const auto at = known_.find(name);
    if (at != known_.end()) inputs.erase(at->second.id);
  }
  return inputs;
}

sql::PlanPtr NamedInputs::Query(const std::string& text) {
  const sql::StatementPtr statement = Parsed(text);
  auto bound =
      sql::BindQuery(*std::get<sql::QueryStatement>(statement->node).query, *this, options_);
  if (const auto* wrong = std::get_if<Diagnostics>(&bound)) ThrowOwnMistake(text, *wrong);
  return std::get<sql::BoundQuery>(std::move(bound)).plan;
}

sql::BoundChange NamedInputs::Merge(const std::string& text, sql::InputId target,
                                    const Schema& schema) {
  const sql::StatementPtr statement = Parsed(text);
  auto bound = sql::BindMerge(std::get<sql::Merge>(statement->node),
                              {target, "target", {"target"}, schema}, *this, options_);
  if (const auto* wrong = std::get_if<Diagnostics>(&bound)) ThrowOwnMistake(text, *wrong);
  return std::get<sql::BoundChange>(std::move(bound));
}

std::variant<sql::ResolvedRelation, Diagnostic> NamedInputs::Table(const sql::Name& name, bool,
                                                                   const std::optional<Value>&) {
  const auto at = known_.find(name.parts.back().text);
  if (at == known_.end()) return NoSuchInput(name);
  return sql::ResolvedInput{at->second.id, at->first, at->second.schema, {}, {at->first}};
}

std::variant<sql::ResolvedRelation, Diagnostic> NamedInputs::TableFunction(
    const sql::Name& function, const std::vector<sql::NamedArgument>&, bool) {
  return NoSuchInput(function);
}

}  // namespace weir::session
