#include <algorithm>
#include <cctype>

#include "weir/sql/grammar.h"
#include "weir/sql/interval_text.h"
#include "weir/sql/literals.h"

namespace weir::sql {

namespace {

// What an amount says with the sign before it turned around.
std::string Turned(std::string text, bool negative) {
  if (!negative) return text;
  return text.starts_with('-') ? text.substr(1) : "-" + text;
}

}  // namespace

// INTERVAL begins a length of time only before an amount; else it is a name.
bool Grammar::StartsInterval() const {
  const auto unit_at = [&](size_t ahead) {
    return At(TokenKind::kWord, ahead) && IntervalUnit(Text(Peek(ahead))).has_value();
  };
  const size_t sign = At(TokenKind::kMinus, 1) || At(TokenKind::kPlus, 1) ? 1 : 0;
  switch (Peek(1 + sign).kind) {
    case TokenKind::kString:
      return true;
    case TokenKind::kNumber:
      return unit_at(2 + sign);
    case TokenKind::kQuestion:
    case TokenKind::kWord:
    case TokenKind::kQuotedName:
      return sign == 0 && unit_at(2) && !AtClauseStart(1);
    case TokenKind::kColon:
      return sign == 0 && unit_at(3);
    default:
      return false;
  }
}

ExprPtr Grammar::ReadInterval() {
  const size_t first = position();
  Next();
  const bool literal = At(TokenKind::kString) || At(TokenKind::kNumber) || At(TokenKind::kMinus) ||
                       At(TokenKind::kPlus);
  if (!literal) {
    ExprPtr amount = ReadPrimary();
    IntervalExpr interval;
    interval.parts.emplace_back(std::move(amount), std::string(*IntervalUnit(Text(Next()))));
    return Make(first, std::move(interval));
  }
  const bool negative = At(TokenKind::kMinus);
  const size_t signs = negative || At(TokenKind::kPlus) ? 1 : 0;
  const bool has_unit =
      At(TokenKind::kWord, signs + 1) && IntervalUnit(Text(Peek(signs + 1))).has_value();
  if (signs == 0 && At(TokenKind::kString) && !has_unit) return ReadIntervalText(first);
  ExprPtr interval;
  if (AtIntervalFields()) {
    if (signs > 0) Next();
    interval = ReadIntervalFields(first, negative);
  } else {
    interval = ReadIntervalAmounts(first);
  }
  if (AtIntervalAmount()) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0024", SpanFrom(first),
                        "Can only have a single from-to unit in the interval literal syntax.",
                        "add two intervals"));
  }
  return interval;
}

// INTERVAL 3 DAYS 4 HOURS
ExprPtr Grammar::ReadIntervalAmounts(size_t first) {
  std::string text;
  std::vector<std::string_view> units;
  do {
    const bool negative = Accept(TokenKind::kMinus);
    if (!negative) Accept(TokenKind::kPlus);
    const Token amount = Next();
    const bool is_text = amount.kind == TokenKind::kString;
    if (!is_text && amount.kind != TokenKind::kNumber) FailHere("an amount of time is expected");
    const std::string value = is_text ? StringTokenText(Text(amount)) : std::string(Text(amount));
    const auto unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
    if (!unit) FailHere("a unit is expected here: YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND");
    Next();
    const bool has_letter = std::any_of(value.begin(), value.end(), [](unsigned char c) {
      return std::isalpha(c) != 0 || c >= 0x80;
    });
    if (is_text && has_letter) {
      Report(MakeDiagnostic("_LEGACY_ERROR_TEMP_0026", SpanFrom(first),
                            "Can only use numbers in the interval value part for multiple unit "
                            "value pairs interval form, but got invalid value: " +
                                value + ".",
                            "write INTERVAL '" + value + "' without the unit after it"));
      return MakeLiteral(first, Value());
    }
    text += " " + Turned(value, negative) + " " + std::string(*unit);
    units.push_back(*unit);
  } while (AtIntervalAmount() && !AtIntervalFields());
  return MakeInterval(first, IntervalOfUnits(text, units));
}

bool Grammar::AtIntervalAmount() const {
  const size_t signs = At(TokenKind::kMinus) || At(TokenKind::kPlus) ? 1 : 0;
  return (At(TokenKind::kNumber, signs) || At(TokenKind::kString, signs)) &&
         At(TokenKind::kWord, signs + 1) && IntervalUnit(Text(Peek(signs + 1))).has_value();
}

// An amount with YEAR TO MONTH behind it.
bool Grammar::AtIntervalFields() const {
  const size_t signs = At(TokenKind::kMinus) || At(TokenKind::kPlus) ? 1 : 0;
  return AtIntervalAmount() && At(Keyword::kTO, signs + 2);
}

// INTERVAL '1 day 2 hours'
ExprPtr Grammar::ReadIntervalText(size_t first) {
  const std::string text = ReadStringText();
  return MakeInterval(first, IntervalOfText(text));
}

// INTERVAL '1-2' YEAR TO MONTH
ExprPtr Grammar::ReadIntervalFields(size_t first, bool negative) {
  const bool is_text = At(TokenKind::kString);
  const std::string text = is_text ? StringTokenText(Text(Next())) : std::string(Text(Next()));
  const size_t range_first = position();
  const std::string_view from_word = Text(Next());
  Expect(Keyword::kTO);
  const auto to_unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
  if (!to_unit) FailHere("a unit is expected here: MONTH, HOUR, MINUTE, SECOND");
  Next();
  if (!is_text) {
    Report(MakeDiagnostic("_LEGACY_ERROR_TEMP_0027", SpanFrom(first),
                          "The value of from-to unit must be a string.",
                          "write it as in INTERVAL '1-2' YEAR TO MONTH"));
    return MakeLiteral(first, Value());
  }
  const IntervalField from = FieldOfUnit(*IntervalUnit(from_word));
  const IntervalField to = FieldOfUnit(*to_unit);
  const bool is_months = from == IntervalField::kYear && to == IntervalField::kMonth;
  const bool is_time = from >= IntervalField::kDay && to > from;
  if (!is_months && !is_time) {
    Report(MakeDiagnostic(
        "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", SpanFrom(range_first),
        "Cannot support (interval '" + text + "' " + LowerName(IntervalFieldName(from)) + " to " +
            LowerName(IntervalFieldName(to)) + ") expression.",
        "write YEAR TO MONTH, or a range within DAY TO SECOND"));
    return MakeLiteral(first, Value());
  }
  return MakeInterval(first, IntervalOfFields(Turned(text, negative), from, to));
}

ExprPtr Grammar::MakeInterval(size_t first, const IntervalResult& result) {
  if (const auto* bad = std::get_if<BadInterval>(&result)) {
    Report(MakeDiagnostic(bad->condition, SpanFrom(first), bad->message,
                          "units are years and months, or weeks down to microseconds; add two "
                          "intervals where both are needed"));
    return MakeLiteral(first, Value());
  }
  return MakeLiteral(first, std::get<Value>(result));
}

}  // namespace weir::sql
