#pragma once

#include <type_traits>
#include <variant>

#include "weir/sql/ast.h"

namespace weir::sql {

// Calls `visit(const ExprPtr&)` for each expression directly below `window`. None is null.
template <typename Visit>
void ForEachChild(const WindowSpec& window, Visit&& visit) {
  for (const ExprPtr& key : window.partition_by) visit(key);
  for (const SortItem& item : window.order_by) visit(item.expr);
  if (!window.frame) return;
  if (window.frame->start.offset) visit(window.frame->start.offset);
  if (window.frame->end.offset) visit(window.frame->end.offset);
}

template <typename Visit>
void ForEachChild(const CallExpr& call, Visit&& visit) {
  for (const Argument& argument : call.arguments) visit(argument.value);
  for (const SortItem& item : call.within_group) visit(item.expr);
  if (call.filter) visit(call.filter);
  if (call.over) ForEachChild(*call.over, visit);
}

// Calls `visit(const ExprPtr&)` for each expression directly below `expr`, in the order of the
// text, not into sub-queries. None is null.
template <typename Visit>
void ForEachChild(const Expr& expr, Visit&& visit) {
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, UnaryExpr> || std::is_same_v<T, IsExpr> ||
                      std::is_same_v<T, CastExpr> || std::is_same_v<T, FieldExpr> ||
                      std::is_same_v<T, InQueryExpr>) {
          visit(node.operand);
        } else if constexpr (std::is_same_v<T, BinaryExpr> || std::is_same_v<T, IsDistinctExpr>) {
          visit(node.left);
          visit(node.right);
        } else if constexpr (std::is_same_v<T, BetweenExpr>) {
          visit(node.operand);
          visit(node.low);
          visit(node.high);
        } else if constexpr (std::is_same_v<T, InListExpr>) {
          visit(node.operand);
          for (const ExprPtr& item : node.items) visit(item);
        } else if constexpr (std::is_same_v<T, LikeExpr>) {
          visit(node.operand);
          for (const ExprPtr& pattern : node.patterns) visit(pattern);
        } else if constexpr (std::is_same_v<T, CaseExpr>) {
          if (node.operand) visit(node.operand);
          for (const auto& [when, then] : node.branches) {
            visit(when);
            visit(then);
          }
          if (node.otherwise) visit(node.otherwise);
        } else if constexpr (std::is_same_v<T, CallExpr>) {
          ForEachChild(node, visit);
        } else if constexpr (std::is_same_v<T, LambdaExpr>) {
          visit(node.body);
        } else if constexpr (std::is_same_v<T, IndexExpr>) {
          visit(node.operand);
          visit(node.index);
        } else if constexpr (std::is_same_v<T, IntervalExpr>) {
          for (const auto& [value, unit] : node.parts) visit(value);
        }
      },
      expr.node);
}

// The expressions of one operator of a pipe.
template <typename Visit>
void ForEachChild(const PipeFrom& pipe, Visit&& visit) {
  if (const auto* where = std::get_if<PipeFrom::Where>(&pipe.operation)) visit(where->condition);
  if (const auto* set = std::get_if<PipeFrom::Set>(&pipe.operation)) {
    for (const auto& [column, value] : set->columns) visit(value);
  }
  if (const auto* aggregate = std::get_if<PipeFrom::Aggregate>(&pipe.operation)) {
    for (const SelectItem& key : aggregate->keys) visit(key.expr);
    for (const SelectItem& item : aggregate->items) visit(item.expr);
  }
}

// The query in one operator of a pipe; null: none. Its FROM is the pipe's input.
inline const Query* QueryOf(const PipeFrom& pipe) {
  const auto query = [](const auto* one) { return one == nullptr ? nullptr : one->query.get(); };
  if (const Query* q = query(std::get_if<PipeFrom::Select>(&pipe.operation))) return q;
  if (const Query* q = query(std::get_if<PipeFrom::Extend>(&pipe.operation))) return q;
  if (const Query* q = query(std::get_if<PipeFrom::Organize>(&pipe.operation))) return q;
  return query(std::get_if<PipeFrom::Combine>(&pipe.operation));
}

// The query directly in `expr`: a sub-query, EXISTS, IN (SELECT ...). Null for others.
inline const Query* QueryOf(const Expr& expr) {
  if (const auto* subquery = std::get_if<SubqueryExpr>(&expr.node)) return subquery->query.get();
  if (const auto* exists = std::get_if<ExistsExpr>(&expr.node)) return exists->query.get();
  if (const auto* in = std::get_if<InQueryExpr>(&expr.node)) return in->query.get();
  return nullptr;
}

}  // namespace weir::sql
