#include "weir/session/held_source.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "weir/session/statement.h"
#include "weir/sql/bound_exprs.h"

namespace weir::session {
namespace {

// No text can name it.
constexpr const char* kHeldRows = "\x01held";

// The held rows under their name, and what others there is.
class NamesWithHeldRows final : public sql::NameResolver {
 public:
  NamesWithHeldRows(sql::InputId input, Schema columns, sql::NameResolver& others)
      : input_(input), columns_(std::move(columns)), others_(others) {}

  std::variant<sql::ResolvedRelation, Diagnostic> Table(
      const sql::Name& name, bool stream, const std::optional<Value>& as_of) override {
    if (name.parts.size() != 1 || name.parts[0].text != kHeldRows) {
      return others_.Table(name, stream, as_of);
    }
    return sql::ResolvedInput{input_, "rows that are computed once", columns_, {}, {}};
  }
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      bool stream) override {
    return others_.TableFunction(function, arguments, stream);
  }
  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Routine(
      const sql::Name& name) override {
    return others_.Routine(name);
  }
  std::optional<std::variant<sql::ResolvedVariable, Diagnostic>> Variable(
      const sql::Name& name) override {
    return others_.Variable(name);
  }

 private:
  const sql::InputId input_;
  const Schema columns_;
  sql::NameResolver& others_;
};

sql::Name OneName(const std::string& text, const Span& span) {
  return {{sql::Identifier{text, span}}, span};
}

// Above all ids in it.
sql::ColumnId FreeAfter(const sql::Plan& plan) {
  std::unordered_set<sql::ColumnId> ids;
  sql::CollectColumns(plan, ids);
  for (const sql::PlanColumn& column : plan.columns) ids.insert(column.id);
  return ids.empty() ? 0 : *std::max_element(ids.begin(), ids.end()) + 1;
}

void RequireHoldable(const sql::PlanColumn& column, const Span& span) {
  if (sql::CanBeHeld(column.type)) return;
  throw DiagnosticError({{"UNSUPPORTED_FEATURE", "0A000", span,
                          "column `" + column.name + "` is of type " + column.type.ToSql() +
                              ", and the rows of this query are first written to files, which "
                              "can't hold it: they may come out otherwise when they are computed "
                              "twice",
                          "convert it with CAST"}});
}

}  // namespace

HeldSource::HeldSource(const sql::Query& query, sql::InputId input, sql::NameResolver& names,
                       const sql::BindOptions& options) {
  const sql::PlanPtr plan = PlanOrThrow(sql::BindQuery(query, names, options));
  sql::ColumnId free = FreeAfter(*plan);
  std::vector<sql::NamedExpr> kept;
  std::vector<Field> columns;
  const auto keep = [&](const sql::PlanColumn& column, sql::BoundExprPtr expr) {
    const std::string name = "c" + std::to_string(kept.size());
    kept.push_back({{free++, name, column.type, column.nullable}, std::move(expr)});
    columns.push_back({name, column.type, column.nullable, column.metadata});
  };
  sql::Select select;
  for (const sql::PlanColumn& column : plan->columns) {
    const bool is_null = column.type.id() == TypeId::kVoid;
    sql::ExprPtr value;
    if (is_null) {
      value = sql::ExprAt(query.span, sql::LiteralExpr{Value::Null(column.type)});
    } else {
      RequireHoldable(column, query.span);
      keep(column, sql::ColumnOf(column, {}));
      value = sql::ExprAt(query.span, sql::NameExpr{OneName(columns.back().name, query.span)});
    }
    select.items.push_back({std::move(value), sql::Identifier{column.name, query.span}, {}});
  }
  // How many rows there are counts even so.
  if (kept.empty()) {
    keep({0, "", TypeId::kBoolean, false}, sql::LiteralOf(Value::Boolean(true), {}));
  }
  held_ = {input, sql::MakeProject(plan, std::move(kept))};
  select.from = std::make_unique<sql::FromItem>();
  select.from->span = query.span;
  select.from->node = sql::TableFrom{OneName(kHeldRows, query.span), false, {}};
  reader_ = std::make_unique<sql::Query>();
  reader_->span = query.span;
  reader_->body = std::move(select);
  names_ = std::make_unique<NamesWithHeldRows>(input, Schema(std::move(columns)), names);
}

HeldSource::~HeldSource() = default;

}  // namespace weir::session
