#include "weir/sql/grammar.h"

// query |> operator |> operator ...
namespace weir::sql {

// A query that |> follows is the first input; FROM t stands for t itself.
QueryPtr Grammar::ReadPipes(QueryPtr query) {
  if (!At(TokenKind::kPipeArrow)) return query;
  const size_t begin = query->span.begin;
  FromItemPtr item;
  auto* from = std::get_if<FromBody>(&query->body);
  if (from != nullptr && query->with.empty()) {
    item = std::move(from->from);
  } else {
    if (auto* inner = std::get_if<QueryPtr>(&query->body)) {
      QueryPtr within = std::move(*inner);
      query = std::move(within);
    }
    item = MakeFrom(position(), QueryFrom{std::move(query), false});
  }
  while (Accept(TokenKind::kPipeArrow)) {
    item = ReadPipe(std::move(item));
    item->span.source = source_;
    item->span.begin = begin;
  }
  auto piped = std::make_unique<Query>();
  piped->span = item->span;
  piped->body = FromBody{std::move(item)};
  return FinishQuery(std::move(piped));
}

FromItemPtr Grammar::ReadPipe(FromItemPtr input) {
  const Level level(*this);
  const size_t first = position();
  FromItemPtr item;
  if (AtJoin()) {
    item = ReadJoin(first, std::move(input));
  } else if (At(Keyword::kTABLESAMPLE)) {
    item = ReadSample(first, std::move(input));
  } else if (AtPivot()) {
    item = ReadPivots(first, std::move(input));
  } else {
    PipeFrom pipe;
    pipe.input = std::move(input);
    TableAlias alias;
    ReadPipeOperation(pipe, alias);
    item = MakeFrom(first, std::move(pipe), std::move(alias));
  }
  item->piped = true;
  return item;
}

void Grammar::ReadPipeOperation(PipeFrom& pipe, TableAlias& alias) {
  switch (Peek().keyword) {
    case Keyword::kWHERE:
      Next();
      pipe.operation = PipeFrom::Where{ReadExpression()};
      return;
    case Keyword::kSELECT:
      pipe.operation = PipeFrom::Select{ReadPipeItems()};
      return;
    case Keyword::kSET:
      pipe.operation = ReadPipeSet();
      return;
    case Keyword::kDROP: {
      Next();
      PipeFrom::Drop drop;
      do {
        drop.columns.push_back(ReadCheckedIdentifier());
      } while (Accept(TokenKind::kComma));
      pipe.operation = std::move(drop);
      return;
    }
    case Keyword::kAS:
      Next();
      alias.name = ReadCheckedIdentifier();
      pipe.operation = PipeFrom::As{};
      return;
    case Keyword::kORDER:
    case Keyword::kSORT:
    case Keyword::kCLUSTER:
    case Keyword::kDISTRIBUTE:
    case Keyword::kLIMIT:
    case Keyword::kOFFSET:
    case Keyword::kWINDOW:
      pipe.operation = ReadPipeOrganization();
      return;
    default:
      break;
  }
  if (AtSetOperator()) {
    pipe.operation = ReadPipeCombination();
  } else if (AcceptWord("aggregate")) {
    pipe.operation = ReadPipeAggregate();
  } else if (AtWord("extend")) {
    pipe.operation = PipeFrom::Extend{ReadPipeItems()};
  } else {
    FailHere("an operator is expected here, such as WHERE, SELECT, EXTEND or AGGREGATE");
  }
}

// SELECT or EXTEND, the items, WINDOW w AS (...)
QueryPtr Grammar::ReadPipeItems() {
  const size_t first = position();
  const bool extend = Next().keyword != Keyword::kSELECT;
  Select select;
  if (!extend && AtAny({Keyword::kDISTINCT, Keyword::kALL}) && !At(TokenKind::kDot, 1)) {
    select.distinct = Next().keyword == Keyword::kDISTINCT;
  }
  do {
    select.items.push_back(ReadSelectItem());
    const Expr& expr = *select.items.back().expr;
    if (extend && std::holds_alternative<StarExpr>(expr.node)) {
      Report(MakeDiagnostic("INVALID_USAGE_OF_STAR_OR_REGEX", expr.span,
                            "Invalid usage of '*' in |> EXTEND.",
                            "the columns that are there stay without it"));
    }
  } while (Accept(TokenKind::kComma));
  if (At(Keyword::kWINDOW) && AtName(1) && At(Keyword::kAS, 2)) ReadWindows(select);
  return MakeQuery(first, std::move(select));
}

PipeFrom::Set Grammar::ReadPipeSet() {
  Expect(Keyword::kSET);
  PipeFrom::Set set;
  do {
    Identifier column = ReadCheckedIdentifier();
    if (At(TokenKind::kDot)) {
      Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", Here(),
                          "|> SET takes the name of a column, without a qualifier or a field.",
                          "write the name alone"));
    }
    Expect(TokenKind::kEq);
    set.columns.emplace_back(std::move(column), ReadExpression());
  } while (Accept(TokenKind::kComma));
  return set;
}

// AGGREGATE [items] [GROUP BY keys], after the word.
PipeFrom::Aggregate Grammar::ReadPipeAggregate() {
  PipeFrom::Aggregate aggregate;
  if (!(At(Keyword::kGROUP) && At(Keyword::kBY, 1))) {
    do {
      aggregate.items.push_back(ReadSelectItem());
    } while (Accept(TokenKind::kComma));
  }
  if (!AcceptAll({Keyword::kGROUP, Keyword::kBY})) return aggregate;
  aggregate.grouped = true;
  const auto refuse = [&](const std::string& what) {
    Fail(MakeDiagnostic("UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE", Here(),
                        "The feature is not supported: " + what + " in |> AGGREGATE.",
                        "write SELECT ... GROUP BY"));
  };
  if (At(Keyword::kALL) && !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1)) {
    refuse("GROUP BY ALL");
  }
  do {
    if (AtGroupingAnalytics()) refuse("GROUPING SETS, ROLLUP and CUBE");
    aggregate.keys.push_back(ReadSelectItem());
  } while (Accept(TokenKind::kComma));
  if (At(Keyword::kWITH) && AtAny({Keyword::kROLLUP, Keyword::kCUBE}, 1)) {
    refuse("GROUP BY ... WITH ROLLUP and CUBE");
  }
  return aggregate;
}

// One of ORDER BY and LIMIT [OFFSET]; OFFSET may stand alone.
PipeFrom::Organize Grammar::ReadPipeOrganization() {
  const size_t first = position();
  if (At(Keyword::kWINDOW)) {
    Fail(MakeDiagnostic("UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS", Here(),
                        "The feature is not supported: the WINDOW clause as an operator of a pipe.",
                        "write it after |> SELECT or |> EXTEND"));
  }
  auto query = std::make_unique<Query>();
  ReadOrganization(*query);
  const bool ordered = !query->order_by.empty() || query->order_by_all;
  if (ordered && (query->limit != nullptr || query->offset != nullptr)) {
    Fail(MakeDiagnostic("MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS", SpanFrom(first),
                        "ORDER BY and LIMIT cannot coexist in the same operator of a pipe.",
                        "write |> between them"));
  }
  query->span = SpanFrom(first);
  return {FinishQuery(std::move(query))};
}

// {UNION | EXCEPT | INTERSECT} [ALL] [BY NAME] query
PipeFrom::Combine Grammar::ReadPipeCombination() {
  const size_t first = position();
  const Keyword word = Next().keyword;
  SetOperation operation;
  operation.kind = word == Keyword::kUNION       ? SetKind::kUnion
                   : word == Keyword::kINTERSECT ? SetKind::kIntersect
                                                 : SetKind::kExcept;
  operation.all = Accept(Keyword::kALL);
  if (!operation.all) Accept(Keyword::kDISTINCT);
  operation.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  operation.right = ReadQueryPrimary();
  auto query = std::make_unique<Query>();
  query->body = std::move(operation);
  query->span = SpanFrom(first);
  return {FinishQuery(std::move(query))};
}

}  // namespace weir::sql
