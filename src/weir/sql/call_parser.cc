#include "weir/sql/ast_printer.h"
#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

constexpr std::string_view kDateUnits[] = {"year",   "quarter",     "month",      "week",
                                           "day",    "dayofyear",   "hour",       "minute",
                                           "second", "millisecond", "microsecond"};

bool IsDateUnit(std::string_view word) {
  const std::string lower = LowerName(word);
  for (const std::string_view unit : kDateUnits) {
    if (lower == unit) return true;
  }
  return false;
}

std::string UpperText(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

}  // namespace

ExprPtr Grammar::ReadCall(size_t first, Name function) {
  CallExpr call;
  call.function = std::move(function);
  ReadArguments(call);
  ReadCallSuffixes(call);
  RewriteDateCall(call);
  return Make(first, std::move(call));
}

void Grammar::ReadArguments(CallExpr& call) {
  Expect(TokenKind::kLeftParen);
  if (Accept(TokenKind::kRightParen)) return;
  if (At(TokenKind::kStar) && At(TokenKind::kRightParen, 1)) {
    Next();
    Next();
    call.is_star = true;
    return;
  }
  const bool quantified =
      AtAny({Keyword::kDISTINCT, Keyword::kALL}) &&
      (At(TokenKind::kLeftParen, 1) || At(TokenKind::kNumber, 1) || At(TokenKind::kString, 1) ||
       At(TokenKind::kStar, 1) || At(TokenKind::kMinus, 1) || AtName(1));
  if (quantified) call.distinct = Next().keyword == Keyword::kDISTINCT;
  const bool allow_alias =
      call.function.parts.size() == 1 && LowerName(call.function.parts[0].text) == "struct";
  do {
    const bool of_table = call.function.parts.size() == 1 && TakesTable(call.function.parts[0]) &&
                          At(Keyword::kTABLE) && At(TokenKind::kLeftParen, 1);
    call.arguments.push_back(of_table ? ReadTableArgument() : ReadArgument(allow_alias));
  } while (Accept(TokenKind::kComma));
  if (call.arguments.size() == 1 && !call.ignore_nulls) call.ignore_nulls = ReadNullsOption();
  Expect(TokenKind::kRightParen);
}

// What they are asked about is the name of a table.
bool Grammar::TakesTable(const Identifier& function) {
  const std::string name = LowerName(function.text);
  return name == "event_log" || name == "cloud_files_state" || name == "flow_state";
}

// event_log(TABLE(a.b)) is event_log(of_table => 'a.b').
Argument Grammar::ReadTableArgument() {
  const size_t first = position();
  Next();
  Expect(TokenKind::kLeftParen);
  Argument argument;
  const Name name = ReadName();
  argument.name = Identifier{"of_table", name.span};
  argument.value = MakeLiteral(first, Value::String(name.ToString()));
  Expect(TokenKind::kRightParen);
  return argument;
}

Argument Grammar::ReadArgument(bool allow_alias) {
  Argument argument;
  if (AtName() && At(TokenKind::kFatArrow, 1)) {
    argument.name = ReadIdentifier();
    Next();
  }
  if (At(Keyword::kTABLE) && (At(TokenKind::kLeftParen, 1) || AtName(1))) {
    argument.value = ReadTableOfCall();
    return argument;
  }
  if (argument.name) {
    argument.value = ReadExpression();
    return argument;
  }
  if (allow_alias) return ReadNamedExpression();
  argument.value = ReadExpression();
  return argument;
}

// TABLE(t) or TABLE(query), [PARTITION BY ...] [ORDER BY ...]
ExprPtr Grammar::ReadTableOfCall() {
  const size_t first = position();
  Next();
  if (!At(TokenKind::kLeftParen)) {
    Fail(MakeDiagnostic(
        "INVALID_SQL_SYNTAX.INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES", Here(),
        "Parentheses are missing around the name of the table.", "write TABLE(t)"));
  }
  SkipParentheses();
  Refuse(
      Unsupported("TABLE arguments of functions", SpanFrom(first), "join with the table instead"));
  const auto by = [&](Keyword word) { return AcceptAll({word, Keyword::kBY}); };
  if (by(Keyword::kPARTITION) || by(Keyword::kDISTRIBUTE)) ReadExpressions();
  if (by(Keyword::kORDER) || by(Keyword::kSORT)) {
    const bool several = At(TokenKind::kLeftParen) && AtName(1);
    if (several) Next();
    ReadSortItems();
    if (several) Expect(TokenKind::kRightParen);
  }
  return MakeLiteral(first, Value());
}

std::optional<bool> Grammar::ReadNullsOption() {
  if (AcceptAll({Keyword::kIGNORE, Keyword::kNULLS})) return true;
  if (AcceptAll({Keyword::kRESPECT, Keyword::kNULLS})) return false;
  return std::nullopt;
}

void Grammar::ReadCallSuffixes(CallExpr& call) {
  if (AcceptAll({Keyword::kWITHIN, Keyword::kGROUP})) {
    Expect(TokenKind::kLeftParen);
    ExpectAll({Keyword::kORDER, Keyword::kBY});
    call.within_group = ReadSortItems();
    Expect(TokenKind::kRightParen);
  }
  if (At(Keyword::kFILTER) && At(TokenKind::kLeftParen, 1)) {
    Next();
    Next();
    Expect(Keyword::kWHERE);
    call.filter = ReadExpression();
    Expect(TokenKind::kRightParen);
  }
  if (const std::optional<bool> option = ReadNullsOption()) call.ignore_nulls = option;
  if (At(Keyword::kOVER) && (At(TokenKind::kLeftParen, 1) || AtName(1))) {
    Next();
    call.over = ReadWindowSpec();
  }
}

// date_add(DAY, n, t) and datediff(DAY, a, b), whose unit was read as a column.
void Grammar::RewriteDateCall(CallExpr& call) {
  if (call.function.parts.size() != 1 || call.arguments.size() != 3) return;
  const std::string name = LowerName(call.function.parts[0].text);
  const bool adds = name == "timestampadd" || name == "dateadd" || name == "date_add";
  const bool differs =
      name == "timestampdiff" || name == "datediff" || name == "date_diff" || name == "timediff";
  if (!adds && !differs) return;
  Argument& unit = call.arguments[0];
  if (const auto* literal = std::get_if<LiteralExpr>(&unit.value->node)) {
    if (literal->value.type().id() != TypeId::kString) return;
    Report(MakeDiagnostic("INVALID_PARAMETER_VALUE.DATETIME_UNIT", unit.value->span,
                          "The value of parameter(s) `unit` in `" + name +
                              "` is invalid: expects a unit without quotes, but got the string " +
                              ToSql(*literal) + ".",
                          "write YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, ... without quotes"));
    return;
  }
  const auto* column = std::get_if<NameExpr>(&unit.value->node);
  if (column == nullptr || unit.name || column->name.parts.size() != 1) return;
  const std::string text = column->name.parts[0].text;
  if (!IsDateUnit(text)) return;
  unit.value = MakeSpanned(unit.value->span, LiteralExpr{Value::String(UpperText(text))});
  call.function.parts[0].text = adds ? "timestampadd" : "timestampdiff";
}

ExprPtr Grammar::CallOf(size_t first, std::string name, std::vector<ExprPtr> arguments) {
  CallExpr call;
  call.function.span = SpanOfTokens(first, first);
  call.function.parts.push_back({std::move(name), call.function.span});
  for (ExprPtr& argument : arguments) call.arguments.push_back({std::nullopt, std::move(argument)});
  return Make(first, std::move(call));
}

// Calls whose arguments are parted by words. Nothing when the call is an ordinary one after all.
std::optional<ExprPtr> Grammar::ReadSpecialCall() {
  const Level level(*this);
  switch (Peek().keyword) {
    case Keyword::kEXTRACT:
      if (AtName(2) && At(Keyword::kFROM, 3)) return ReadExtract();
      return std::nullopt;
    case Keyword::kTRIM:
      return ReadTrim();
    case Keyword::kSUBSTR:
    case Keyword::kSUBSTRING:
      return ReadSubstring();
    case Keyword::kPOSITION:
      return ReadPosition();
    case Keyword::kOVERLAY:
      return ReadOverlay();
    default:
      return std::nullopt;
  }
}

ExprPtr Grammar::ReadCase() {
  const size_t first = position();
  Expect(Keyword::kCASE);
  CaseExpr node;
  if (!At(Keyword::kWHEN)) node.operand = ReadExpression();
  do {
    Expect(Keyword::kWHEN);
    ExprPtr when = ReadExpression();
    Expect(Keyword::kTHEN);
    ExprPtr then = ReadExpression();
    node.branches.emplace_back(std::move(when), std::move(then));
  } while (At(Keyword::kWHEN));
  if (Accept(Keyword::kELSE)) node.otherwise = ReadExpression();
  Expect(Keyword::kEND);
  return Make(first, std::move(node));
}

ExprPtr Grammar::ReadCast() {
  const size_t first = position();
  const bool is_try = At(Keyword::kTRY_CAST);
  Next();
  Expect(TokenKind::kLeftParen);
  ExprPtr operand = ReadExpression();
  Expect(Keyword::kAS);
  const size_t type_first = position();
  DataType type = ReadType();
  Span type_span = SpanFrom(type_first);
  Expect(TokenKind::kRightParen);
  return Make(first, CastExpr{std::move(operand), std::move(type), std::move(type_span), is_try});
}

ExprPtr Grammar::ReadExtract() {
  const size_t first = position();
  Next();
  Next();
  const size_t field_first = position();
  std::string field = ReadIdentifier().text;
  std::vector<ExprPtr> arguments;
  arguments.push_back(MakeLiteral(field_first, Value::String(std::move(field))));
  Expect(Keyword::kFROM);
  arguments.push_back(ReadValue());
  Expect(TokenKind::kRightParen);
  return CallOf(first, "extract", std::move(arguments));
}

ExprPtr Grammar::ReadTrim() {
  const size_t first = position();
  Next();
  Next();
  std::string name = "btrim";
  bool special = false;
  if (AtAny({Keyword::kBOTH, Keyword::kLEADING, Keyword::kTRAILING}) &&
      !At(TokenKind::kRightParen, 1) && !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1)) {
    special = true;
    const Keyword side = Next().keyword;
    if (side == Keyword::kLEADING) name = "ltrim";
    if (side == Keyword::kTRAILING) name = "rtrim";
  }
  std::vector<ExprPtr> arguments;
  if (!At(Keyword::kFROM) || At(TokenKind::kRightParen, 1)) arguments.push_back(ReadValue());
  if (special || At(Keyword::kFROM)) {
    Expect(Keyword::kFROM);
    ExprPtr source = ReadValue();
    // btrim(source, characters), but ltrim(characters, source).
    arguments.insert(name == "btrim" ? arguments.begin() : arguments.end(), std::move(source));
  } else {
    name = "trim";
    while (Accept(TokenKind::kComma)) arguments.push_back(ReadExpression());
  }
  Expect(TokenKind::kRightParen);
  return CallOf(first, std::move(name), std::move(arguments));
}

ExprPtr Grammar::ReadSubstring() {
  const size_t first = position();
  std::string name(Text(Next()));
  Next();
  std::vector<ExprPtr> arguments;
  if (!At(TokenKind::kRightParen)) arguments.push_back(ReadValue());
  if (Accept(Keyword::kFROM) || Accept(TokenKind::kComma)) {
    arguments.push_back(ReadValue());
    if (Accept(Keyword::kFOR) || Accept(TokenKind::kComma)) arguments.push_back(ReadValue());
  }
  Expect(TokenKind::kRightParen);
  return CallOf(first, std::move(name), std::move(arguments));
}

ExprPtr Grammar::ReadPosition() {
  const size_t first = position();
  Next();
  Next();
  std::vector<ExprPtr> arguments;
  if (!At(TokenKind::kRightParen)) arguments.push_back(ReadValue());
  if (Accept(Keyword::kIN)) {
    arguments.push_back(ReadValue());
  } else {
    while (Accept(TokenKind::kComma)) arguments.push_back(ReadExpression());
  }
  Expect(TokenKind::kRightParen);
  return CallOf(first, "position", std::move(arguments));
}

ExprPtr Grammar::ReadOverlay() {
  const size_t first = position();
  Next();
  Next();
  std::vector<ExprPtr> arguments;
  if (!At(TokenKind::kRightParen)) arguments.push_back(ReadValue());
  if (Accept(Keyword::kPLACING)) {
    arguments.push_back(ReadValue());
    Expect(Keyword::kFROM);
    arguments.push_back(ReadValue());
    if (Accept(Keyword::kFOR)) arguments.push_back(ReadValue());
  } else {
    while (Accept(TokenKind::kComma)) arguments.push_back(ReadExpression());
  }
  Expect(TokenKind::kRightParen);
  return CallOf(first, "overlay", std::move(arguments));
}

// Functions that are called without parentheses. Null when the word here is none.
ExprPtr Grammar::ReadBareFunction() {
  const size_t first = position();
  switch (Peek().keyword) {
    case Keyword::kCURRENT_DATE:
    case Keyword::kCURRENT_TIME:
    case Keyword::kCURRENT_TIMESTAMP:
    case Keyword::kCURRENT_USER:
    case Keyword::kSESSION_USER:
    case Keyword::kLOCALTIMESTAMP:
      break;
    default:
      return nullptr;
  }
  std::string name = LowerName(Text(Next()));
  return CallOf(first, std::move(name), {});
}

}  // namespace weir::sql
