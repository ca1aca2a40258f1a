#include "weir/sql/grammar.h"
#include "weir/sql/interval_text.h"
#include "weir/sql/literals.h"

namespace weir::sql {

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
    case TokenKind::kLeftParen:
      return sign == 0;
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
    const auto unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
    if (!unit) {
      std::vector<ExprPtr> arguments;
      arguments.push_back(std::move(amount));
      return CallOf(first, "interval", std::move(arguments));
    }
    Next();
    IntervalExpr interval;
    interval.parts.emplace_back(std::move(amount), std::string(*unit));
    return Make(first, std::move(interval));
  }
  const bool negative = At(TokenKind::kMinus);
  const size_t signs = negative || At(TokenKind::kPlus) ? 1 : 0;
  const bool has_unit =
      At(TokenKind::kWord, signs + 1) && IntervalUnit(Text(Peek(signs + 1))).has_value();
  if (signs == 0 && At(TokenKind::kString) && !has_unit) return ReadIntervalText(first);
  if (At(Keyword::kTO, signs + 2)) {
    if (signs > 0) Next();
    return ReadIntervalRange(first, negative);
  }
  return ReadIntervalAmounts(first);
}

// INTERVAL 3 DAYS 4 HOURS
ExprPtr Grammar::ReadIntervalAmounts(size_t first) {
  IntervalSum sum;
  bool failed = false;
  do {
    const bool negative = Accept(TokenKind::kMinus);
    if (!negative) Accept(TokenKind::kPlus);
    const Token amount = Next();
    const bool is_text = amount.kind == TokenKind::kString;
    if (!is_text && amount.kind != TokenKind::kNumber) FailHere("an amount of time is expected");
    const std::string text = is_text ? StringTokenText(Text(amount)) : std::string(Text(amount));
    const auto unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
    if (!unit) FailHere("a unit is expected here: YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND");
    Next();
    if (!sum.Add(text, *unit, negative) && !failed) {
      failed = true;
      Report(MakeDiagnostic("INVALID_INTERVAL_FORMAT", SpanFrom(first),
                            "Error parsing '" + text + "' to interval: it is not an amount of " +
                                std::string(*unit) + "s, or too large.",
                            "write a whole number; only seconds may have a fraction"));
    }
  } while (AtIntervalAmount());
  if (failed) return MakeLiteral(first, Value());
  return MakeInterval(first, sum.Result());
}

bool Grammar::AtIntervalAmount() const {
  const size_t signs = At(TokenKind::kMinus) || At(TokenKind::kPlus) ? 1 : 0;
  return (At(TokenKind::kNumber, signs) || At(TokenKind::kString, signs)) &&
         At(TokenKind::kWord, signs + 1) && IntervalUnit(Text(Peek(signs + 1))).has_value();
}

// INTERVAL '1 day 2 hours'
ExprPtr Grammar::ReadIntervalText(size_t first) {
  const std::string text = ReadStringText();
  return MakeInterval(first, ParseIntervalWords(text));
}

// INTERVAL '1-2' YEAR TO MONTH
ExprPtr Grammar::ReadIntervalRange(size_t first, bool negative) {
  if (!At(TokenKind::kString)) FailHere("the value of a range is a string: '1-2' YEAR TO MONTH");
  const std::string text = StringTokenText(Text(Next()));
  const size_t range_first = position();
  const std::string_view from_word = Text(Next());
  Expect(Keyword::kTO);
  const auto to_unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
  if (!to_unit) FailHere("a unit is expected here: MONTH, HOUR, MINUTE, SECOND");
  Next();
  const IntervalField from = FieldOfUnit(*IntervalUnit(from_word));
  const IntervalField to = FieldOfUnit(*to_unit);
  const bool is_months = from == IntervalField::kYear && to == IntervalField::kMonth;
  const bool is_time = from >= IntervalField::kDay && to > from;
  if (!is_months && !is_time) {
    Report(MakeDiagnostic("INVALID_INTERVAL_FORMAT", SpanFrom(range_first),
                          "Intervals FROM " + std::string(IntervalFieldName(from)) + " TO " +
                              std::string(IntervalFieldName(to)) + " are not supported.",
                          "write YEAR TO MONTH, or a range within DAY TO SECOND"));
    return MakeLiteral(first, Value());
  }
  return MakeInterval(first, ParseIntervalRange(text, from, to, negative));
}

ExprPtr Grammar::MakeInterval(size_t first, const IntervalResult& result) {
  if (const auto* bad = std::get_if<BadInterval>(&result)) {
    Report(MakeDiagnostic("INVALID_INTERVAL_FORMAT", SpanFrom(first), bad->message,
                          "units are years and months, or weeks down to microseconds; add two "
                          "intervals where both are needed"));
    return MakeLiteral(first, Value());
  }
  const auto& parsed = std::get<ParsedInterval>(result);
  return Make(first, LiteralExpr{parsed.value, parsed.fields});
}

}  // namespace weir::sql
