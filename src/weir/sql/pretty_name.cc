#include "weir/sql/pretty_name.h"

#include <algorithm>
#include <map>

#include "weir/sql/expression_binder.h"
#include "weir/sql/pretty_functions.h"

namespace weir::sql {

namespace {

std::string Hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// As Java's BigDecimal shows itself: very small ones with an exponent.
std::string DecimalText(const Value& value) {
  const std::string plain = value.ToString();
  const bool negative = plain[0] == '-';
  std::string digits;
  for (char c : plain) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  }
  if (digits.empty()) digits = "0";
  const int exponent = static_cast<int>(digits.size()) - 1 - value.type().scale();
  if (value.type().scale() == 0 || exponent >= -6) return plain;
  std::string text = negative ? "-" : "";
  text += digits[0];
  if (digits.size() > 1) text += "." + digits.substr(1);
  return text + "E" + std::to_string(exponent);
}

std::string LiteralText(const Value& value) {
  if (value.is_null()) return "NULL";
  switch (value.type().id()) {
    case TypeId::kBinary:
      return "X'" + Hex(value.text()) + "'";
    case TypeId::kDate:
      return "DATE '" + value.ToString() + "'";
    case TypeId::kTimestamp:
      return "TIMESTAMP '" + value.ToString() + "'";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP_NTZ '" + value.ToString() + "'";
    case TypeId::kTime:
      return "TIME '" + value.ToString() + "'";
    case TypeId::kDecimal:
      return DecimalText(value);
    default:
      return value.ToString();
  }
}

class Printer {
 public:
  explicit Printer(const Binding& binding) : binding_(binding) {}

  std::string Text(const Expr& expr) const {
    return std::visit([&](const auto& node) { return Text(node, expr); }, expr.node);
  }

 private:
  std::string Joined(const std::vector<ExprPtr>& exprs) const {
    std::string text;
    for (const ExprPtr& expr : exprs) text += (text.empty() ? "" : ", ") + Text(*expr);
    return text;
  }
  static std::string Not(std::string text, bool negated) {
    return negated ? "(NOT " + text + ")" : text;
  }

  std::string Text(const LiteralExpr& node, const Expr&) const {
    if (const auto moment = MomentOf(node, binding_)) {
      const Value local(TypeId::kTimestampNtz, binding_.zone()->ToLocal(moment->integer()));
      return "TIMESTAMP '" + local.ToString() + "'";
    }
    return LiteralText(node.value);
  }
  std::string Text(const NameExpr& node, const Expr& expr) const {
    const auto found = binding_.name_texts.find(&expr);
    return found == binding_.name_texts.end() ? node.name.parts.back().text : found->second;
  }
  std::string Text(const StarExpr&, const Expr& expr) const {
    const auto found = binding_.name_texts.find(&expr);
    return found == binding_.name_texts.end() ? "*" : found->second;
  }
  std::string Text(const UnaryExpr& node, const Expr&) const {
    const std::string operand = Text(*node.operand);
    switch (node.op) {
      case UnaryOp::kNot:
        return "(NOT " + operand + ")";
      case UnaryOp::kMinus:
        if (const auto* literal = std::get_if<LiteralExpr>(&node.operand->node)) {
          if (literal->value.type().IsNumeric()) return "-" + operand;
        }
        return "(- " + operand + ")";
      case UnaryOp::kPlus:
        return "(+ " + operand + ")";
      case UnaryOp::kBitNot:
        return "~" + operand;
    }
    return operand;
  }
  std::string Text(const BinaryExpr& node, const Expr& expr) const {
    const auto temporal = binding_.temporal_operands.find(&expr);
    if (temporal != binding_.temporal_operands.end()) {
      const auto [left, right] = temporal->second;
      std::string text = Temporal(node, left, right);
      if (!text.empty()) return text;
    }
    static constexpr std::string_view kSigns[] = {"OR", "AND", "=", "<=>", "=",  "<",  "<=",  ">",
                                                  ">=", "+",   "-", "*",   "/",  "%",  "div", "",
                                                  "&",  "|",   "^", "<<",  ">>", ">>>"};
    const std::string left = Text(*node.left);
    const std::string right = Text(*node.right);
    if (node.op == BinaryOp::kConcat) return "concat(" + left + ", " + right + ")";
    const std::string sign(kSigns[static_cast<size_t>(node.op)]);
    return Not("(" + left + " " + sign + " " + right + ")", node.op == BinaryOp::kNe);
  }
  std::string Temporal(const BinaryExpr& node, TypeId left, TypeId right) const;
  std::string Text(const BetweenExpr& node, const Expr&) const {
    return Not(
        "between(" + Text(*node.operand) + ", " + Text(*node.low) + ", " + Text(*node.high) + ")",
        node.negated);
  }
  std::string Text(const InListExpr& node, const Expr&) const {
    return Not("(" + Text(*node.operand) + " IN (" + Joined(node.items) + "))", node.negated);
  }
  std::string Text(const InQueryExpr& node, const Expr&) const {
    return Not("(" + Text(*node.operand) + " IN (listquery(" + Outer(*node.query) + ")))",
               node.negated);
  }
  std::string Text(const LikeExpr& node, const Expr&) const {
    const std::string operand = Text(*node.operand);
    if (node.quantifier != LikeQuantifier::kNone) {
      const bool any = node.quantifier == LikeQuantifier::kAny;
      const std::string name =
          std::string(node.negated ? "not" : "") + "like" + (any ? "any" : "all");
      return name + "(" + operand + ")";
    }
    const std::string pattern = Text(*node.patterns[0]);
    const std::string escape =
        node.escape ? " ESCAPE '" + std::string(1, *node.escape) + "'" : std::string();
    switch (node.kind) {
      case LikeKind::kLike:
        return Not(operand + " LIKE " + pattern + escape, node.negated);
      case LikeKind::kIlike:
        return Not("ilike(" + operand + ", " + pattern + ")", node.negated);
      case LikeKind::kRlike:
        return Not("RLIKE(" + operand + ", " + pattern + ")", node.negated);
    }
    return operand;
  }
  std::string Text(const IsExpr& node, const Expr&) const {
    const std::string operand = Text(*node.operand);
    if (node.kind == IsKind::kNull || node.kind == IsKind::kUnknown) {
      return "(" + operand + (node.negated ? " IS NOT NULL)" : " IS NULL)");
    }
    return Not("(" + operand + (node.kind == IsKind::kTrue ? " <=> true)" : " <=> false)"),
               node.negated);
  }
  std::string Text(const IsDistinctExpr& node, const Expr&) const {
    return Not("(" + Text(*node.left) + " <=> " + Text(*node.right) + ")", !node.negated);
  }
  std::string Text(const CaseExpr& node, const Expr&) const {
    std::string text = "CASE";
    for (const auto& [when, then] : node.branches) {
      std::string condition = Text(*when);
      if (node.operand != nullptr) condition = "(" + Text(*node.operand) + " = " + condition + ")";
      text += " WHEN " + condition + " THEN " + Text(*then);
    }
    if (node.otherwise != nullptr) text += " ELSE " + Text(*node.otherwise);
    return text + " END";
  }
  std::string Text(const CastExpr& node, const Expr&) const {
    const auto* literal = std::get_if<LiteralExpr>(&node.operand->node);
    if (literal != nullptr && literal->value.is_null() && node.type.IsNested()) return "NULL";
    return (node.is_try ? "TRY_CAST(" : "CAST(") + Text(*node.operand) + " AS " +
           node.type.ToSql() + ")";
  }
  std::string Text(const CallExpr& node, const Expr& expr) const;
  std::string Text(const LambdaExpr& node, const Expr&) const {
    std::string text = "lambdafunction(" + Text(*node.body);
    for (size_t i = 0; i < node.parameters.size(); ++i) text += ", namedlambdavariable()";
    return text + ")";
  }
  std::string Text(const SubqueryExpr& node, const Expr&) const {
    return "scalarsubquery(" + Outer(*node.query) + ")";
  }
  std::string Text(const ExistsExpr& node, const Expr&) const {
    return "exists(" + Outer(*node.query) + ")";
  }
  std::string Text(const IndexExpr& node, const Expr&) const {
    return Text(*node.operand) + "[" + Text(*node.index) + "]";
  }
  std::string Text(const FieldExpr& node, const Expr&) const {
    return Text(*node.operand) + "." + node.field.text;
  }
  std::string Text(const IntervalExpr&, const Expr& expr) const {
    return expr.span.source == nullptr ? "interval" : std::string(expr.span.Text());
  }
  std::string Text(const ParameterExpr& node, const Expr& expr) const {
    const BindOptions& options = binding_.options();
    if (node.name) {
      const auto found = options.named_parameters.find(*node.name);
      if (found != options.named_parameters.end()) return LiteralText(found->second);
    } else if (node.position < options.positional_parameters.size()) {
      return LiteralText(options.positional_parameters[node.position]);
    }
    return expr.span.source == nullptr ? "?" : std::string(expr.span.Text());
  }

  std::string Outer(const Query& query) const {
    const auto found = binding_.outer_names.find(&query);
    return found == binding_.outer_names.end() ? "" : JoinNames(found->second);
  }
  // (a, b + 1)
  std::string Row(const CallExpr& call) const {
    std::string text;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const Argument& argument = call.arguments[i];
      std::string name = "col" + std::to_string(i + 1);
      if (const auto* column = std::get_if<NameExpr>(&argument.value->node)) {
        name = column->name.parts.back().text;
      }
      if (argument.name) name = argument.name->text;
      text += (i > 0 ? ", " : "") + name + ", " + Text(*argument.value);
    }
    return "named_struct(" + text + ")";
  }
  std::string Sorts(const std::vector<SortItem>& items) const {
    std::string text;
    for (const SortItem& item : items) {
      text += (text.empty() ? "" : ", ") + Text(*item.expr);
      text += item.descending ? " DESC" : " ASC";
      text += item.nulls_first.value_or(!item.descending) ? " NULLS FIRST" : " NULLS LAST";
    }
    return text;
  }
  std::string Bound(const FrameBound& bound) const {
    switch (bound.kind) {
      case FrameBoundKind::kUnboundedPreceding:
        return "UNBOUNDED PRECEDING";
      case FrameBoundKind::kPreceding:
        return Text(*bound.offset) + " PRECEDING";
      case FrameBoundKind::kCurrentRow:
        return "CURRENT ROW";
      case FrameBoundKind::kFollowing:
        return Text(*bound.offset) + " FOLLOWING";
      case FrameBoundKind::kUnboundedFollowing:
        return "UNBOUNDED FOLLOWING";
    }
    return "";
  }
  std::string Frame(const WindowSpec& spec, const std::string& name, const CallExpr& call) const;
  std::string Over(const WindowSpec& spec, const std::string& name, const CallExpr& call) const;

  const Binding& binding_;
};

bool IsIntervalId(TypeId id) {
  return id == TypeId::kYearMonthInterval || id == TypeId::kDayTimeInterval;
}
bool IsPoint(TypeId id) {
  return id == TypeId::kDate || id == TypeId::kTimestamp || id == TypeId::kTimestampNtz;
}
bool IsDays(const Expr& expr) {
  const auto* literal = std::get_if<LiteralExpr>(&expr.node);
  return literal != nullptr &&
         literal->value.type() == DataType::Interval(IntervalField::kDay, IntervalField::kDay);
}

// Dates, timestamps and intervals; "" where the usual form holds.
std::string Printer::Temporal(const BinaryExpr& node, TypeId left, TypeId right) const {
  if (node.op == BinaryOp::kMultiply) {
    if (!IsIntervalId(right)) return "";
    return "(" + Text(*node.right) + " * " + Text(*node.left) + ")";
  }
  const bool minus = node.op == BinaryOp::kSubtract;
  const Expr* point = node.left.get();
  const Expr* amount = node.right.get();
  if (!minus && !IsPoint(left)) {
    std::swap(point, amount);
    std::swap(left, right);
  }
  if (!IsPoint(left) || IsPoint(right)) return "";
  const std::string at = Text(*point);
  const std::string by = Text(*amount);
  if (IsIntervalId(right)) {
    if (left != TypeId::kDate || !IsDays(*amount)) return at + (minus ? " - " : " + ") + by;
    const std::string days = "extractansiintervaldays(" + by + ")";
    return "date_add(" + at + ", " + (minus ? "(- " + days + ")" : days) + ")";
  }
  if (left == TypeId::kDate && right == TypeId::kVoid && !minus) return at + " + " + by;
  const bool whole = right == TypeId::kInt || right == TypeId::kShort || right == TypeId::kByte;
  if (left != TypeId::kDate || !whole) return "";
  return (minus ? "date_sub(" : "date_add(") + at + ", " + by + ")";
}

// from_json(x, 'map<...>')
bool ReadsMap(const CallExpr& call) {
  if (call.arguments.size() < 2) return false;
  const auto* const schema = std::get_if<LiteralExpr>(&call.arguments[1].value->node);
  if (schema == nullptr || schema->value.type().id() != TypeId::kString) return false;
  return LowerName(schema->value.ToString()).starts_with("map<");
}

std::string Printer::Text(const CallExpr& node, const Expr& expr) const {
  const std::string name = LowerName(node.function.parts.back().text);
  if (CastFunctionType(name) && node.arguments.size() == 1) return Text(*node.arguments[0].value);
  if (name == "struct" && expr.span.source != nullptr && expr.span.Text().starts_with("(")) {
    return Row(node);
  }
  if (name == "from_json" && ReadsMap(node)) return "entries";
  if ((name == "window" || name == "session_window") && !node.over) return name;
  std::string arguments;
  bool any = false;
  const auto append = [&](const std::string& text) {
    arguments += (any ? ", " : "") + text;
    any = true;
  };
  if (node.is_star) append("1");
  if (name == "convert_timezone" && node.arguments.size() == 2) append("current_timezone()");
  // The flag that says whether NULLs count is no part of the text.
  const bool flagged = node.arguments.size() == 2 && TakesNullsFlag(name);
  const size_t shown = flagged ? 1 : ShownArguments(name).value_or(node.arguments.size());
  for (const Argument& argument : node.arguments) {
    if (static_cast<size_t>(&argument - node.arguments.data()) >= shown) break;
    append(Text(*argument.value) + (argument.name ? " AS " + argument.name->text : ""));
  }
  size_t count = node.arguments.size();
  while (const auto filled = FilledArgument(name, count)) {
    append(std::string(*filled));
    ++count;
  }
  std::string text;
  const auto routine = binding_.routine_texts.find(&expr);
  if (routine != binding_.routine_texts.end()) {
    for (const Expr* argument : routine->second.arguments) {
      text += (text.empty() ? "" : ", ") + Text(*argument);
    }
    text = routine->second.name + "(" + text + ")";
  } else if (name == "if" || name == "iff") {
    text = "(IF(" + arguments + "))";
  } else if (name == "try_to_time") {
    text = "try_to_time(to_time(" + arguments + "))";
  } else if (name == "positive" && node.arguments.size() == 1) {
    text = "(+ " + arguments + ")";
  } else if ((name == "isnull" || name == "isnotnull") && node.arguments.size() == 1) {
    text = "(" + arguments + (name == "isnull" ? " IS NULL)" : " IS NOT NULL)");
  } else if (name.ends_with("make_timestamp_ltz") && node.arguments.size() < 6) {
    text = "make_timestamp(" + arguments + ")";
  } else if (name == "try_make_timestamp_ntz" && node.arguments.size() < 6) {
    text = name + "(make_timestamp_ntz(" + arguments + "))";
  } else if (name == "div" && node.arguments.size() == 2) {
    text = "(" + Text(*node.arguments[0].value) + " div " + Text(*node.arguments[1].value) + ")";
  } else if (name == "assert_true" && node.arguments.size() == 1) {
    text = "assert_true(" + arguments + ", '" + arguments + "' is not true!)";
  } else if ((name == "extract" || name == "datepart") && node.arguments.size() == 2) {
    text = name + "(" + Text(*node.arguments[0].value) + " FROM " + Text(*node.arguments[1].value) +
           ")";
  } else {
    const bool scaled = (name == "ceil" || name == "floor") && node.arguments.size() > 1;
    text = scaled ? name : std::string(FunctionText(name));
    text += "(" + std::string(node.distinct ? "DISTINCT " : "") + arguments + ")";
  }
  if (!node.within_group.empty()) {
    if (name == "string_agg") text.replace(0, name.size(), "listagg");
    text += " WITHIN GROUP (ORDER BY " + Sorts(node.within_group) + ")";
  }
  if (node.filter != nullptr) text += " FILTER (WHERE " + Text(*node.filter) + ")";
  if (node.ignore_nulls.value_or(false)) text += " ignore nulls";
  if (node.over) text += " " + Over(*node.over, name, node);
  if (node.extracted && !node.extracted->empty()) text += " AS " + *node.extracted;
  return text;
}

std::string Printer::Frame(const WindowSpec& spec, const std::string& name,
                           const CallExpr& call) const {
  if (name == "row_number" || name == "rank" || name == "dense_rank" || name == "percent_rank" ||
      name == "ntile") {
    return "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  }
  if (name == "cume_dist") return "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  if (name == "lag" || name == "lead") {
    std::string offset = call.arguments.size() > 1 ? Text(*call.arguments[1].value) : "1";
    if (name == "lag") offset = offset[0] == '-' ? offset.substr(1) : "-" + offset;
    return "ROWS BETWEEN " + offset + " FOLLOWING AND " + offset + " FOLLOWING";
  }
  if (spec.frame) {
    return std::string(spec.frame->unit == FrameUnit::kRows ? "ROWS" : "RANGE") + " BETWEEN " +
           Bound(spec.frame->start) + " AND " + Bound(spec.frame->end);
  }
  if (spec.order_by.empty()) return "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
  return "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
}

std::string Printer::Over(const WindowSpec& spec, const std::string& name,
                          const CallExpr& call) const {
  const WindowSpec* shown = &spec;
  if (spec.base && spec.partition_by.empty() && spec.order_by.empty() && !spec.frame) {
    const auto found = binding_.named_windows.find(LowerName(spec.base->text));
    if (found != binding_.named_windows.end()) shown = found->second;
  }
  std::string text = "OVER (";
  if (!shown->partition_by.empty()) text += "PARTITION BY " + Joined(shown->partition_by) + " ";
  if (!shown->order_by.empty()) text += "ORDER BY " + Sorts(shown->order_by) + " ";
  return text + Frame(*shown, name, call) + ")";
}

}  // namespace

std::string PrettyText(const Expr& expr, const Binding& binding) {
  return Printer(binding).Text(expr);
}

std::string OutputName(const Expr& expr, const Binding& binding) {
  if (const auto* name = std::get_if<NameExpr>(&expr.node)) return name->name.parts.back().text;
  if (const auto* call = std::get_if<CallExpr>(&expr.node)) {
    if (call->extracted && !call->extracted->empty()) return *call->extracted;
    const bool cast = call->arguments.size() == 1 &&
                      CastFunctionType(LowerName(call->function.parts.back().text)).has_value();
    if (cast) return PrettyText(*call->arguments[0].value, binding);
  }
  if (const auto* cast = std::get_if<CastExpr>(&expr.node)) {
    if (const auto* name = std::get_if<NameExpr>(&cast->operand->node)) {
      const auto found = binding.name_texts.find(cast->operand.get());
      const std::string& last = name->name.parts.back().text;
      if (found == binding.name_texts.end() || found->second == last) return last;
    }
    const auto* const call = std::get_if<CallExpr>(&cast->operand->node);
    if (call != nullptr && call->extracted) return OutputName(*cast->operand, binding);
  }
  return PrettyText(expr, binding);
}

}  // namespace weir::sql
