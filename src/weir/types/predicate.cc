#include "weir/types/predicate.h"

namespace weir {

namespace {

std::string_view OpText(Predicate::Op op) {
  switch (op) {
    case Predicate::Op::kEq:
      return "=";
    case Predicate::Op::kNe:
      return "<>";
    case Predicate::Op::kLt:
      return "<";
    case Predicate::Op::kLe:
      return "<=";
    case Predicate::Op::kGt:
      return ">";
    case Predicate::Op::kGe:
      return ">=";
  }
  return "=";
}

std::string PathText(const Predicate::Path& path) {
  std::string text;
  for (const std::string& part : path) {
    if (!text.empty()) text += '.';
    text += QuoteName(part);
  }
  return text;
}

std::string LiteralText(const Value& value) {
  const bool quoted =
      !value.is_null() && !value.type().IsNumeric() && value.type().id() != TypeId::kBoolean;
  return quoted ? "'" + value.ToString() + "'" : value.ToString();
}

std::string Joined(const std::vector<Predicate>& parts, const char* word, const char* empty) {
  if (parts.empty()) return empty;
  std::string text = "(";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += word;
    text += parts[i].ToString();
  }
  return text + ")";
}

struct Printer {
  std::string operator()(const Predicate::Constant& node) const {
    return node.value ? "true" : "false";
  }
  std::string operator()(const Predicate::Compare& node) const {
    return PathText(node.column) + " " + std::string(OpText(node.op)) + " " +
           LiteralText(node.value);
  }
  std::string operator()(const Predicate::In& node) const {
    std::string text = PathText(node.column) + " IN (";
    for (size_t i = 0; i < node.values.size(); ++i) {
      if (i > 0) text += ", ";
      text += LiteralText(node.values[i]);
    }
    return text + ")";
  }
  std::string operator()(const Predicate::IsNull& node) const {
    return PathText(node.column) + (node.negated ? " IS NOT NULL" : " IS NULL");
  }
  std::string operator()(const Predicate::And& node) const {
    return Joined(node.parts, " AND ", "true");
  }
  std::string operator()(const Predicate::Or& node) const {
    return Joined(node.parts, " OR ", "false");
  }
};

}  // namespace

bool Predicate::IsTrue() const {
  if (const auto* constant = std::get_if<Constant>(node_.get())) return constant->value;
  if (const auto* both = std::get_if<And>(node_.get())) {
    for (const Predicate& part : both->parts) {
      if (!part.IsTrue()) return false;
    }
    return true;
  }
  return false;
}

std::string Predicate::ToString() const { return std::visit(Printer{}, node()); }

}  // namespace weir
