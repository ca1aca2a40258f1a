#include "weir/sql/grammar.h"

// What stands in the brackets behind a name: columns, their rules, and constraints.
namespace weir::sql {

// "(a INT NOT NULL, b STRING COMMENT 'x', CONSTRAINT c EXPECT (a > 0))"
void Grammar::ReadDefinitions(TableClauses& clauses, ColumnTypes types, Constraints constraints) {
  Expect(TokenKind::kLeftParen);
  do {
    if (constraints == Constraints::kChecks && AtCheck()) {
      clauses.checks.push_back(ReadCheck());
    } else if (constraints != Constraints::kNone && AtKey()) {
      clauses.keys.push_back(ReadKey());
    } else if (AtTableConstraint()) {
      ReadTableConstraint(clauses, constraints);
    } else {
      clauses.columns.push_back(ReadColumnDefinition(types));
      while (ReadColumnRule(clauses, constraints)) ReadColumnOptions(clauses.columns.back());
    }
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
}

// A CHECK or a key behind the last column; false: neither stands here.
bool Grammar::ReadColumnRule(TableClauses& clauses, Constraints constraints) {
  if (AtCheck() && constraints != Constraints::kNone) {
    const size_t first = position();
    CheckConstraintDefinition check = ReadCheck();
    if (constraints == Constraints::kChecks) {
      clauses.checks.push_back(std::move(check));
    } else {
      Refuse(Unsupported("CHECK of a column of a dataset", SpanFrom(first),
                         "write it behind the columns: CONSTRAINT name EXPECT (" + check.text +
                             ") ON VIOLATION FAIL UPDATE"));
    }
    return true;
  }
  if (!AtColumnKey()) return false;
  const Span span = Here();
  KeyDefinition key = ReadColumnKey(clauses.columns.back().name);
  if (constraints != Constraints::kNone) {
    clauses.keys.push_back(std::move(key));
  } else {
    Refuse(Unsupported("keys here", span, "leave it out; tables have them"));
  }
  return true;
}

ColumnDefinition Grammar::ReadColumnDefinition(ColumnTypes types) {
  const size_t first = position();
  ColumnDefinition column;
  column.name = ReadCheckedIdentifier();
  const bool at_type =
      At(TokenKind::kWord) && !(At(Keyword::kCOMMENT) && At(TokenKind::kString, 1)) &&
      !AtAll({Keyword::kNOT, Keyword::kNULL}) && !AtColumnKey() &&
      !AtAny({Keyword::kMASK, Keyword::kGENERATED, Keyword::kDEFAULT, Keyword::kCONSTRAINT});
  if (types == ColumnTypes::kNone && at_type) {
    FailHere("the columns of a view take no types here; cast in its query");
  }
  if (types == ColumnTypes::kRequired || (types == ColumnTypes::kOptional && at_type)) {
    ReadColumnType(column);
  }
  ReadColumnOptions(column);
  column.span = SpanFrom(first);
  return column;
}

void Grammar::ReadColumnType(ColumnDefinition& column) {
  StringTypes strings;
  column.type = ReadType(&strings);
  if (HasLengths(strings)) column.raw_type = RawTypeText(*column.type, strings);
}

void Grammar::ReadColumnOptions(ColumnDefinition& column) {
  while (ReadColumnOption(column)) {
  }
}

// One of what is said of a column; false: nothing of it stands here.
bool Grammar::ReadColumnOption(ColumnDefinition& column) {
  const auto refuse = [&](std::string_view feature, std::string hint) {
    Refuse(Unsupported(feature, Here(), std::move(hint)));
    SkipDefinition();
  };
  const auto duplicate = [&](std::string_view option) {
    Report(MakeDiagnostic("CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", Here(),
                          "Column " + column.name.text + " specifies descriptor \"" +
                              std::string(option) + "\" more than once.",
                          "keep one of them"));
  };
  if (AtAll({Keyword::kNOT, Keyword::kNULL}) || (At(TokenKind::kBang) && At(Keyword::kNULL, 1))) {
    if (column.not_null) duplicate("NOT NULL");
    column.not_null = ReadNotNull();
  } else if (At(Keyword::kCOMMENT)) {
    if (column.comment) duplicate("COMMENT");
    Next();
    column.comment = ReadStringText();
  } else if (At(Keyword::kDEFAULT)) {
    if (column.default_value) duplicate("DEFAULT");
    ReadColumnDefault(column);
  } else if (At(Keyword::kGENERATED)) {
    if (column.generated || column.identity) duplicate("GENERATED");
    ReadGenerated(column);
  } else if (At(Keyword::kMASK)) {
    refuse("MASK", kFilterInView);
  } else if (AtCheck() || AtColumnKey()) {
    return false;  // Of those columns alone that may have one.
  } else if (AtAny({Keyword::kCONSTRAINT, Keyword::kCHECK, Keyword::kUNIQUE})) {
    refuse("constraints of columns", "leave it out; weir keeps NOT NULL, CHECK and keys");
  } else if (At(Keyword::kCOLLATE)) {
    refuse("COLLATE", "leave it out; strings compare by their bytes");
  } else {
    return false;
  }
  return true;
}

// DEFAULT expression
void Grammar::ReadColumnDefault(ColumnDefinition& column) {
  Next();
  const size_t first = position();
  column.default_value = ReadValue();
  column.default_text = SpanFrom(first).Text();
}

// GENERATED ALWAYS AS (expression), GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY [(...)]
void Grammar::ReadGenerated(ColumnDefinition& column) {
  const size_t first = position();
  Next();
  const bool by_default = AcceptAll({Keyword::kBY, Keyword::kDEFAULT});
  if (!by_default) ExpectWord("always");
  Expect(Keyword::kAS);
  if (AcceptWord("identity")) {
    column.identity = IdentityColumn{!by_default, 1, 1};
    if (At(TokenKind::kLeftParen)) ReadIdentityOptions(*column.identity);
    const TypeId type = column.type ? column.type->id() : TypeId::kLong;
    if (type != TypeId::kLong && type != TypeId::kInt) {
      Fail(MakeDiagnostic(
          "IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", SpanFrom(first),
          "DataType " + column.type->ToSql() + " cannot count up, as an IDENTITY column does.",
          "use BIGINT"));
    }
  } else {
    if (by_default) FailHere("expected IDENTITY here");
    Expect(TokenKind::kLeftParen);
    const size_t begin = position();
    column.generated = ReadExpression();
    column.generated_text = SpanFrom(begin).Text();
    Expect(TokenKind::kRightParen);
  }
}

bool Grammar::AtCheck() const {
  const size_t ahead = At(Keyword::kCONSTRAINT) && AtName(1) ? 2 : 0;
  return At(Keyword::kCHECK, ahead) && At(TokenKind::kLeftParen, ahead + 1);
}

// [CONSTRAINT name] CHECK (condition) [ENFORCED]
CheckConstraintDefinition Grammar::ReadCheck() {
  CheckConstraintDefinition check;
  if (Accept(Keyword::kCONSTRAINT)) check.name = ReadCheckedIdentifier();
  Expect(Keyword::kCHECK);
  Expect(TokenKind::kLeftParen);
  const size_t begin = position();
  check.condition = ReadExpression();
  check.text = SpanFrom(begin).Text();
  Expect(TokenKind::kRightParen);
  const size_t first = position();
  const bool off = At(Keyword::kNOT) && AtWord("enforced", 1);
  if (off) Next();
  const bool says = AcceptWord("enforced");
  if (off) {
    Refuse(Unsupported("CHECK ... NOT ENFORCED", SpanFrom(first),
                       "leave it out: constraints are enforced"));
  } else if (!says && AtAny({Keyword::kNOT}) && !At(Keyword::kNULL, 1)) {
    FailHere("expected ENFORCED or NULL here");
  }
  return check;
}

// What only columns of tables can have, in other places.
void Grammar::RefuseColumnRules(const std::vector<ColumnDefinition>& columns,
                                const std::string& where) {
  for (const ColumnDefinition& column : columns) {
    if (column.default_value) {
      Refuse(Unsupported("DEFAULT values of columns " + where, column.span,
                         "give the value in the query that writes"));
    }
    if (column.generated) {
      Refuse(Unsupported("generated columns " + where, column.span,
                         "compute the column in the query that writes"));
    }
    if (column.identity) {
      Refuse(Unsupported("identity columns " + where, column.span,
                         "give the numbers in the query that writes"));
    }
  }
}

// (START WITH 1 INCREMENT BY 1), each at most once.
void Grammar::ReadIdentityOptions(IdentityColumn& identity) {
  const size_t first = position();
  Expect(TokenKind::kLeftParen);
  std::set<Keyword> seen;
  while (!Accept(TokenKind::kRightParen)) {
    const Keyword word = Peek().keyword;
    if (word == Keyword::kSTART) {
      Next();
      Expect(Keyword::kWITH);
    } else {
      ExpectWord("increment");
      Expect(Keyword::kBY);
    }
    const bool negative = Accept(TokenKind::kMinus);
    const int64_t number = ReadInteger() * (negative ? -1 : 1);
    (word == Keyword::kSTART ? identity.start : identity.step) = number;
    if (!seen.insert(word).second) {
      Fail(MakeDiagnostic("IDENTITY_COLUMNS_DUPLICATED_SEQUENCE_GENERATOR_OPTION", SpanFrom(first),
                          "The same option of the identity column is given twice.",
                          "keep one of them"));
    }
    Accept(TokenKind::kComma);
  }
  if (identity.step == 0) {
    Fail(MakeDiagnostic("IDENTITY_COLUMNS_ILLEGAL_STEP", SpanFrom(first),
                        "IDENTITY column step cannot be 0."));
  }
}

// Goes to the end of one definition in a list.
void Grammar::SkipDefinition() {
  while (!At(TokenKind::kComma) && !At(TokenKind::kRightParen)) {
    if (AtEnd()) FailHere("expected ) here");
    if (At(TokenKind::kLeftParen)) {
      SkipParentheses();
    } else {
      Next();
    }
  }
}

bool Grammar::AtTableConstraint() const {
  const auto at_kind = [&](size_t ahead) {
    const bool has_key =
        At(TokenKind::kWord, ahead + 1) && LowerName(Text(Peek(ahead + 1))) == "key";
    return At(Keyword::kEXPECT, ahead) || At(Keyword::kUNIQUE, ahead) ||
           (At(Keyword::kCHECK, ahead) && At(TokenKind::kLeftParen, ahead + 1)) ||
           (AtAny({Keyword::kPRIMARY, Keyword::kFOREIGN}, ahead) && has_key);
  };
  if (At(Keyword::kCONSTRAINT) && AtName(1)) return at_kind(2) || at_kind(1);
  return AtAny({Keyword::kPRIMARY, Keyword::kFOREIGN, Keyword::kCHECK}) && at_kind(0);
}

// CONSTRAINT name EXPECT (condition) [ON VIOLATION DROP ROW | FAIL UPDATE]
void Grammar::ReadTableConstraint(TableClauses& clauses, Constraints constraints) {
  if (!At(Keyword::kEXPECT, 2) || !At(Keyword::kCONSTRAINT)) {
    const size_t first = position();
    SkipDefinition();
    Refuse(Unsupported(
        "the constraint " + std::string(SpanFrom(first).Text().substr(0, 60)), SpanFrom(first),
        constraints == Constraints::kExpectations ? "use CONSTRAINT name EXPECT (condition)"
                                                  : "leave it out; weir keeps NOT NULL and CHECK"));
    return;
  }
  const size_t first = position();
  Next();
  Expectation expectation;
  expectation.name = ReadCheckedIdentifier();
  Expect(Keyword::kEXPECT);
  Expect(TokenKind::kLeftParen);
  expectation.condition = ReadExpression();
  Expect(TokenKind::kRightParen);
  if (AcceptAll({Keyword::kON, Keyword::kVIOLATION})) expectation.action = ReadViolationAction();
  if (constraints != Constraints::kExpectations) {
    Refuse(Unsupported("expectations here", SpanFrom(first),
                       "put them on a STREAMING TABLE or MATERIALIZED VIEW of a pipeline"));
    return;
  }
  for (const Expectation& other : clauses.expectations) {
    if (LowerName(other.name.text) != LowerName(expectation.name.text)) continue;
    Report(MakeDiagnostic("DUPLICATE_CLAUSES", expectation.name.span,
                          "Found two expectations named " + expectation.name.text + ".",
                          "rename one of them"));
  }
  clauses.expectations.push_back(std::move(expectation));
}

ViolationAction Grammar::ReadViolationAction() {
  if (AcceptAll({Keyword::kDROP, Keyword::kROW})) return ViolationAction::kDropRow;
  if (AcceptAll({Keyword::kFAIL, Keyword::kUPDATE})) return ViolationAction::kFailUpdate;
  FailHere("expected DROP ROW or FAIL UPDATE here; rows are kept and counted without either");
}

}  // namespace weir::sql
