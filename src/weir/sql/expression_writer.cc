#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

namespace weir::sql {
namespace {

enum Level : int {
  kLambdaLevel,
  kOrLevel,
  kAndLevel,
  kNotLevel,
  kPredicateLevel,
  kValueLevel,  // Comparisons, and where the parser reads a value rather than an expression.
  kBitOrLevel,
  kBitXorLevel,
  kBitAndLevel,
  kShiftLevel,
  kAddLevel,
  kMultiplyLevel,
  kUnaryLevel,
  kPrimaryLevel,
};

int LevelOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return kOrLevel;
    case BinaryOp::kAnd:
      return kAndLevel;
    case BinaryOp::kEq:
    case BinaryOp::kNullSafeEq:
    case BinaryOp::kNe:
    case BinaryOp::kLt:
    case BinaryOp::kLe:
    case BinaryOp::kGt:
    case BinaryOp::kGe:
      return kValueLevel;
    case BinaryOp::kBitOr:
      return kBitOrLevel;
    case BinaryOp::kBitXor:
      return kBitXorLevel;
    case BinaryOp::kBitAnd:
      return kBitAndLevel;
    case BinaryOp::kShiftLeft:
    case BinaryOp::kShiftRight:
    case BinaryOp::kShiftRightUnsigned:
      return kShiftLevel;
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kConcat:
      return kAddLevel;
    case BinaryOp::kMultiply:
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
    case BinaryOp::kIntDivide:
      return kMultiplyLevel;
  }
  return kPrimaryLevel;
}

std::string_view SignOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return "OR";
    case BinaryOp::kAnd:
      return "AND";
    case BinaryOp::kEq:
      return "=";
    case BinaryOp::kNullSafeEq:
      return "<=>";
    case BinaryOp::kNe:
      return "<>";
    case BinaryOp::kLt:
      return "<";
    case BinaryOp::kLe:
      return "<=";
    case BinaryOp::kGt:
      return ">";
    case BinaryOp::kGe:
      return ">=";
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSubtract:
      return "-";
    case BinaryOp::kMultiply:
      return "*";
    case BinaryOp::kDivide:
      return "/";
    case BinaryOp::kModulo:
      return "%";
    case BinaryOp::kIntDivide:
      return "DIV";
    case BinaryOp::kConcat:
      return "||";
    case BinaryOp::kBitAnd:
      return "&";
    case BinaryOp::kBitOr:
      return "|";
    case BinaryOp::kBitXor:
      return "^";
    case BinaryOp::kShiftLeft:
      return "<<";
    case BinaryOp::kShiftRight:
      return ">>";
    case BinaryOp::kShiftRightUnsigned:
      return ">>>";
  }
  return "";
}

int LevelOf(const Expr& expr) {
  if (const auto* binary = std::get_if<BinaryExpr>(&expr.node)) return LevelOf(binary->op);
  if (const auto* unary = std::get_if<UnaryExpr>(&expr.node)) {
    return unary->op == UnaryOp::kNot ? kNotLevel : kUnaryLevel;
  }
  if (std::holds_alternative<LambdaExpr>(expr.node)) return kLambdaLevel;
  const bool predicate = std::holds_alternative<BetweenExpr>(expr.node) ||
                         std::holds_alternative<InListExpr>(expr.node) ||
                         std::holds_alternative<InQueryExpr>(expr.node) ||
                         std::holds_alternative<LikeExpr>(expr.node) ||
                         std::holds_alternative<IsExpr>(expr.node) ||
                         std::holds_alternative<IsDistinctExpr>(expr.node);
  return predicate ? kPredicateLevel : kPrimaryLevel;
}

const BinaryExpr* AsChain(const Expr& expr, BinaryOp op) {
  const auto* binary = std::get_if<BinaryExpr>(&expr.node);
  return binary != nullptr && binary->op == op ? binary : nullptr;
}

void Flatten(const Expr& expr, BinaryOp op, std::vector<const Expr*>& operands) {
  if (const BinaryExpr* chain = AsChain(expr, op)) {
    Flatten(*chain->left, op, operands);
    Flatten(*chain->right, op, operands);
  } else {
    operands.push_back(&expr);
  }
}

size_t CountOperands(const Expr& expr, BinaryOp op) {
  const BinaryExpr* chain = AsChain(expr, op);
  return chain == nullptr ? 1 : CountOperands(*chain->left, op) + CountOperands(*chain->right, op);
}

// Whether the parser builds this tree from `count` operands in a row.
bool IsBalanced(const Expr& expr, BinaryOp op, size_t count) {
  const BinaryExpr* chain = AsChain(expr, op);
  if (chain == nullptr) return count == 1;
  if (count < 2) return false;
  const size_t left = count == 2 ? 1 : (count - 1) / 2 + 1;
  return CountOperands(*chain->left, op) == left && IsBalanced(*chain->left, op, left) &&
         IsBalanced(*chain->right, op, count - left);
}

}  // namespace

struct ExprWriter {
  SqlWriter& w;

  void Predicate(const ExprPtr& operand, bool negated, std::string_view word) const {
    w.Write(*operand, kValueLevel);
    w.Put(negated ? " NOT " : " ");
    w.Put(word);
    w.Put(" ");
  }
  void Is(const ExprPtr& operand, bool negated, std::string_view what) const {
    w.Write(*operand, kValueLevel);
    w.Put(negated ? " IS NOT " : " IS ");
    w.Put(what);
  }

  void operator()(const LiteralExpr& e) const { w.Put(ToSql(e)); }
  void operator()(const NameExpr& e) const { w.PutName(e.name); }
  void operator()(const StarExpr& e) const {
    if (e.qualifier) {
      w.PutName(*e.qualifier);
      w.Put(".");
    }
    w.Put("*");
    if (e.except.empty()) return;
    w.Put(" EXCEPT (");
    w.PutList(e.except, [&](const Name& name) { w.PutName(name); });
    w.Put(")");
  }
  void operator()(const UnaryExpr& e) const {
    if (e.op == UnaryOp::kNot) {
      w.Put("NOT ");
      return w.Write(*e.operand, kNotLevel);
    }
    w.Put(e.op == UnaryOp::kMinus ? "-" : e.op == UnaryOp::kPlus ? "+" : "~");
    // -1 is a literal and -- a comment.
    const auto* inner = std::get_if<UnaryExpr>(&e.operand->node);
    const bool literal = std::holds_alternative<LiteralExpr>(e.operand->node);
    const bool minus = inner != nullptr && inner->op == UnaryOp::kMinus;
    const bool apart = e.op == UnaryOp::kMinus && (literal || minus);
    if (apart) w.Put("(");
    w.Write(*e.operand, apart ? 0 : kUnaryLevel);
    if (apart) w.Put(")");
  }
  void operator()(const BinaryExpr& e) const {
    const int level = LevelOf(e.op);
    if (e.op == BinaryOp::kAnd || e.op == BinaryOp::kOr) return w.WriteChain(e, level);
    w.Write(*e.left, level);
    w.Put(" ");
    w.Put(SignOf(e.op));
    w.Put(" ");
    w.Write(*e.right, level + 1);
  }
  void operator()(const BetweenExpr& e) const {
    Predicate(e.operand, e.negated, "BETWEEN");
    w.Write(*e.low, kValueLevel);
    w.Put(" AND ");
    w.Write(*e.high, kValueLevel);
  }
  void operator()(const InListExpr& e) const {
    Predicate(e.operand, e.negated, "IN");
    w.Put("(");
    w.WriteAll(e.items);
    w.Put(")");
  }
  void operator()(const InQueryExpr& e) const {
    Predicate(e.operand, e.negated, "IN");
    w.Put("(");
    w.Write(*e.query);
    w.Put(")");
  }
  void operator()(const LikeExpr& e) const {
    Predicate(e.operand, e.negated,
              e.kind == LikeKind::kLike    ? "LIKE"
              : e.kind == LikeKind::kIlike ? "ILIKE"
                                           : "RLIKE");
    if (e.quantifier == LikeQuantifier::kNone) {
      w.Write(*e.patterns[0], kValueLevel);
      if (e.escape) w.Put(" ESCAPE " + QuoteString(std::string(1, *e.escape)));
      return;
    }
    w.Put(e.quantifier == LikeQuantifier::kAny ? "ANY (" : "ALL (");
    w.WriteAll(e.patterns);
    w.Put(")");
  }
  void operator()(const IsExpr& e) const {
    static constexpr std::string_view kWords[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};
    Is(e.operand, e.negated, kWords[static_cast<size_t>(e.kind)]);
  }
  void operator()(const IsDistinctExpr& e) const {
    Is(e.left, e.negated, "DISTINCT FROM ");
    w.Write(*e.right, kValueLevel);
  }
  void operator()(const CaseExpr& e) const {
    w.Put("CASE");
    if (e.operand) {
      w.Put(" ");
      w.Write(*e.operand);
    }
    for (const auto& [when, then] : e.branches) {
      w.Put(" WHEN ");
      w.Write(*when);
      w.Put(" THEN ");
      w.Write(*then);
    }
    if (e.otherwise) {
      w.Put(" ELSE ");
      w.Write(*e.otherwise);
    }
    w.Put(" END");
  }
  void operator()(const CastExpr& e) const {
    w.Put(e.is_try ? "TRY_CAST(" : "CAST(");
    w.Write(*e.operand);
    w.Put(" AS " + e.type.ToSql() + ")");
  }
  void operator()(const CallExpr& e) const { w.Write(e); }
  void operator()(const LambdaExpr& e) const {
    if (e.parameters.size() == 1) {
      w.PutName(e.parameters[0]);
    } else {
      w.PutNames(e.parameters);
    }
    w.Put(" -> ");
    w.Write(*e.body);
  }
  void operator()(const SubqueryExpr& e) const {
    w.Put("(");
    w.Write(*e.query);
    w.Put(")");
  }
  void operator()(const ExistsExpr& e) const {
    w.Put("EXISTS (");
    w.Write(*e.query);
    w.Put(")");
  }
  void operator()(const IndexExpr& e) const {
    w.WriteOperand(*e.operand);
    w.Put("[");
    w.Write(*e.index);
    w.Put("]");
  }
  void operator()(const FieldExpr& e) const {
    // (a).b is a field of a column, a.b a name of two parts.
    const bool name = std::holds_alternative<NameExpr>(e.operand->node);
    if (name) w.Put("(");
    w.WriteOperand(*e.operand);
    w.Put(name ? ")." : ".");
    w.PutName(e.field);
  }
  void operator()(const IntervalExpr& e) const {
    bool first = true;
    for (const auto& [value, unit] : e.parts) {
      w.Put(first ? "INTERVAL " : " + INTERVAL ");
      first = false;
      w.Write(*value);
      w.Put(" ");
      w.Put(unit);
    }
  }
  void operator()(const ParameterExpr& e) const {
    if (!e.name) return w.Put("?");
    w.Put(":");
    w.PutWord(*e.name);
  }
};

void SqlWriter::Write(const Expr& expr, int level) {
  const bool parentheses = LevelOf(expr) < level;
  if (parentheses) Put("(");
  std::visit(ExprWriter{*this}, expr.node);
  if (parentheses) Put(")");
}

void SqlWriter::WriteAll(const std::vector<ExprPtr>& exprs) {
  PutList(exprs, [&](const ExprPtr& expr) { Write(*expr); });
}

// Operands in a row when the parser would balance them as they are; else two, each with
// parentheses where it is such a chain itself.
void SqlWriter::WriteChain(const BinaryExpr& chain, int level) {
  const size_t left = CountOperands(*chain.left, chain.op);
  const size_t count = left + CountOperands(*chain.right, chain.op);
  const size_t balanced_left = count == 2 ? 1 : (count - 1) / 2 + 1;
  const bool balanced = left == balanced_left && IsBalanced(*chain.left, chain.op, left) &&
                        IsBalanced(*chain.right, chain.op, count - left);
  std::vector<const Expr*> operands;
  if (balanced) {
    Flatten(*chain.left, chain.op, operands);
    Flatten(*chain.right, chain.op, operands);
  } else {
    operands = {chain.left.get(), chain.right.get()};
  }
  PutList(
      operands, [&](const Expr* operand) { Write(*operand, level + 1); },
      chain.op == BinaryOp::kAnd ? " AND " : " OR ");
}

void SqlWriter::WriteOperand(const Expr& expr) {
  const auto* call = std::get_if<CallExpr>(&expr.node);
  const bool plain_call = call != nullptr && !call->over && !call->filter && !call->ignore_nulls &&
                          call->within_group.empty();
  const bool bare = plain_call || std::holds_alternative<NameExpr>(expr.node) ||
                    std::holds_alternative<IndexExpr>(expr.node) ||
                    std::holds_alternative<FieldExpr>(expr.node);
  if (!bare) Put("(");
  Write(expr);
  if (!bare) Put(")");
}

void SqlWriter::Write(const CallExpr& call) {
  PutFunctionName(call.function);
  Put("(");
  if (call.distinct) Put("DISTINCT ");
  if (call.is_star) Put("*");
  const std::string name =
      call.function.parts.size() == 1 ? LowerName(call.function.parts[0].text) : std::string();
  const bool parted_by_words = name == "trim" || name == "substring" || name == "substr" ||
                               name == "position" || name == "overlay";
  const bool has_unit = name == "timestampadd" || name == "timestampdiff";
  PutList(call.arguments, [&](const Argument& argument) {
    const auto* literal = std::get_if<LiteralExpr>(&argument.value->node);
    const bool is_unit = has_unit && &argument == &call.arguments[0] && literal != nullptr &&
                         literal->value.type().id() == TypeId::kString;
    if (is_unit) return Put(literal->value.text());
    Write(argument, name == "struct", parted_by_words ? kValueLevel : 0);
  });
  Put(")");
  if (!call.within_group.empty()) {
    Put(" WITHIN GROUP (ORDER BY ");
    PutList(call.within_group, [&](const SortItem& item) { Write(item); });
    Put(")");
  }
  if (call.filter) {
    Put(" FILTER (WHERE ");
    Write(*call.filter);
    Put(")");
  }
  if (call.ignore_nulls) Put(*call.ignore_nulls ? " IGNORE NULLS" : " RESPECT NULLS");
  if (call.over) {
    Put(" OVER ");
    Write(*call.over, /*may_be_name=*/true);
  }
}

void SqlWriter::Write(const Argument& argument, bool is_struct, int level) {
  if (argument.name && !is_struct) {
    PutName(*argument.name);
    Put(" => ");
  }
  Write(*argument.value, level);
  if (argument.name && is_struct) {
    Put(" AS ");
    PutName(*argument.name);
  }
}

void SqlWriter::Write(const WindowSpec& window, bool may_be_name) {
  const bool only_name =
      window.base && window.partition_by.empty() && window.order_by.empty() && !window.frame;
  if (only_name && may_be_name) return PutName(*window.base);
  Put("(");
  std::string_view space;
  const auto part = [&](std::string_view words) {
    Put(space);
    Put(words);
    space = " ";
  };
  if (window.base) {
    part("");
    PutName(*window.base);
  }
  if (!window.partition_by.empty()) {
    part("PARTITION BY ");
    WriteAll(window.partition_by);
  }
  if (!window.order_by.empty()) {
    part("ORDER BY ");
    PutList(window.order_by, [&](const SortItem& item) { Write(item); });
  }
  if (window.frame) {
    part(window.frame->unit == FrameUnit::kRows ? "ROWS BETWEEN " : "RANGE BETWEEN ");
    Write(window.frame->start);
    Put(" AND ");
    Write(window.frame->end);
  }
  Put(")");
}

void SqlWriter::Write(const FrameBound& bound) {
  if (bound.offset) Write(*bound.offset, kValueLevel);
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding:
      return Put("UNBOUNDED PRECEDING");
    case FrameBoundKind::kPreceding:
      return Put(" PRECEDING");
    case FrameBoundKind::kCurrentRow:
      return Put("CURRENT ROW");
    case FrameBoundKind::kFollowing:
      return Put(" FOLLOWING");
    case FrameBoundKind::kUnboundedFollowing:
      return Put("UNBOUNDED FOLLOWING");
  }
}

void SqlWriter::Write(const SortItem& item) {
  Write(*item.expr);
  WriteOrder(item.descending, item.nulls_first);
}

void SqlWriter::WriteOrder(bool descending, const std::optional<bool>& nulls_first) {
  if (descending) Put(" DESC");
  if (nulls_first) Put(*nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

std::string ToSql(const Expr& expr) {
  SqlWriter writer;
  writer.Write(expr);
  return writer.Take();
}

}  // namespace weir::sql
