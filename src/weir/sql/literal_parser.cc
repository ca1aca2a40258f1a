#include "weir/sql/grammar.h"
#include "weir/sql/literals.h"
#include "weir/types/parse_text.h"

namespace weir::sql {

ExprPtr Grammar::MakeLiteral(size_t first, Value value) {
  return Make(first, LiteralExpr{std::move(value)});
}

ExprPtr Grammar::ReadNumber(bool negative, size_t first) {
  const Token& token = Next();
  auto value = NumberTokenValue(Text(token), negative);
  if (auto* bad = std::get_if<BadNumber>(&value)) {
    Report(MakeDiagnostic(bad->condition, SpanFrom(first), bad->message));
    return MakeLiteral(first, Value());
  }
  return MakeLiteral(first, std::move(std::get<Value>(value)));
}

// Strings side by side are one string.
std::string Grammar::ReadStringText() {
  if (!At(TokenKind::kString)) FailHere("a string in quotes is expected here");
  std::string text = StringTokenText(Text(Next()));
  while (At(TokenKind::kString)) text += StringTokenText(Text(Next()));
  return text;
}

ExprPtr Grammar::ReadStrings() {
  const size_t first = position();
  std::string text = ReadStringText();
  return MakeLiteral(first, Value::String(std::move(text)));
}

bool Grammar::AtInteger(size_t ahead) const {
  if (!At(TokenKind::kNumber, ahead)) return false;
  for (const char c : Text(Peek(ahead))) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

int64_t Grammar::ReadInteger() {
  if (!AtInteger()) FailHere("a whole number is expected here");
  const auto value = NumberTokenValue(Text(Next()), /*negative=*/false);
  const auto* number = std::get_if<Value>(&value);
  if (number == nullptr || !number->type().IsIntegral()) {
    Fail(MakeDiagnostic("INVALID_NUMERIC_LITERAL_RANGE", SpanFrom(position() - 1),
                        "The number is too large."));
  }
  return number->integer();
}

// DATE 'epoch' and the days and moments that are told from now, which are calls: they are not the
// same at each reading. Null for other words.
ExprPtr Grammar::SpecialMoment(size_t first, TypeId type, const std::string& word) {
  if (word == "epoch") return MakeLiteral(first, Value(type, int64_t{0}));
  if (word == "now" && type == TypeId::kTimestamp) return CallOf(first, "current_timestamp", {});
  int32_t days = 0;
  if (word == "yesterday") {
    days = -1;
  } else if (word == "tomorrow") {
    days = 1;
  } else if (word != "today" && !(word == "now" && type == TypeId::kDate)) {
    return nullptr;
  }
  ExprPtr day = CallOf(first, "current_date", {});
  if (days != 0) {
    std::vector<ExprPtr> arguments;
    arguments.push_back(std::move(day));
    arguments.push_back(MakeLiteral(first, Value::Int(days)));
    day = CallOf(first, "date_add", std::move(arguments));
  }
  if (type == TypeId::kDate) return day;
  return Make(first, CastExpr{std::move(day), DataType(type), SpanFrom(first), false});
}

// DATE '..', TIMESTAMP '..', X'..': a word right before a string says what the string is.
ExprPtr Grammar::ReadTypedLiteral() {
  const size_t first = position();
  const Token word = Next();
  const std::string name(Text(word));
  TypeId type;
  switch (word.keyword) {
    case Keyword::kDATE:
      type = TypeId::kDate;
      break;
    case Keyword::kTIMESTAMP:
    case Keyword::kTIMESTAMP_LTZ:
      type = TypeId::kTimestamp;
      break;
    case Keyword::kTIMESTAMP_NTZ:
      type = TypeId::kTimestampNtz;
      break;
    case Keyword::kTIME:
      type = TypeId::kTime;
      break;
    default: {
      const size_t text_first = position();
      const std::string text = ReadStringText();
      if (name == "x" || name == "X") {
        if (std::optional<std::string> bytes = BinaryOfHex(text)) {
          return MakeLiteral(first, Value(TypeId::kBinary, std::move(*bytes)));
        }
        Report(MakeDiagnostic("INVALID_TYPED_LITERAL", SpanFrom(first),
                              "The value of the typed literal \"X\" is invalid: '" + text + "'.",
                              "write hexadecimal digits: X'1F2E'"));
      } else {
        const std::string upper(word.keyword == Keyword::kNone ? name : KeywordText(word.keyword));
        Report(MakeDiagnostic(
            "UNSUPPORTED_TYPED_LITERAL", SpanOfTokens(first, text_first),
            "Literals of the type \"" + upper + "\" are not supported. Supported types are " +
                "\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", "
                "\"X\", \"TIME\".",
            "if " + name + " is a column, an operator or a comma is missing after it"));
      }
      return MakeLiteral(first, Value());
    }
  }
  const std::string text = ReadStringText();
  if (type != TypeId::kTime) {
    if (ExprPtr special = SpecialMoment(first, type, LowerName(text))) return special;
  }
  if (type == TypeId::kTimestamp) {
    if (const auto time = ParseClock(text)) {
      LiteralExpr literal{Value(type, time->at && !time->zone.empty() ? *time->at : time->local)};
      if (time->zone.empty() || !time->at) literal.zone = std::string(time->zone);
      return Make(first, std::move(literal));
    }
  }
  std::optional<Value> value = ParseValue(text, DataType(type));
  if (!value || value->is_null()) {
    const std::string_view example = type == TypeId::kDate   ? "DATE '2013-01-31'"
                                     : type == TypeId::kTime ? "TIME '17:05:00'"
                                                             : "TIMESTAMP '2013-01-31 17:05:00'";
    Report(MakeDiagnostic("INVALID_TYPED_LITERAL", SpanFrom(first),
                          "The value of the typed literal \"" +
                              std::string(KeywordText(word.keyword)) + "\" is invalid: '" + text +
                              "'.",
                          "write it as in " + std::string(example)));
    return MakeLiteral(first, Value());
  }
  return MakeLiteral(first, std::move(*value));
}

}  // namespace weir::sql
