#include "weir/sql/ast_clone.h"

#include <string>
#include <utility>
#include <variant>

namespace weir::sql {
namespace {

// One overload for each kind of thing that owns parts; what owns none is copied.
ExprPtr Copy(const ExprPtr& expr) { return expr ? Clone(*expr) : nullptr; }
QueryPtr Copy(const QueryPtr& query) { return query ? Clone(*query) : nullptr; }
FromItemPtr Copy(const FromItemPtr& item);

Argument Copy(const Argument& a) { return {a.name, Copy(a.value)}; }
SortItem Copy(const SortItem& s) { return {Copy(s.expr), s.descending, s.nulls_first, s.span}; }
FrameBound Copy(const FrameBound& b) { return {b.kind, Copy(b.offset)}; }
SelectItem Copy(const SelectItem& s) { return {Copy(s.expr), s.alias, s.aliases}; }
Cte Copy(const Cte& c) { return {c.name, c.columns, Copy(c.most_levels), Copy(c.query)}; }
WindowSpec Copy(const WindowSpec& w);

Identifier Copy(const Identifier& name) { return name; }
std::string Copy(const std::string& text) { return text; }

template <typename A, typename B>
std::pair<A, B> Copy(const std::pair<A, B>& p) {
  return {Copy(p.first), Copy(p.second)};
}

// A vector of what cannot be copied claims to be copyable, so these have a name of their own.
template <typename T>
std::vector<T> CopyItems(const std::vector<T>& items) {
  std::vector<T> copies;
  copies.reserve(items.size());
  for (const T& item : items) copies.push_back(Copy(item));
  return copies;
}

std::vector<std::vector<ExprPtr>> CopyRows(const std::vector<std::vector<ExprPtr>>& rows) {
  std::vector<std::vector<ExprPtr>> copies;
  copies.reserve(rows.size());
  for (const auto& row : rows) copies.push_back(CopyItems(row));
  return copies;
}

WindowSpec Copy(const WindowSpec& w) {
  WindowSpec copy{w.base, CopyItems(w.partition_by), CopyItems(w.order_by), std::nullopt, w.span};
  if (w.frame) copy.frame = WindowFrame{w.frame->unit, Copy(w.frame->start), Copy(w.frame->end)};
  return copy;
}

struct ExprCopier {
  using Node = decltype(Expr::node);
  Node operator()(const LiteralExpr& e) const { return e; }
  Node operator()(const NameExpr& e) const { return e; }
  Node operator()(const StarExpr& e) const { return e; }
  Node operator()(const ParameterExpr& e) const { return e; }
  Node operator()(const UnaryExpr& e) const { return UnaryExpr{e.op, Copy(e.operand)}; }
  Node operator()(const BinaryExpr& e) const {
    return BinaryExpr{e.op, Copy(e.left), Copy(e.right)};
  }
  Node operator()(const BetweenExpr& e) const {
    return BetweenExpr{Copy(e.operand), Copy(e.low), Copy(e.high), e.negated};
  }
  Node operator()(const InListExpr& e) const {
    return InListExpr{Copy(e.operand), CopyItems(e.items), e.negated};
  }
  Node operator()(const InQueryExpr& e) const {
    return InQueryExpr{Copy(e.operand), Copy(e.query), e.negated};
  }
  Node operator()(const LikeExpr& e) const {
    return LikeExpr{e.kind,   e.quantifier, Copy(e.operand), CopyItems(e.patterns),
                    e.escape, e.negated};
  }
  Node operator()(const IsExpr& e) const { return IsExpr{e.kind, Copy(e.operand), e.negated}; }
  Node operator()(const IsDistinctExpr& e) const {
    return IsDistinctExpr{Copy(e.left), Copy(e.right), e.negated};
  }
  Node operator()(const CaseExpr& e) const {
    return CaseExpr{Copy(e.operand), CopyItems(e.branches), Copy(e.otherwise)};
  }
  Node operator()(const CastExpr& e) const {
    return CastExpr{Copy(e.operand), e.type, e.type_span, e.is_try};
  }
  Node operator()(const CallExpr& e) const {
    CallExpr copy{
        e.function,     CopyItems(e.arguments),    e.is_star,   e.distinct, Copy(e.filter),
        e.ignore_nulls, CopyItems(e.within_group), std::nullopt};
    if (e.over) copy.over = Copy(*e.over);
    copy.extracted = e.extracted;
    return copy;
  }
  Node operator()(const LambdaExpr& e) const { return LambdaExpr{e.parameters, Copy(e.body)}; }
  Node operator()(const SubqueryExpr& e) const { return SubqueryExpr{Copy(e.query)}; }
  Node operator()(const ExistsExpr& e) const { return ExistsExpr{Copy(e.query)}; }
  Node operator()(const IndexExpr& e) const { return IndexExpr{Copy(e.operand), Copy(e.index)}; }
  Node operator()(const FieldExpr& e) const { return FieldExpr{Copy(e.operand), e.field}; }
  Node operator()(const IntervalExpr& e) const { return IntervalExpr{CopyItems(e.parts)}; }
};

struct PipeCopier {
  using Operation = decltype(PipeFrom::operation);
  Operation operator()(const PipeFrom::Where& p) const {
    return PipeFrom::Where{Copy(p.condition)};
  }
  Operation operator()(const PipeFrom::Select& p) const { return PipeFrom::Select{Copy(p.query)}; }
  Operation operator()(const PipeFrom::Extend& p) const { return PipeFrom::Extend{Copy(p.query)}; }
  Operation operator()(const PipeFrom::Set& p) const { return PipeFrom::Set{CopyItems(p.columns)}; }
  Operation operator()(const PipeFrom::Drop& p) const { return p; }
  Operation operator()(const PipeFrom::As& p) const { return p; }
  Operation operator()(const PipeFrom::Aggregate& p) const {
    return PipeFrom::Aggregate{CopyItems(p.keys), p.grouped, CopyItems(p.items)};
  }
  Operation operator()(const PipeFrom::Organize& p) const {
    return PipeFrom::Organize{Copy(p.query)};
  }
  Operation operator()(const PipeFrom::Combine& p) const {
    return PipeFrom::Combine{Copy(p.query)};
  }
};

struct FromCopier {
  using Node = decltype(FromItem::node);
  Node operator()(const TableFrom& f) const {
    TableFrom copy{f.name, f.stream, {}};
    if (const auto* version = std::get_if<VersionAsOf>(&f.as_of)) {
      copy.as_of = VersionAsOf{Copy(version->version)};
    } else if (const auto* timestamp = std::get_if<TimestampAsOf>(&f.as_of)) {
      copy.as_of = TimestampAsOf{Copy(timestamp->timestamp)};
    }
    return copy;
  }
  Node operator()(const FunctionFrom& f) const {
    return FunctionFrom{f.function, CopyItems(f.arguments), f.stream};
  }
  Node operator()(const QueryFrom& f) const { return QueryFrom{Copy(f.query), f.lateral}; }
  Node operator()(const JoinFrom& f) const {
    return JoinFrom{f.kind, Copy(f.left), Copy(f.right), Copy(f.on), f.using_, f.natural};
  }
  Node operator()(const ValuesFrom& f) const { return ValuesFrom{CopyRows(f.rows)}; }
  Node operator()(const LateralViewFrom& f) const {
    return LateralViewFrom{Copy(f.input), f.outer, f.function, CopyItems(f.arguments)};
  }
  Node operator()(const SampleFrom& f) const {
    return SampleFrom{Copy(f.input), Copy(f.rows), f.percent, f.seed};
  }
  Node operator()(const WatermarkFrom& f) const {
    return WatermarkFrom{Copy(f.input), Copy(f.time), Copy(f.delay)};
  }
  Node operator()(const PivotFrom& f) const {
    return PivotFrom{Copy(f.input), CopyItems(f.aggregates), f.columns, CopyItems(f.values)};
  }
  Node operator()(const UnpivotFrom& f) const {
    return UnpivotFrom{Copy(f.input), f.include_nulls, f.values, f.name, f.columns};
  }
  Node operator()(const PipeFrom& f) const {
    PipeFrom copy;
    copy.input = Copy(f.input);
    copy.operation = std::visit(PipeCopier{}, f.operation);
    return copy;
  }
};

FromItemPtr Copy(const FromItemPtr& item) { return item ? Clone(*item) : nullptr; }

struct BodyCopier {
  using Node = decltype(Query::body);
  Node operator()(const Select& s) const {
    Select copy;
    copy.distinct = s.distinct;
    copy.distinct_on = s.distinct_on;
    copy.items = CopyItems(s.items);
    copy.from = Copy(s.from);
    copy.where = Copy(s.where);
    if (s.group_by) {
      copy.group_by = GroupBy{s.group_by->kind, CopyItems(s.group_by->keys),
                              CopyRows(s.group_by->sets), s.group_by->span};
    }
    copy.having = Copy(s.having);
    copy.qualify = Copy(s.qualify);
    copy.windows = CopyItems(s.windows);
    return copy;
  }
  Node operator()(const SetOperation& s) const {
    return SetOperation{s.kind, s.all, s.by_name, Copy(s.left), Copy(s.right)};
  }
  Node operator()(const ValuesBody& v) const { return ValuesBody{CopyRows(v.rows)}; }
  Node operator()(const FromBody& f) const { return FromBody{Copy(f.from)}; }
  Node operator()(const QueryPtr& query) const { return Copy(query); }
};

}  // namespace

ExprPtr Clone(const Expr& expr) {
  auto copy = std::make_unique<Expr>();
  copy->span = expr.span;
  copy->node = std::visit(ExprCopier{}, expr.node);
  copy->height = expr.height;
  return copy;
}

WindowSpec Clone(const WindowSpec& window) { return Copy(window); }

FromItemPtr Clone(const FromItem& item) {
  auto copy = std::make_unique<FromItem>();
  copy->span = item.span;
  copy->alias = item.alias;
  copy->node = std::visit(FromCopier{}, item.node);
  copy->piped = item.piped;
  copy->height = item.height;
  return copy;
}

QueryPtr Clone(const Query& query) {
  auto copy = std::make_unique<Query>();
  copy->span = query.span;
  copy->recursive = query.recursive;
  copy->with = CopyItems(query.with);
  copy->body = std::visit(BodyCopier{}, query.body);
  copy->order_by = CopyItems(query.order_by);
  copy->order_by_all = query.order_by_all;
  copy->order_by_all_descending = query.order_by_all_descending;
  copy->order_by_all_nulls_first = query.order_by_all_nulls_first;
  copy->limit = Copy(query.limit);
  copy->offset = Copy(query.offset);
  copy->height = query.height;
  return copy;
}

}  // namespace weir::sql
