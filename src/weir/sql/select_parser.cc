#include <algorithm>

#include "weir/sql/ast_clone.h"
#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

using GroupingSets = std::vector<std::vector<ExprPtr>>;

// As many as one GROUP BY may be written out to.
constexpr size_t kMaxGroupingSets = 4096;

std::vector<ExprPtr> CloneAll(const std::vector<ExprPtr>& exprs) {
  std::vector<ExprPtr> clones;
  for (const ExprPtr& expr : exprs) clones.push_back(Clone(*expr));
  return clones;
}

void Append(std::vector<ExprPtr>& to, const std::vector<ExprPtr>& exprs) {
  for (const ExprPtr& expr : exprs) to.push_back(Clone(*expr));
}

// ROLLUP(a, b): (a, b), (a), ().
GroupingSets Rollup(const GroupingSets& elements) {
  GroupingSets sets;
  for (size_t count = elements.size() + 1; count-- > 0;) {
    std::vector<ExprPtr> set;
    for (size_t i = 0; i < count; ++i) Append(set, elements[i]);
    sets.push_back(std::move(set));
  }
  return sets;
}

// CUBE(a, b): (a, b), (a), (b), ().
GroupingSets Cube(const GroupingSets& elements) {
  GroupingSets sets;
  for (size_t mask = size_t{1} << elements.size(); mask-- > 0;) {
    std::vector<ExprPtr> set;
    for (size_t i = 0; i < elements.size(); ++i) {
      if (mask >> (elements.size() - 1 - i) & 1) Append(set, elements[i]);
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

// Each set of one with each of the other.
GroupingSets Product(const GroupingSets& left, const GroupingSets& right) {
  GroupingSets sets;
  for (const auto& a : left) {
    for (const auto& b : right) {
      std::vector<ExprPtr> set = CloneAll(a);
      Append(set, b);
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

}  // namespace

Select Grammar::ReadSelect(FromItemPtr from) {
  Expect(Keyword::kSELECT);
  Select select;
  if (AtAny({Keyword::kDISTINCT, Keyword::kALL}) && !At(TokenKind::kComma, 1) &&
      !At(TokenKind::kDot, 1) && !At(TokenKind::kEnd, 1) && !At(Keyword::kFROM, 1)) {
    select.distinct = Next().keyword == Keyword::kDISTINCT;
  }
  if (select.distinct && At(Keyword::kON) && At(TokenKind::kLeftParen, 1)) {
    select.distinct = false;
    select.distinct_on = ReadDistinctOn();
  }
  if (AtScript()) RefuseRest(Unsupported("SELECT TRANSFORM ... USING a script", Here()));
  do {
    if (!select.items.empty() && AtEnd()) FailHere("there is a comma too many before this");
    select.items.push_back(ReadSelectItem());
  } while (Accept(TokenKind::kComma));
  select.from = std::move(from);
  if (!select.from && Accept(Keyword::kFROM)) select.from = ReadFromClause();
  if (select.from) select.from = ReadLateralViews(std::move(select.from));
  ReadSelectTail(select);
  return select;
}

DistinctOn Grammar::ReadDistinctOn() {
  const size_t first = position();
  Expect(Keyword::kON);
  DistinctOn on;
  if (At(TokenKind::kStar, 1) && At(TokenKind::kRightParen, 2)) {
    SkipParentheses();
  } else {
    on.columns = ReadIdentifierList();
  }
  if (AtWord("within") && At(Keyword::kWATERMARK, 1)) {
    Next();
    Next();
    on.within_watermark = true;
  }
  on.span = SpanFrom(first);
  return on;
}

// TRANSFORM(a, b) ... USING 'script'
bool Grammar::AtScript() const {
  if (!AtWord("transform") || !At(TokenKind::kLeftParen, 1)) return false;
  const auto ahead = AheadOfClosed(1);
  if (!ahead) return false;
  return At(Keyword::kUSING, *ahead) ||
         (At(Keyword::kROW, *ahead) && At(Keyword::kFORMAT, *ahead + 1));
}

SelectItem Grammar::ReadSelectItem() {
  SelectItem item;
  item.expr = ReadExpression();
  if (Accept(Keyword::kAS)) {
    if (At(TokenKind::kLeftParen)) {
      item.aliases = ReadIdentifierList();
    } else {
      item.alias = ReadCheckedIdentifier();
    }
  } else if (AtAlias()) {
    item.alias = ReadCheckedIdentifier();
  }
  return item;
}

void Grammar::ReadSelectTail(Select& select) {
  if (Accept(Keyword::kWHERE)) select.where = ReadExpression();
  select.group_by = ReadGroupBy();
  if (Accept(Keyword::kHAVING)) select.having = ReadExpression();
  if (At(Keyword::kWINDOW) && AtName(1) && At(Keyword::kAS, 2)) ReadWindows(select);
  if (Accept(Keyword::kQUALIFY)) select.qualify = ReadExpression();
  if (At(Keyword::kWINDOW) && AtName(1) && At(Keyword::kAS, 2)) ReadWindows(select);
}

void Grammar::ReadWindows(Select& select) {
  Expect(Keyword::kWINDOW);
  do {
    Identifier name = ReadCheckedIdentifier();
    for (const auto& [other, window] : select.windows) {
      if (LowerName(other.text) != LowerName(name.text)) continue;
      Report(MakeDiagnostic("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", name.span,
                            "The definition of window `" + name.text + "` is repetitive.",
                            "rename one of them"));
    }
    Expect(Keyword::kAS);
    select.windows.emplace_back(std::move(name), ReadWindowSpec());
  } while (Accept(TokenKind::kComma));
}

bool Grammar::AtGroupingAnalytics() const {
  if (AtAny({Keyword::kROLLUP, Keyword::kCUBE})) return At(TokenKind::kLeftParen, 1);
  return At(Keyword::kGROUPING) && At(Keyword::kSETS, 1) && At(TokenKind::kLeftParen, 2);
}

std::optional<GroupBy> Grammar::ReadGroupBy() {
  const size_t first = position();
  if (!AcceptAll({Keyword::kGROUP, Keyword::kBY})) return std::nullopt;
  GroupBy group;
  if (At(Keyword::kALL) && !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1)) {
    Next();
    group.kind = GroupingKind::kAll;
    group.span = SpanFrom(first);
    return group;
  }
  // Elements stay as written until it shows whether any is more than a key.
  std::vector<GroupingClause> clauses;
  do {
    clauses.push_back(ReadGroupingClause());
  } while (Accept(TokenKind::kComma));
  if (AcceptAll({Keyword::kWITH, Keyword::kROLLUP})) {
    clauses = WholeClause(GroupingKind::kRollup, std::move(clauses));
  } else if (AcceptAll({Keyword::kWITH, Keyword::kCUBE})) {
    clauses = WholeClause(GroupingKind::kCube, std::move(clauses));
  } else if (AtGroupingAnalytics()) {
    // GROUP BY a, b GROUPING SETS (...): keys of none of the sets are NULL in all groups.
    for (GroupingClause& clause : clauses) {
      for (auto& element : clause.elements) {
        for (ExprPtr& key : element) group.keys.push_back(std::move(key));
      }
    }
    clauses.clear();
    clauses.push_back(ReadGroupingClause());
  }
  group.span = SpanFrom(first);
  FillGroupBy(group, std::move(clauses));
  return group;
}

// GROUP BY a, b WITH CUBE is GROUP BY CUBE(a, b).
std::vector<Grammar::GroupingClause> Grammar::WholeClause(GroupingKind kind,
                                                          std::vector<GroupingClause> keys) {
  GroupingClause whole;
  whole.kind = kind;
  for (GroupingClause& key : keys) {
    for (auto& element : key.elements) whole.elements.push_back(std::move(element));
  }
  std::vector<GroupingClause> clauses;
  clauses.push_back(std::move(whole));
  return clauses;
}

Grammar::GroupingClause Grammar::ReadGroupingClause() {
  const Level level(*this);
  GroupingClause clause;
  if (!AtGroupingAnalytics()) {
    if (At(TokenKind::kLeftParen) && At(TokenKind::kRightParen, 1)) {
      clause.elements.push_back(ReadGroupingSet());
      return clause;
    }
    clause.elements.emplace_back();
    clause.elements.back().push_back(ReadExpression());
    return clause;
  }
  const Keyword word = Next().keyword;
  clause.kind = word == Keyword::kROLLUP ? GroupingKind::kRollup
                : word == Keyword::kCUBE ? GroupingKind::kCube
                                         : GroupingKind::kGroupingSets;
  if (clause.kind == GroupingKind::kGroupingSets) Next();
  Expect(TokenKind::kLeftParen);
  do {
    if (clause.kind == GroupingKind::kGroupingSets && AtGroupingAnalytics()) {
      for (auto& set : SetsOf(ReadGroupingClause())) clause.elements.push_back(std::move(set));
    } else {
      const size_t first = position();
      clause.elements.push_back(ReadGroupingSet());
      if (clause.elements.back().empty() && clause.kind != GroupingKind::kGroupingSets) {
        Report(MakeDiagnostic("_LEGACY_ERROR_TEMP_0051", SpanFrom(first),
                              std::string(KeywordText(word)) + " cannot hold an empty set.",
                              "leave it out, or use GROUPING SETS"));
      }
    }
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return clause;
}

// (a, b), (), a
std::vector<ExprPtr> Grammar::ReadGroupingSet() {
  if (At(TokenKind::kLeftParen) && At(TokenKind::kRightParen, 1)) {
    Next();
    Next();
    return {};
  }
  const bool in_parentheses = At(TokenKind::kLeftParen);
  ExprPtr expr = ReadExpression();
  // A row that was written with parentheses alone; struct(a, b) is one key.
  const auto* call = std::get_if<CallExpr>(&expr->node);
  if (in_parentheses && call != nullptr && call->function.span.Text().starts_with('(')) {
    return RowValues(std::move(expr));
  }
  std::vector<ExprPtr> set;
  set.push_back(std::move(expr));
  return set;
}

std::vector<std::vector<ExprPtr>> Grammar::SetsOf(GroupingClause clause) {
  switch (clause.kind) {
    case GroupingKind::kRollup:
      if (clause.elements.size() < kMaxGroupingSets) return Rollup(clause.elements);
      break;
    case GroupingKind::kCube:
      if (clause.elements.size() <= 12) return Cube(clause.elements);
      break;
    default:
      return std::move(clause.elements);
  }
  RefuseRest(Unsupported("more than 4096 grouping sets", Here(), "group by fewer columns at once"));
}

void Grammar::FillGroupBy(GroupBy& group, std::vector<GroupingClause> clauses) {
  const auto single = [](const std::vector<ExprPtr>& element) { return element.size() == 1; };
  const bool plain = std::all_of(clauses.begin(), clauses.end(), [&](const GroupingClause& clause) {
    return clause.kind == GroupingKind::kPlain && single(clause.elements[0]);
  });
  const bool flat = clauses.size() == 1 && clauses[0].kind != GroupingKind::kGroupingSets &&
                    std::all_of(clauses[0].elements.begin(), clauses[0].elements.end(), single);
  if (group.keys.empty() && (plain || flat)) {
    group.kind = clauses[0].kind;
    for (GroupingClause& clause : clauses) {
      for (auto& element : clause.elements) group.keys.push_back(std::move(element[0]));
    }
    return;
  }
  group.kind = GroupingKind::kGroupingSets;
  group.sets.emplace_back();
  for (GroupingClause& clause : clauses) {
    GroupingSets sets = SetsOf(std::move(clause));
    if (group.sets.size() * sets.size() > kMaxGroupingSets) {
      RefuseRest(Unsupported("more than 4096 grouping sets", group.span,
                             "group by fewer columns at once"));
    }
    group.sets = Product(group.sets, sets);
  }
}

}  // namespace weir::sql
