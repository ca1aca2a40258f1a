#include <array>

#include "weir/sql/grammar.h"

// UPDATE, DELETE and MERGE.
namespace weir::sql {

// [AS] name, without columns.
TableAlias Grammar::ReadTargetAlias(std::string_view statement) {
  TableAlias alias = ReadTableAlias();
  if (!alias.columns.empty()) {
    Report(MakeDiagnostic("COLUMN_ALIASES_NOT_ALLOWED", alias.columns[0].span,
                          "Column aliases are not allowed in " + std::string(statement) + ".",
                          "leave them out"));
  }
  return alias;
}

// a = 1, b.c = 2
std::vector<Assignment> Grammar::ReadAssignments() {
  std::vector<Assignment> assignments;
  do {
    Assignment assignment;
    assignment.column = ReadName();
    Expect(TokenKind::kEq);
    assignment.value = ReadExpression();
    assignments.push_back(std::move(assignment));
  } while (Accept(TokenKind::kComma));
  return assignments;
}

// UPDATE t [AS u] SET a = 1, ... [WHERE condition]
StatementPtr Grammar::ReadUpdate() {
  const size_t first = position();
  Expect(Keyword::kUPDATE);
  Update update;
  update.target = ReadTableName();
  if (!At(Keyword::kSET)) update.alias = ReadTargetAlias("UPDATE");
  Expect(Keyword::kSET);
  update.set = ReadAssignments();
  if (Accept(Keyword::kWHERE)) update.where = ReadExpression();
  return MakeStatement(first, std::move(update));
}

// DELETE FROM t [AS u] [WHERE condition]
StatementPtr Grammar::ReadDelete() {
  const size_t first = position();
  Expect(Keyword::kDELETE);
  Expect(Keyword::kFROM);
  Delete remove;
  remove.target = ReadTableName();
  remove.alias = ReadTargetAlias("DELETE");
  if (Accept(Keyword::kWHERE)) remove.where = ReadExpression();
  return MakeStatement(first, std::move(remove));
}

// MERGE [WITH SCHEMA EVOLUTION] INTO t [AS u] USING source ON condition WHEN ... THEN ...
StatementPtr Grammar::ReadMerge() {
  const size_t first = position();
  Expect(Keyword::kMERGE);
  Merge merge;
  merge.schema_evolution = ReadSchemaEvolution();
  Expect(Keyword::kINTO);
  merge.target = ReadTableName();
  merge.alias = ReadTargetAlias("MERGE").name;
  Expect(Keyword::kUSING);
  merge.source = ReadRelationPrimary();
  Expect(Keyword::kON);
  merge.on = ReadExpression();
  while (At(Keyword::kWHEN)) merge.clauses.push_back(ReadMergeClause());
  CheckMergeClauses(first, merge.clauses);
  return MakeStatement(first, std::move(merge));
}

bool Grammar::ReadSchemaEvolution() {
  if (!At(Keyword::kWITH)) return false;
  Next();
  Expect(Keyword::kSCHEMA);
  ExpectWord("evolution");
  return true;
}

// WHEN [NOT] MATCHED [BY TARGET | BY SOURCE] [AND condition] THEN action
MergeClause Grammar::ReadMergeClause() {
  Expect(Keyword::kWHEN);
  MergeClause clause;
  clause.when =
      Accept(Keyword::kNOT) ? MergeClause::When::kNotMatched : MergeClause::When::kMatched;
  ExpectWord("matched");
  if (clause.when == MergeClause::When::kNotMatched && Accept(Keyword::kBY)) {
    if (AcceptWord("source")) {
      clause.when = MergeClause::When::kNotMatchedBySource;
    } else {
      ExpectWord("target");
    }
  }
  if (Accept(Keyword::kAND)) clause.condition = ReadExpression();
  Expect(Keyword::kTHEN);
  ReadMergeAction(clause);
  return clause;
}

void Grammar::ReadMergeAction(MergeClause& clause) {
  using Action = MergeClause::Action;
  if (clause.when == MergeClause::When::kNotMatched) {
    Expect(Keyword::kINSERT);
    clause.action = Accept(TokenKind::kStar) ? Action::kInsertAll : Action::kInsert;
    if (clause.action == Action::kInsert) ReadMergeInsert(clause);
    return;
  }
  if (Accept(Keyword::kDELETE)) {
    clause.action = Action::kDelete;
    return;
  }
  Expect(Keyword::kUPDATE);
  Expect(Keyword::kSET);
  const bool may_take_all = clause.when == MergeClause::When::kMatched;
  clause.action = may_take_all && Accept(TokenKind::kStar) ? Action::kUpdateAll : Action::kUpdate;
  if (clause.action == Action::kUpdate) clause.values = ReadAssignments();
}

// (a, b) VALUES (1, 2)
void Grammar::ReadMergeInsert(MergeClause& clause) {
  const size_t first = position();
  Expect(TokenKind::kLeftParen);
  do {
    clause.values.push_back({ReadName(), nullptr});
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  Expect(Keyword::kVALUES);
  Expect(TokenKind::kLeftParen);
  std::vector<ExprPtr> values = ReadExpressions();
  Expect(TokenKind::kRightParen);
  if (values.size() != clause.values.size()) {
    Fail(MakeDiagnostic("INVALID_MERGE_INSERT", SpanFrom(first),
                        "INSERT names " + std::to_string(clause.values.size()) +
                            " columns and gives " + std::to_string(values.size()) + " values.",
                        "give one value for each column"));
  }
  for (size_t i = 0; i < values.size(); ++i) clause.values[i].value = std::move(values[i]);
}

// Only the last clause of a kind may hold for all that is left.
void Grammar::CheckMergeClauses(size_t first, const std::vector<MergeClause>& clauses) {
  if (clauses.empty()) {
    if (!AtEnd()) FailHere();
    Report(MakeDiagnostic("MERGE_WITHOUT_WHEN", SpanFrom(first),
                          "There must be at least one WHEN clause in a MERGE statement.",
                          "say what to do: WHEN MATCHED THEN UPDATE SET *"));
  }
  struct Kind {
    std::string_view condition;
    std::string_view words;
  };
  static constexpr std::array<Kind, 3> kKinds = {{
      {"NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION", "MATCHED"},
      {"NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION", "NOT MATCHED [BY TARGET]"},
      {"NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION", "NOT MATCHED BY SOURCE"},
  }};
  std::array<bool, 3> closed = {};
  for (const MergeClause& clause : clauses) {
    const auto kind = static_cast<size_t>(clause.when);
    if (closed[kind]) {
      const std::string words(kKinds[kind].words);
      Fail(MakeDiagnostic(std::string(kKinds[kind].condition), SpanFrom(first),
                          "When there are more than one " + words +
                              " clauses in a MERGE statement, only the last " + words +
                              " clause can omit the condition.",
                          "add AND condition to those before the last"));
    }
    closed[kind] = clause.condition == nullptr;
  }
}

}  // namespace weir::sql
