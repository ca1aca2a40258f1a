#include <algorithm>

#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"
#include "weir/sql/table_name_text.h"

namespace weir::sql {
namespace {

bool NamesColumns(const Expr& expr) {
  if (std::holds_alternative<NameExpr>(expr.node)) return true;
  bool found = false;
  ForEachChild(expr, [&](const ExprPtr& child) { found = found || NamesColumns(*child); });
  return found;
}

}  // namespace

FromItemPtr Grammar::MakeFrom(size_t first, FromNode node, TableAlias alias) {
  auto item = std::make_unique<FromItem>();
  item->span = SpanFrom(first);
  item->alias = std::move(alias);
  item->node = std::move(node);
  uint32_t below = 0;
  const auto see = [&](const ExprPtr& expr) {
    if (expr) below = std::max(below, expr->height);
  };
  if (const auto* join = std::get_if<JoinFrom>(&item->node)) {
    below = std::max(join->left->height, join->right->height);
    see(join->on);
  } else if (const auto* query = std::get_if<QueryFrom>(&item->node)) {
    below = query->query->height;
  } else if (const auto* view = std::get_if<LateralViewFrom>(&item->node)) {
    below = view->input->height;
    for (const Argument& argument : view->arguments) see(argument.value);
  } else if (const auto* function = std::get_if<FunctionFrom>(&item->node)) {
    for (const Argument& argument : function->arguments) see(argument.value);
  } else if (const auto* values = std::get_if<ValuesFrom>(&item->node)) {
    for (const auto& row : values->rows) std::for_each(row.begin(), row.end(), see);
  } else if (const auto* sample = std::get_if<SampleFrom>(&item->node)) {
    below = sample->input->height;
    see(sample->rows);
  } else if (const auto* watermark = std::get_if<WatermarkFrom>(&item->node)) {
    below = watermark->input->height;
    see(watermark->time.expr);
    see(watermark->delay);
  } else if (const auto* pivot = std::get_if<PivotFrom>(&item->node)) {
    below = pivot->input->height;
    for (const SelectItem& aggregate : pivot->aggregates) see(aggregate.expr);
    for (const SelectItem& value : pivot->values) see(value.expr);
  } else if (const auto* unpivot = std::get_if<UnpivotFrom>(&item->node)) {
    below = unpivot->input->height;
  } else if (const auto* pipe = std::get_if<PipeFrom>(&item->node)) {
    below = pipe->input->height;
    ForEachChild(*pipe, see);
    if (const Query* query = QueryOf(*pipe)) below = std::max(below, query->height);
  }
  item->height = below + 1;
  if (item->height > kMaxHeight) FailTooComplex();
  return item;
}

// After FROM. Commas join everything, and bind less than JOIN.
FromItemPtr Grammar::ReadFromClause() {
  const size_t first = position();
  FromItemPtr from = ReadRelation();
  while (Accept(TokenKind::kComma)) {
    if (AtEnd() || AtClauseStart()) {
      if (!At(Keyword::kLATERAL)) FailHere("there is a comma too many before this");
    }
    JoinFrom join;
    join.kind = JoinKind::kCross;
    join.left = std::move(from);
    join.right = ReadRelation();
    from = MakeFrom(first, std::move(join));
  }
  from = ReadLateralViews(std::move(from));
  if (!AtPivot()) return from;
  const bool lateral = std::holds_alternative<LateralViewFrom>(from->node);
  const bool is_pivot = At(Keyword::kPIVOT);
  from = ReadPivots(first, std::move(from));
  if (lateral || AtPivot()) FailPivotHere(first, lateral && !AtPivot(), is_pivot);
  return from;
}

// A PIVOT of a whole FROM clause stands alone.
void Grammar::FailPivotHere(size_t first, bool lateral, bool is_pivot) {
  const std::string what = lateral ? "LATERAL" : "UNPIVOT";
  const std::string with = is_pivot ? "PIVOT" : "UNPIVOT";
  Fail(MakeDiagnostic("NOT_ALLOWED_IN_FROM." + what + "_WITH_" + with, SpanFrom(first),
                      "Not allowed in the FROM clause: " + what + " together with " + with + ".",
                      "put one of them into a sub-query"));
}

FromItemPtr Grammar::ReadRelation() {
  const Level level(*this);
  const size_t first = position();
  return ReadJoins(first, ReadRelationPrimary());
}

FromItemPtr Grammar::ReadJoins(size_t first, FromItemPtr left) {
  while (AtJoin() || AtPivot()) {
    left = AtPivot() ? ReadPivots(first, std::move(left)) : ReadJoin(first, std::move(left));
  }
  return left;
}

bool Grammar::AtJoin() const {
  switch (Peek().keyword) {
    case Keyword::kJOIN:
    case Keyword::kNATURAL:
      return true;
    case Keyword::kINNER:
    case Keyword::kCROSS:
    case Keyword::kSEMI:
    case Keyword::kANTI:
      return At(Keyword::kJOIN, 1);
    case Keyword::kLEFT:
    case Keyword::kRIGHT:
    case Keyword::kFULL:
      return AtAny({Keyword::kJOIN, Keyword::kOUTER, Keyword::kSEMI, Keyword::kANTI}, 1);
    default:
      return false;
  }
}

FromItemPtr Grammar::ReadJoin(size_t first, FromItemPtr left) {
  JoinFrom join;
  const size_t join_first = position();
  join.natural = Accept(Keyword::kNATURAL);
  join.kind = ReadJoinKind();
  Expect(Keyword::kJOIN);
  if (join.natural && join.kind == JoinKind::kCross) {
    Report(MakeDiagnostic("INCOMPATIBLE_JOIN_TYPES", SpanFrom(join_first),
                          "The join types NATURAL and CROSS are incompatible."));
  }
  join.left = std::move(left);
  join.right = ReadRelationPrimary();
  if (AtWord("nearest") || ((AtWord("approx") || AtWord("exact")) && AtWord("nearest", 1))) {
    ReadNearest(join, join_first);
  }
  const size_t criteria = position();
  if (Accept(Keyword::kON)) {
    join.on = ReadExpression();
  } else if (At(Keyword::kUSING) && At(TokenKind::kLeftParen, 1)) {
    Next();
    join.using_ = ReadIdentifierList();
  }
  const auto* query = std::get_if<QueryFrom>(&join.right->node);
  const bool lateral = query != nullptr && query->lateral;
  if (lateral && join.kind != JoinKind::kInner && join.kind != JoinKind::kCross &&
      join.kind != JoinKind::kLeft) {
    Fail(MakeDiagnostic("INVALID_LATERAL_JOIN_TYPE", SpanFrom(join_first),
                        "A LATERAL query is joined by INNER, CROSS or LEFT OUTER only.",
                        "turn the sides round, or use a LEFT JOIN"));
  }
  if (lateral && join.natural) {
    Fail(MakeDiagnostic("UNSUPPORTED_FEATURE.LATERAL_NATURAL_JOIN", SpanFrom(join_first),
                        "The feature is not supported: NATURAL join with a LATERAL query.",
                        "name the columns in ON"));
  }
  if (lateral && !join.using_.empty()) {
    Fail(MakeDiagnostic("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", SpanFrom(join_first),
                        "The feature is not supported: JOIN USING with a LATERAL query.",
                        "name the columns in ON"));
  }
  if (join.natural && position() != criteria) {
    Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", SpanFrom(criteria),
                        "Syntax error at or near a condition of a NATURAL join.",
                        "a NATURAL join has no condition; leave out one of them"));
  }
  return MakeFrom(first, std::move(join));
}

// [APPROX | EXACT] NEAREST [n] BY {DISTANCE | SIMILARITY} expression
void Grammar::ReadNearest(const JoinFrom& join, size_t first) {
  if (!AtWord("nearest")) Next();
  Next();
  if (At(TokenKind::kNumber)) {
    const std::string digits(Text(Next()));
    const bool fits = digits.size() <= 6 && digits.find_first_not_of("0123456789") == digits.npos &&
                      std::stol(digits) >= 1 && std::stol(digits) <= 100'000;
    if (!fits) {
      Fail(MakeDiagnostic("NEAREST_BY_JOIN.NUM_RESULTS_OUT_OF_RANGE", SpanFrom(first),
                          "The number of results " + digits + " must be between 1 and 100000."));
    }
  }
  Expect(Keyword::kBY);
  if (!AcceptWord("distance")) ExpectWord("similarity");
  ReadExpression();
  if (join.kind != JoinKind::kInner && join.kind != JoinKind::kLeft) {
    Fail(MakeDiagnostic("NEAREST_BY_JOIN.UNSUPPORTED_JOIN_TYPE", SpanFrom(first),
                        "A nearest-by join is INNER or LEFT OUTER."));
  }
  Refuse(Unsupported("NEAREST joins", SpanFrom(first)));
}

JoinKind Grammar::ReadJoinKind() {
  if (Accept(Keyword::kINNER)) return JoinKind::kInner;
  if (Accept(Keyword::kCROSS)) return JoinKind::kCross;
  if (Accept(Keyword::kSEMI)) return JoinKind::kLeftSemi;
  if (Accept(Keyword::kANTI)) return JoinKind::kLeftAnti;
  if (Accept(Keyword::kLEFT)) {
    if (Accept(Keyword::kSEMI)) return JoinKind::kLeftSemi;
    if (Accept(Keyword::kANTI)) return JoinKind::kLeftAnti;
    Accept(Keyword::kOUTER);
    return JoinKind::kLeft;
  }
  if (Accept(Keyword::kRIGHT)) {
    Accept(Keyword::kOUTER);
    return JoinKind::kRight;
  }
  if (Accept(Keyword::kFULL)) {
    Accept(Keyword::kOUTER);
    return JoinKind::kFull;
  }
  return JoinKind::kInner;
}

FromItemPtr Grammar::ReadRelationPrimary() {
  const size_t first = position();
  if (At(TokenKind::kLeftParen)) return ReadParenthesizedRelation();
  if (At(Keyword::kLATERAL)) return ReadLateral();
  if (At(Keyword::kVALUES) && StartsQuery()) {
    Next();
    ValuesFrom values{ReadRows()};
    TableAlias alias = ReadTableAlias();
    return MakeFrom(first, std::move(values), std::move(alias));
  }
  const bool is_stream =
      At(Keyword::kSTREAM) &&
      (At(TokenKind::kLeftParen, 1) || (AtName(1) && !AtClauseStart(1) && !At(Keyword::kAS, 1)));
  if (is_stream) return ReadStream();
  return ReadNamedRelation(/*stream=*/false);
}

// STREAM t, STREAM(t), STREAM read_files(...), STREAM(read_files(...))
FromItemPtr Grammar::ReadStream() {
  const size_t first = position();
  Next();
  if (!Accept(TokenKind::kLeftParen)) return ReadNamedRelation(/*stream=*/true);
  if (StartsQuery()) {
    FailHere("STREAM takes the name of a table or a table function, not a query");
  }
  Name name = ReadTableName();
  FromNode node;
  if (At(TokenKind::kLeftParen)) {
    CallExpr call;
    call.function = std::move(name);
    ReadArguments(call);
    node = FunctionFrom{std::move(call.function), std::move(call.arguments), true};
  } else {
    TableFrom table{std::move(name), true, {}};
    ReadTimeTravel(table);
    node = std::move(table);
  }
  Expect(TokenKind::kRightParen);
  return ReadAliased(first, MakeFrom(first, std::move(node)));
}

// The relation with what may follow it: TABLESAMPLE and an alias.
FromItemPtr Grammar::ReadAliased(size_t first, FromItemPtr item) {
  item = ReadSuffixes(first, std::move(item));
  item->alias = ReadTableAlias();
  item->span = SpanFrom(first);
  return item;
}

FromItemPtr Grammar::ReadNamedRelation(bool stream) {
  const size_t first = position();
  if (!AtName()) {
    FailHere(AtEnd() ? "a table, a function or a query in parentheses is expected here" : "");
  }
  if (AtClauseStart() && !At(TokenKind::kDot, 1)) {
    FailHere("a table is expected here; " + std::string(KeywordText(Peek().keyword)) +
             " as a name wants backticks");
  }
  Name name = ReadTableName();
  if (At(TokenKind::kLeftParen)) {
    CallExpr call;
    call.function = std::move(name);
    ReadArguments(call);
    if (call.is_star || call.distinct) FailHere("a table function takes no * and no DISTINCT");
    const bool streams = stream || IsReadStream(call.function);
    FunctionFrom function{std::move(call.function), std::move(call.arguments), streams};
    FromItemPtr item = MakeFrom(first, std::move(function));
    if (At(Keyword::kWATERMARK) && AtName(1)) item = ReadWatermark(first, std::move(item));
    item->alias = ReadTableAlias();
    item->span = SpanFrom(first);
    return item;
  }
  TableFrom table{std::move(name), stream, {}};
  ReadTimeTravel(table);
  return ReadAliased(first, MakeFrom(first, std::move(table)));
}

FromItemPtr Grammar::ReadLateral() {
  const size_t first = position();
  Expect(Keyword::kLATERAL);
  if (!At(TokenKind::kLeftParen)) {
    // A table function sees what stands before it with or without the word.
    FromItemPtr item = ReadNamedRelation(/*stream=*/false);
    if (!std::holds_alternative<FunctionFrom>(item->node)) {
      Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", SpanFrom(first),
                          "Syntax error at or near 'LATERAL'.",
                          "LATERAL wants a query in parentheses or a table function"));
    }
    return item;
  }
  Next();
  QueryPtr query = ReadQuery();
  Expect(TokenKind::kRightParen);
  return ReadAliased(first, MakeFrom(first, QueryFrom{std::move(query), true}));
}

// A query, or a relation grouped: which one "((" begins shows only after what it holds.
FromItemPtr Grammar::ReadParenthesizedRelation() {
  const Level level(*this);
  const size_t first = position();
  Expect(TokenKind::kLeftParen);
  FromItemPtr item;
  // VALUES begins both, and is read as a relation, which may be joined.
  if (StartsQuery() && !At(Keyword::kVALUES)) {
    QueryPtr query = ReadQuery();
    Expect(TokenKind::kRightParen);
    item = MakeFrom(first, QueryFrom{std::move(query), false});
  } else {
    item = ReadRelation();
    const bool is_values = std::holds_alternative<ValuesFrom>(item->node);
    if (is_values && !At(TokenKind::kRightParen) && !At(TokenKind::kComma)) {
      item = SelectAll(first, std::move(item));
    }
    auto* subquery = std::get_if<QueryFrom>(&item->node);
    const bool bare = subquery != nullptr && !subquery->lateral && !item->alias.name;
    if (bare && (AtSetOperator() || At(Keyword::kLIMIT) || At(Keyword::kOFFSET) ||
                 (At(Keyword::kORDER) && At(Keyword::kBY, 1)))) {
      ExprPtr query = MakeSpanned(item->span, SubqueryExpr{std::move(subquery->query)});
      item = MakeFrom(first, QueryFrom{ContinueQuery(std::move(query)), false});
    }
    while (Accept(TokenKind::kComma)) {
      JoinFrom join;
      join.kind = JoinKind::kCross;
      join.left = std::move(item);
      join.right = ReadRelation();
      item = MakeFrom(first, std::move(join));
    }
    Expect(TokenKind::kRightParen);
  }
  item = ReadSuffixes(first, std::move(item));
  TableAlias alias = ReadTableAlias();
  if (alias.name) {
    // The alias hides the names within, as one over SELECT * does.
    const bool has_names = item->alias.name || std::holds_alternative<JoinFrom>(item->node);
    if (has_names) item = SelectAll(first, std::move(item));
    item->alias = std::move(alias);
  }
  return item;
}

FromItemPtr Grammar::SelectAll(size_t first, FromItemPtr item) {
  Select select;
  select.items.push_back(SelectItem{Make(first, StarExpr{}), std::nullopt, {}});
  select.from = std::move(item);
  QueryPtr query = MakeQuery(first, std::move(select));
  return MakeFrom(first, QueryFrom{std::move(query), false});
}

// LATERAL VIEW [OUTER] f(x) t [AS] a, b: any number, each over all before it.
FromItemPtr Grammar::ReadLateralViews(FromItemPtr input) {
  while (At(Keyword::kLATERAL) && At(Keyword::kVIEW, 1)) {
    const size_t first = position();
    Next();
    Next();
    LateralViewFrom view;
    view.input = std::move(input);
    view.outer = At(Keyword::kOUTER) && AtName(1) && Accept(Keyword::kOUTER);
    view.function = ReadName();
    CallExpr call;
    ReadArguments(call);
    view.arguments = std::move(call.arguments);
    TableAlias alias;
    if (AtAlias() && !At(Keyword::kAS)) alias.name = ReadIdentifier();
    if (Accept(Keyword::kAS) || AtAlias()) {
      do {
        alias.columns.push_back(ReadIdentifier());
      } while (Accept(TokenKind::kComma));
    }
    input = MakeFrom(first, std::move(view), std::move(alias));
  }
  return input;
}

// [FOR] VERSION AS OF n, [FOR] TIMESTAMP AS OF e
void Grammar::ReadTimeTravel(TableFrom& table) {
  const size_t ahead = At(Keyword::kFOR) ? 1 : 0;
  if (!At(Keyword::kAS, ahead + 1) || !At(Keyword::kOF, ahead + 2)) return;
  const bool version = AtAny({Keyword::kVERSION, Keyword::kSYSTEM_VERSION}, ahead);
  const bool timestamp = AtAny({Keyword::kTIMESTAMP, Keyword::kSYSTEM_TIME}, ahead);
  if (!version && !timestamp) return;
  for (size_t i = 0; i < ahead + 3; ++i) Next();
  if (version) {
    if (!AtInteger() && !At(TokenKind::kString)) FailHere("a version number is expected here");
    table.as_of = VersionAsOf{ReadPrimary()};
    return;
  }
  table.as_of = TimestampAsOf{ReadConstantMoment()};
}

// A point in time that names no column.
ExprPtr Grammar::ReadConstantMoment() {
  const size_t first = position();
  ExprPtr moment = ReadValue();
  if (NamesColumns(*moment)) {
    Report(MakeDiagnostic("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", SpanFrom(first),
                          "The time travel timestamp expression cannot refer to columns.",
                          "write a constant: TIMESTAMP AS OF '2013-01-31'"));
  }
  return moment;
}

TableAlias Grammar::ReadTableAlias() {
  TableAlias alias;
  const bool explicit_alias = Accept(Keyword::kAS);
  if (!explicit_alias && !AtAlias()) return alias;
  if (explicit_alias && (AtJoin() || AtSetOperator())) {
    FailHere("an alias is expected here; " + std::string(KeywordText(Peek().keyword)) +
             " as a name wants backticks");
  }
  alias.name = ReadCheckedIdentifier();
  if (At(TokenKind::kLeftParen)) alias.columns = ReadIdentifierList();
  return alias;
}

}  // namespace weir::sql
