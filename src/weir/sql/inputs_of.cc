// The tables that a query names.
#include <algorithm>
#include <set>
#include <type_traits>

#include "weir/sql/ast_visit.h"
#include "weir/sql/binder.h"
#include "weir/sql/functions.h"
#include "weir/sql/table_name_text.h"

namespace weir::sql {

namespace {

class InputFinder {
 public:
  void Visit(const Query& query) {
    const size_t before = ctes_.size();
    for (const Cte& cte : query.with) {
      // A recursive one sees itself.
      if (query.recursive) ctes_.push_back(LowerName(cte.name.text));
      Visit(*cte.query);
      if (!query.recursive) ctes_.push_back(LowerName(cte.name.text));
    }
    if (const auto* select = std::get_if<Select>(&query.body)) {
      Visit(*select);
    } else if (const auto* set = std::get_if<SetOperation>(&query.body)) {
      Visit(*set->left);
      Visit(*set->right);
    } else if (const auto* values = std::get_if<ValuesBody>(&query.body)) {
      VisitRows(values->rows);
    } else if (const auto* from = std::get_if<FromBody>(&query.body)) {
      Visit(*from->from);
    } else {
      Visit(*std::get<QueryPtr>(query.body));
    }
    VisitSorts(query.order_by);
    VisitOne(query.limit);
    VisitOne(query.offset);
    ctes_.resize(before);
  }

  void Visit(const FromItem& item) {
    std::visit([&](const auto& node) { VisitNode(node); }, item.node);
  }

  std::vector<NamedInput> Take() { return std::move(inputs_); }

 private:
  void VisitOne(const ExprPtr& expr) {
    if (expr != nullptr) Visit(*expr);
  }
  void VisitSorts(const std::vector<SortItem>& sorts) {
    for (const SortItem& sort : sorts) VisitOne(sort.expr);
  }
  void VisitRows(const std::vector<std::vector<ExprPtr>>& rows) {
    for (const auto& row : rows) {
      for (const ExprPtr& expr : row) VisitOne(expr);
    }
  }
  void Visit(const Expr& expr) {
    if (const Query* query = QueryOf(expr)) Visit(*query);
    ForEachChild(expr, [&](const ExprPtr& child) { VisitOne(child); });
  }

  void Visit(const Select& select) {
    for (const SelectItem& item : select.items) VisitOne(item.expr);
    if (select.from != nullptr) Visit(*select.from);
    VisitOne(select.where);
    if (select.group_by) {
      for (const ExprPtr& key : select.group_by->keys) VisitOne(key);
      VisitRows(select.group_by->sets);
    }
    VisitOne(select.having);
    VisitOne(select.qualify);
    for (const auto& [name, window] : select.windows) {
      ForEachChild(window, [&](const ExprPtr& child) { VisitOne(child); });
    }
  }

  void VisitNode(const TableFrom& table) {
    const bool cte =
        table.name.parts.size() == 1 && !table.stream &&
        std::find(ctes_.begin(), ctes_.end(), LowerName(table.name.parts[0].text)) != ctes_.end();
    if (!cte) Add({table.name, table.stream, false, nullptr});
  }
  void VisitNode(const FunctionFrom& call) {
    const std::string name = LowerName(call.function.parts.back().text);
    if (const auto table = TableOfCall(call, name)) {
      Add({*table, call.stream, false, nullptr});
      return;
    }
    const bool known =
        call.function.parts.size() == 1 && !call.stream && (name == "range" || IsGenerator(name));
    if (!known) Add({call.function, call.stream, true, &call.arguments});
    VisitArguments(call.arguments);
  }
  void VisitNode(const QueryFrom& from) { Visit(*from.query); }
  void VisitNode(const JoinFrom& join) {
    Visit(*join.left);
    Visit(*join.right);
    VisitOne(join.on);
  }
  void VisitNode(const ValuesFrom& values) { VisitRows(values.rows); }
  void VisitNode(const LateralViewFrom& view) {
    Visit(*view.input);
    VisitArguments(view.arguments);
  }
  void VisitNode(const SampleFrom& sample) { Visit(*sample.input); }
  void VisitNode(const WatermarkFrom& watermark) {
    Visit(*watermark.input);
    VisitOne(watermark.time.expr);
  }
  void VisitNode(const PivotFrom& pivot) {
    Visit(*pivot.input);
    for (const SelectItem& aggregate : pivot.aggregates) VisitOne(aggregate.expr);
  }
  void VisitNode(const UnpivotFrom& unpivot) { Visit(*unpivot.input); }
  void VisitNode(const PipeFrom& pipe) {
    Visit(*pipe.input);
    ForEachChild(pipe, [&](const ExprPtr& child) { VisitOne(child); });
    if (const auto* combine = std::get_if<PipeFrom::Combine>(&pipe.operation)) {
      Visit(*std::get<SetOperation>(combine->query->body).right);
    } else if (const Query* query = QueryOf(pipe)) {
      Visit(*query);
    }
  }
  // table_changes('t', ...) and read_stream('t', ...) read t.
  static std::optional<Name> TableOfCall(const FunctionFrom& call, const std::string& name) {
    const bool reads = name == "table_changes" || name == "read_stream";
    if (!reads || call.function.parts.size() != 1 || call.arguments.empty()) return std::nullopt;
    const Expr& first = *call.arguments.front().value;
    const auto* literal = std::get_if<LiteralExpr>(&first.node);
    if (literal == nullptr || literal->value.is_null() ||
        literal->value.type().id() != TypeId::kString) {
      return std::nullopt;
    }
    return TableNameIn(literal->value.text(), first.span);
  }
  void VisitArguments(const std::vector<Argument>& arguments) {
    for (const Argument& argument : arguments) VisitOne(argument.value);
  }

  void Add(NamedInput input) {
    const std::string key = LowerName(input.name.ToString()) + (input.stream ? " s" : "") +
                            (input.is_function ? "()" : "");
    // Each call of a function may read something else.
    if (!known_.insert(key).second && !input.is_function) return;
    inputs_.push_back(std::move(input));
  }

  std::vector<std::string> ctes_;
  std::set<std::string> known_;
  std::vector<NamedInput> inputs_;
};

}  // namespace

std::vector<NamedInput> InputsOf(const Query& query) {
  InputFinder finder;
  finder.Visit(query);
  return finder.Take();
}

std::vector<NamedInput> InputsOf(const FromItem& item) {
  InputFinder finder;
  finder.Visit(item);
  return finder.Take();
}

}  // namespace weir::sql
