#include <algorithm>

#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"

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
  return ReadLateralViews(std::move(from));
}

FromItemPtr Grammar::ReadRelation() {
  const Level level(*this);
  const size_t first = position();
  return ReadJoins(first, ReadRelationPrimary());
}

FromItemPtr Grammar::ReadJoins(size_t first, FromItemPtr left) {
  while (AtJoin()) left = ReadJoin(first, std::move(left));
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
  if (LowerName(Text(Peek())) == "nearest") Fail(Unsupported("NEAREST joins", Here()));
  const size_t criteria = position();
  if (Accept(Keyword::kON)) {
    join.on = ReadExpression();
  } else if (At(Keyword::kUSING) && At(TokenKind::kLeftParen, 1)) {
    Next();
    join.using_ = ReadIdentifierList();
  }
  if (join.natural && position() != criteria) {
    Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", SpanFrom(criteria),
                        "Syntax error at or near a condition of a NATURAL join.",
                        "a NATURAL join has no condition; leave out one of them"));
  }
  return MakeFrom(first, std::move(join));
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
  RefuseRelationSuffixes();
  TableAlias alias = ReadTableAlias();
  return MakeFrom(first, std::move(node), std::move(alias));
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
    RefuseRelationSuffixes();
    TableAlias alias = ReadTableAlias();
    return MakeFrom(first,
                    FunctionFrom{std::move(call.function), std::move(call.arguments), stream},
                    std::move(alias));
  }
  TableFrom table{std::move(name), stream, {}};
  ReadTimeTravel(table);
  RefuseRelationSuffixes();
  TableAlias alias = ReadTableAlias();
  RefuseRelationSuffixes();
  return MakeFrom(first, std::move(table), std::move(alias));
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
  RefuseRelationSuffixes();
  TableAlias alias = ReadTableAlias();
  return MakeFrom(first, QueryFrom{std::move(query), true}, std::move(alias));
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
  RefuseRelationSuffixes();
  TableAlias alias = ReadTableAlias();
  RefuseRelationSuffixes();
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
  const size_t first = position();
  if (version) {
    if (!AtInteger() && !At(TokenKind::kString)) FailHere("a version number is expected here");
    table.as_of = VersionAsOf{ReadPrimary()};
    return;
  }
  ExprPtr moment = ReadValue();
  if (NamesColumns(*moment)) {
    Report(MakeDiagnostic("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", SpanFrom(first),
                          "The time travel timestamp expression cannot refer to columns.",
                          "write a constant: TIMESTAMP AS OF '2013-01-31'"));
  }
  table.as_of = TimestampAsOf{std::move(moment)};
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

void Grammar::RefuseRelationSuffixes() {
  if (At(Keyword::kTABLESAMPLE) && (At(TokenKind::kLeftParen, 1) || AtName(1))) {
    Fail(Unsupported("TABLESAMPLE", Here(), "filter with rand() < fraction, or use LIMIT"));
  }
  if (At(Keyword::kPIVOT) && At(TokenKind::kLeftParen, 1)) {
    Fail(Unsupported("PIVOT", Here(), "write one aggregate with FILTER (WHERE ...) per column"));
  }
  if (At(Keyword::kUNPIVOT)) {
    Fail(Unsupported("UNPIVOT", Here(), "use LATERAL VIEW stack(...)"));
  }
  if (At(Keyword::kWATERMARK) && AtName(1)) {
    Fail(Unsupported("WATERMARK", Here()));
  }
  if (At(Keyword::kCHANGES) && At(Keyword::kFROM, 1)) {
    Fail(Unsupported("CHANGES FROM", Here()));
  }
}

}  // namespace weir::sql
