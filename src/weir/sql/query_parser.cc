#include <algorithm>
#include <set>

#include "weir/sql/ast_clone.h"
#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

// The height of what a query holds.
class Tallest {
 public:
  void See(const ExprPtr& expr) {
    if (expr) height_ = std::max(height_, expr->height);
  }
  void See(const QueryPtr& query) {
    if (query) height_ = std::max(height_, query->height);
  }
  void See(const std::vector<SortItem>& items) {
    for (const SortItem& item : items) See(item.expr);
  }
  void See(const std::vector<std::vector<ExprPtr>>& rows) {
    for (const auto& row : rows) {
      for (const ExprPtr& expr : row) See(expr);
    }
  }
  void See(const Select& select) {
    for (const SelectItem& item : select.items) See(item.expr);
    if (select.from) height_ = std::max(height_, select.from->height);
    See(select.where);
    See(select.having);
    See(select.qualify);
    if (select.group_by) {
      for (const ExprPtr& key : select.group_by->keys) See(key);
      See(select.group_by->sets);
    }
    for (const auto& [name, window] : select.windows) {
      ForEachChild(window, [&](const ExprPtr& expr) { See(expr); });
    }
  }
  void See(const SetOperation& operation) {
    See(operation.left);
    See(operation.right);
  }
  void See(const ValuesBody& values) { See(values.rows); }
  void See(const FromBody& body) { height_ = std::max(height_, body.from->height); }
  uint32_t height() const { return height_; }

 private:
  uint32_t height_ = 0;
};

}  // namespace

QueryPtr Grammar::MakeQuery(size_t first, Body body) {
  auto query = std::make_unique<Query>();
  query->span = SpanFrom(first);
  query->body = std::move(body);
  return FinishQuery(std::move(query));
}

QueryPtr Grammar::FinishQuery(QueryPtr query) {
  Tallest tallest;
  for (const Cte& cte : query->with) tallest.See(cte.query);
  std::visit([&](const auto& body) { tallest.See(body); }, query->body);
  tallest.See(query->order_by);
  tallest.See(query->limit);
  tallest.See(query->offset);
  query->height = tallest.height() + 1;
  if (query->height > kMaxHeight) FailTooComplex();
  return query;
}

QueryPtr Grammar::ReadQuery() {
  const Level level(*this);
  const size_t first = position();
  bool recursive = false;
  std::vector<Cte> with;
  if (At(Keyword::kWITH)) with = ReadWith(recursive);
  return ReadQueryAfterWith(first, recursive, std::move(with));
}

QueryPtr Grammar::ReadQueryAfterWith(size_t first, bool recursive, std::vector<Cte> with) {
  QueryPtr query = ReadPipes(ReadQueryTerm());
  query->with = std::move(with);
  query->recursive = recursive;
  ReadOrganization(*query);
  query->span = SpanFrom(first);
  return FinishQuery(std::move(query));
}

std::vector<Cte> Grammar::ReadWith(bool& recursive) {
  Expect(Keyword::kWITH);
  recursive = At(Keyword::kRECURSIVE) && AtName(1) && !At(Keyword::kAS, 1);
  if (recursive) Next();
  std::vector<Cte> with;
  std::set<std::string> names;
  do {
    Cte cte;
    cte.name = ReadCheckedIdentifier();
    if (!names.insert(LowerName(cte.name.text)).second) {
      Report(MakeDiagnostic("DUPLICATED_CTE_NAMES", cte.name.span,
                            "CTE definition can't have duplicate names: `" + cte.name.text + "`.",
                            "rename one of them"));
    }
    const bool has_columns = At(TokenKind::kLeftParen) && !StartsQuery(1);
    if (has_columns) cte.columns = ReadIdentifierList();
    if (AtWord("max") && AtWord("recursion", 1) && AtWord("level", 2)) {
      for (int i = 0; i < 3; ++i) Next();
      if (!AtInteger()) FailHere("a number of levels is expected here");
      cte.most_levels = ReadPrimary();
    }
    Accept(Keyword::kAS);
    Expect(TokenKind::kLeftParen);
    cte.query = ReadQuery();
    Expect(TokenKind::kRightParen);
    with.push_back(std::move(cte));
  } while (Accept(TokenKind::kComma));
  return with;
}

// Set operations lean left; INTERSECT binds tighter than UNION and EXCEPT.
QueryPtr Grammar::ReadQueryTerm() { return ReadUnionsFrom(ReadIntersections()); }

QueryPtr Grammar::ReadQueryTermFrom(QueryPtr left) {
  return ReadUnionsFrom(ReadIntersectionsFrom(std::move(left)));
}

QueryPtr Grammar::ReadIntersections() { return ReadIntersectionsFrom(ReadQueryPrimary()); }

QueryPtr Grammar::ReadUnionsFrom(QueryPtr left) {
  while (true) {
    if (Accept(Keyword::kUNION)) {
      left = ReadUnion(std::move(left));
    } else if (Accept(Keyword::kEXCEPT) || Accept(Keyword::kMINUS)) {
      left = ReadSetOperation(std::move(left), SetKind::kExcept);
    } else {
      return left;
    }
  }
}

// After the word: one UNION, or a long chain of the same ones, which becomes a balanced tree, so
// that it stays flat. Binding takes the operands of either from left to right.
QueryPtr Grammar::ReadUnion(QueryPtr left) {
  SetOperation operation;
  operation.kind = SetKind::kUnion;
  std::vector<QueryPtr> operands;
  operands.push_back(std::move(left));
  ReadSetQuantifier(operation);
  operands.push_back(ReadIntersections());
  const auto goes_on = [&] {
    const bool distinct = At(Keyword::kDISTINCT, 1);
    return At(Keyword::kUNION) && At(Keyword::kALL, 1) == operation.all &&
           !At(Keyword::kBY, distinct || operation.all ? 2 : 1);
  };
  while (!operation.by_name && goes_on()) {
    Next();
    ReadSetQuantifier(operation);
    operands.push_back(ReadIntersections());
  }
  constexpr size_t kLong = 64;
  if (operands.size() > kLong) return BalancedUnion(operands, 0, operands.size(), operation.all);
  QueryPtr query = std::move(operands[0]);
  for (size_t i = 1; i < operands.size(); ++i) {
    query = Combined(SetOperation{operation.kind, operation.all, operation.by_name,
                                  std::move(query), std::move(operands[i])});
  }
  return query;
}

QueryPtr Grammar::BalancedUnion(std::vector<QueryPtr>& operands, size_t begin, size_t end,
                                bool all) {
  if (end - begin == 1) return std::move(operands[begin]);
  const size_t middle = begin + (end - begin + 1) / 2;
  QueryPtr left = BalancedUnion(operands, begin, middle, all);
  QueryPtr right = BalancedUnion(operands, middle, end, all);
  return Combined(SetOperation{SetKind::kUnion, all, false, std::move(left), std::move(right)});
}

QueryPtr Grammar::ReadIntersectionsFrom(QueryPtr left) {
  while (Accept(Keyword::kINTERSECT)) {
    left = ReadSetOperation(std::move(left), SetKind::kIntersect);
  }
  return left;
}

// After its word.
QueryPtr Grammar::ReadSetOperation(QueryPtr left, SetKind kind) {
  SetOperation operation;
  operation.kind = kind;
  ReadSetQuantifier(operation);
  operation.left = std::move(left);
  operation.right = kind == SetKind::kIntersect ? ReadQueryPrimary() : ReadIntersections();
  return Combined(std::move(operation));
}

void Grammar::ReadSetQuantifier(SetOperation& operation) {
  operation.all = Accept(Keyword::kALL);
  if (!operation.all) Accept(Keyword::kDISTINCT);
  operation.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
}

QueryPtr Grammar::Combined(SetOperation operation) {
  auto query = std::make_unique<Query>();
  query->span = Span{source_, operation.left->span.begin, operation.right->span.end};
  query->body = std::move(operation);
  return FinishQuery(std::move(query));
}

QueryPtr Grammar::ReadQueryPrimary() {
  const size_t first = position();
  if (Accept(TokenKind::kLeftParen)) {
    QueryPtr inner = ReadQuery();
    Expect(TokenKind::kRightParen);
    return MakeQuery(first, std::move(inner));
  }
  if (At(Keyword::kSELECT)) {
    Select select = ReadSelect();
    return MakeQuery(first, std::move(select));
  }
  if (At(Keyword::kFROM)) return ReadFromFirst();
  if (Accept(Keyword::kVALUES)) {
    ValuesBody values{ReadRows()};
    if (AtAlias() || At(Keyword::kAS)) {
      // VALUES ... AS t(a, b): a relation, selected whole.
      ValuesFrom from{std::move(values.rows)};
      TableAlias alias = ReadTableAlias();
      Select select;
      select.items.push_back(SelectItem{Make(first, StarExpr{}), std::nullopt, {}});
      select.from = MakeFrom(first, std::move(from), std::move(alias));
      return MakeQuery(first, std::move(select));
    }
    return MakeQuery(first, std::move(values));
  }
  if (Accept(Keyword::kTABLE)) {
    Select select;
    TableFrom table{ReadTableName(), false, {}};
    select.items.push_back(SelectItem{Make(first, StarExpr{}), std::nullopt, {}});
    select.from = MakeFrom(first, std::move(table));
    return MakeQuery(first, std::move(select));
  }
  FailHere(AtEnd() ? "a query is expected here" : "");
}

// FROM t SELECT a
QueryPtr Grammar::ReadFromFirst() {
  const size_t first = position();
  Expect(Keyword::kFROM);
  FromItemPtr from = ReadFromClause();
  const bool is_statement = first == statement_;
  if (At(Keyword::kINSERT) && is_statement) {
    RefuseRest(Unsupported("FROM ... INSERT", Here(), "write an INSERT for each"));
  }
  if (!At(Keyword::kSELECT)) return MakeQuery(first, FromBody{std::move(from)});
  // Several SELECTs over one FROM are put one after the other.
  QueryPtr query;
  while (At(Keyword::kSELECT)) {
    Select select = ReadSelect(Clone(*from));
    QueryPtr next = MakeQuery(first, std::move(select));
    if (query != nullptr) {
      SetOperation both{SetKind::kUnion, true, false, std::move(query), std::move(next)};
      next = MakeQuery(first, std::move(both));
    }
    query = std::move(next);
  }
  return query;
}

std::vector<std::vector<ExprPtr>> Grammar::ReadRows() {
  std::vector<std::vector<ExprPtr>> rows;
  do {
    rows.push_back(RowValues(ReadExpression()));
  } while (Accept(TokenKind::kComma));
  return rows;
}

// (1, 2) and struct(1, 2) are rows of two.
std::vector<ExprPtr> Grammar::RowValues(ExprPtr expr) {
  std::vector<ExprPtr> values;
  auto* call = std::get_if<CallExpr>(&expr->node);
  const bool is_row = call != nullptr && call->function.parts.size() == 1 && !call->is_star &&
                      !call->over && !call->filter && !call->arguments.empty() &&
                      LowerName(call->function.parts[0].text) == "struct";
  if (!is_row) {
    values.push_back(std::move(expr));
    return values;
  }
  for (Argument& argument : call->arguments) values.push_back(std::move(argument.value));
  return values;
}

// ORDER BY, LIMIT and OFFSET, and the words for the order within a worker's share: a full order is
// one that satisfies them, and DISTRIBUTE BY says only where rows are, not what they are.
void Grammar::ReadOrganization(Query& query) {
  const size_t first = position();
  std::vector<std::string> orders;
  if (AcceptAll({Keyword::kORDER, Keyword::kBY})) {
    orders.push_back("ORDER BY");
    if (At(Keyword::kALL) && !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1)) {
      ReadOrderByAll(query);
    } else {
      query.order_by = ReadSortItems();
    }
  }
  if (AcceptAll({Keyword::kCLUSTER, Keyword::kBY})) {
    orders.push_back("CLUSTER BY");
    for (ExprPtr& key : ReadExpressions()) {
      Span span = key->span;
      query.order_by.push_back(SortItem{std::move(key), false, std::nullopt, std::move(span)});
    }
  }
  const bool distributed = AcceptAll({Keyword::kDISTRIBUTE, Keyword::kBY});
  if (distributed) {
    if (!orders.empty()) orders.push_back("DISTRIBUTE BY");
    ReadExpressions();
  }
  if (AcceptAll({Keyword::kSORT, Keyword::kBY})) {
    orders.push_back("SORT BY");
    query.order_by = ReadSortItems();
  }
  if (orders.size() > 1) {
    Report(MakeDiagnostic(
        "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", SpanFrom(first),
        "The feature is not supported: Combination of " + orders[0] + " and " + orders[1] + ".",
        "keep one of them"));
  }
  if (At(Keyword::kWINDOW) && AtName(1) && At(Keyword::kAS, 2)) {
    auto* select = std::get_if<Select>(&query.body);
    if (select == nullptr) FailHere("WINDOW belongs to a SELECT");
    ReadWindows(*select);
  }
  if (Accept(Keyword::kLIMIT)) {
    const bool all = At(Keyword::kALL) && !At(TokenKind::kDot, 1);
    if (all) {
      Next();
    } else {
      query.limit = ReadExpression();
    }
  }
  if (Accept(Keyword::kOFFSET)) query.offset = ReadExpression();
}

void Grammar::ReadOrderByAll(Query& query) {
  Expect(Keyword::kALL);
  query.order_by_all = true;
  query.order_by_all_descending = Accept(Keyword::kDESC);
  if (!query.order_by_all_descending) Accept(Keyword::kASC);
  query.order_by_all_nulls_first = ReadNullOrder();
}

}  // namespace weir::sql
