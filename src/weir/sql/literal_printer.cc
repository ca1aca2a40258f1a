#include "weir/sql/ast_printer.h"

namespace weir::sql {
namespace {

std::string HexOf(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

}  // namespace

std::string QuoteString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
        quoted += "\\'";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\0':
        quoted += "\\000";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "'";
}

std::string ToSql(const LiteralExpr& literal) {
  const Value& value = literal.value;
  if (value.is_null()) return "NULL";
  switch (value.type().id()) {
    case TypeId::kBoolean:
      return value.boolean() ? "TRUE" : "FALSE";
    case TypeId::kByte:
      return value.ToString() + "Y";
    case TypeId::kShort:
      return value.ToString() + "S";
    case TypeId::kLong:
      return value.ToString() + "L";
    case TypeId::kFloat:
      return value.ToString() + "F";
    case TypeId::kDouble:
      return value.ToString() + "D";
    case TypeId::kDecimal:
      return value.ToString() + (value.type().scale() == 0 ? "BD" : "");
    case TypeId::kString:
      return QuoteString(value.text());
    case TypeId::kBinary:
      return "X'" + HexOf(value.text()) + "'";
    case TypeId::kDate:
      return "DATE '" + value.ToString() + "'";
    case TypeId::kTimestamp:
      return "TIMESTAMP '" + value.ToString() +
             (!literal.zone           ? "Z'"
              : literal.zone->empty() ? "'"
                                      : " " + *literal.zone + "'");
    case TypeId::kTimestampNtz:
      return "TIMESTAMP_NTZ '" + value.ToString() + "'";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return value.ToString();
    case TypeId::kTime:
      return "TIME '" + value.ToString() + "'";
    default:
      return value.ToString();
  }
}

}  // namespace weir::sql
