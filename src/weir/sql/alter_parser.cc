#include "weir/sql/grammar.h"

namespace weir::sql {

// ALTER kind name action
StatementPtr Grammar::ReadAlter() {
  const size_t first = position();
  Expect(Keyword::kALTER);
  const std::optional<ObjectKind> kind = ReadObjectKind();
  if (!kind) FailUnsupportedWords(first);
  AlterTable alter;
  alter.kind = *kind;
  const std::string about = UpperWords(first, position() - 1) + " ...";
  alter.name = ReadTableName();
  const bool has_schema =
      *kind == ObjectKind::kView && At(Keyword::kWITH) && At(Keyword::kSCHEMA, 1);
  const bool has_query =
      *kind == ObjectKind::kView && !has_schema && (At(Keyword::kAS) || StartsQuery());
  if (has_query) {
    Accept(Keyword::kAS);
    QueryPtr query = ReadQuery();
    return MakeStatement(first, AlterViewAs{std::move(alter.name), std::move(query)});
  }
  if (*kind == ObjectKind::kView && At(Keyword::kADD)) {
    Fail(MakeDiagnostic("INVALID_STATEMENT_OR_CLAUSE", Here(),
                        "The statement or clause: ALTER VIEW ... ADD is not valid.",
                        "a view has the columns and partitions of its query"));
  }
  const bool owns = At(Keyword::kOWNER) || AtAll({Keyword::kSET, Keyword::kOWNER});
  if (*kind == ObjectKind::kCatalog && !owns) FailUnsupportedWords(first);
  alter.action = has_schema ? AlterAction(AlterTable::SetViewSchema{ReadViewSchema()})
                            : ReadAlterAction(about);
  return MakeStatement(first, std::move(alter));
}

Grammar::AlterAction Grammar::ReadAlterAction(const std::string& about) {
  const Span alter_span = Here();
  switch (Peek().keyword) {
    case Keyword::kRENAME:
      if (At(Keyword::kCOLUMN, 1)) return ReadRenameColumn();
      if (!At(Keyword::kTO, 1)) break;
      Next();
      Next();
      return AlterTable::RenameTo{ReadTableName()};
    case Keyword::kSET:
      return ReadAlterSet(about);
    case Keyword::kUNSET:
      return ReadUnset(about);
    case Keyword::kOWNER: {
      Next();
      Expect(Keyword::kTO);
      return AlterTable::SetOwner{ReadCheckedIdentifier()};
    }
    case Keyword::kADD:
      if (At(Keyword::kCHECK, 1) || (At(Keyword::kCONSTRAINT, 1) && At(Keyword::kCHECK, 3))) {
        Next();
        return AlterTable::AddConstraint{ReadCheck()};
      }
      if (AtKey(1)) {
        Next();
        return AlterTable::AddKey{ReadKey()};
      }
      if (!AtAny({Keyword::kCOLUMN, Keyword::kCOLUMNS}, 1)) break;
      return ReadAddColumns();
    case Keyword::kDROP:
      if (At(Keyword::kCONSTRAINT, 1)) return ReadDropConstraint();
      if (AtWord("feature", 1)) return ReadDropFeature();
      if (AtKey(1)) return ReadDropKey();
      if (!AtAny({Keyword::kCOLUMN, Keyword::kCOLUMNS}, 1)) break;
      return ReadDropColumns();
    case Keyword::kREPLACE:
      if (!At(Keyword::kCOLUMNS, 1)) break;
      return ReadReplaceColumns(about);
    case Keyword::kALTER:
    case Keyword::kCHANGE:
      return ReadAlterColumn(about);
    case Keyword::kCLUSTER:
      if (!At(Keyword::kBY, 1)) break;
      return ReadAlterCluster();
    case Keyword::kDEFAULT:
      ExpectAll({Keyword::kDEFAULT, Keyword::kCOLLATION});
      ReadCheckedIdentifier();
      Refuse(Unsupported(about + " DEFAULT COLLATION", alter_span,
                         "leave it out; strings compare by their bytes"));
      return AlterTable::SetProperties{};
    case Keyword::kPARTITION:
      Next();
      SkipParentheses();
      if (AtAny({Keyword::kCHANGE, Keyword::kREPLACE, Keyword::kALTER})) {
        FailHere("columns are those of the whole table; leave out PARTITION");
      }
      break;
    default:
      break;
  }
  if (AtEnd()) FailHere("what to alter is expected here, such as SET TBLPROPERTIES (...)");
  FailUnsupportedWords(position(), about);
}

// CLUSTER BY (a, b), CLUSTER BY NONE
Grammar::AlterAction Grammar::ReadAlterCluster() {
  ExpectAll({Keyword::kCLUSTER, Keyword::kBY});
  AlterTable::ClusterBy cluster;
  if (At(Keyword::kAUTO)) {
    Refuse(Unsupported("CLUSTER BY AUTO", Here(), kNameClusteringColumns));
    Next();
  } else if (!AcceptWord("none")) {
    cluster.columns = ReadColumnNames();
  }
  return cluster;
}

// DROP FEATURE f [TRUNCATE HISTORY]
Grammar::AlterAction Grammar::ReadDropFeature() {
  Expect(Keyword::kDROP);
  ExpectWord("feature");
  AlterTable::DropFeature drop;
  if (At(TokenKind::kString)) {
    const size_t first = position();
    std::string feature = ReadStringText();
    drop.feature = Identifier{std::move(feature), SpanFrom(first)};
  } else {
    drop.feature = ReadCheckedIdentifier();
  }
  drop.truncate_history = Accept(Keyword::kTRUNCATE);
  if (drop.truncate_history) Expect(Keyword::kHISTORY);
  return drop;
}

Grammar::AlterAction Grammar::ReadAlterSet(const std::string& about) {
  Expect(Keyword::kSET);
  if (Accept(Keyword::kTBLPROPERTIES) || Accept(Keyword::kDBPROPERTIES) ||
      (At(Keyword::kPROPERTIES) && Accept(Keyword::kPROPERTIES))) {
    return AlterTable::SetProperties{ReadProperties()};
  }
  if (Accept(Keyword::kOWNER)) {
    Expect(Keyword::kTO);
    return AlterTable::SetOwner{ReadCheckedIdentifier()};
  }
  FailUnsupportedWords(position(), about + " SET");
}

AlterTable::UnsetProperties Grammar::ReadUnset(const std::string& about) {
  Expect(Keyword::kUNSET);
  if (!Accept(Keyword::kTBLPROPERTIES) && !Accept(Keyword::kDBPROPERTIES) &&
      !Accept(Keyword::kPROPERTIES)) {
    FailUnsupportedWords(position(), about + " UNSET");
  }
  AlterTable::UnsetProperties unset;
  unset.if_exists = ReadIfExists();
  Expect(TokenKind::kLeftParen);
  do {
    unset.keys.push_back(ReadPropertyKey());
    // Spark lets a value stand here, and does not look at it.
    if (Accept(TokenKind::kEq)) ReadPropertyValue();
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return unset;
}

// ADD {COLUMN | COLUMNS} [(] a INT, b STRING [)]
AlterTable::AddColumns Grammar::ReadAddColumns() {
  Next();
  Next();
  AlterTable::AddColumns add;
  const bool in_parentheses = Accept(TokenKind::kLeftParen);
  do {
    add.columns.push_back(ReadAddedColumn());
  } while (Accept(TokenKind::kComma));
  if (in_parentheses) Expect(TokenKind::kRightParen);
  return add;
}

ColumnDefinition Grammar::ReadAddedColumn() {
  const size_t first = position();
  ColumnDefinition column;
  column.name = ReadCheckedIdentifier();
  if (At(TokenKind::kDot)) {
    while (Accept(TokenKind::kDot)) ReadCheckedIdentifier();
    Refuse(Unsupported("adding fields to a struct", SpanFrom(first)));
  }
  ReadColumnType(column);
  bool placed = false;
  while (ReadColumnOption(column) || ReadColumnPlace(placed)) {
  }
  column.span = SpanFrom(first);
  if (column.generated) {
    Refuse(Unsupported("adding a generated column to a table that is there", column.span,
                       "make the table anew with it: CREATE OR REPLACE TABLE"));
  }
  if (column.identity) {
    Refuse(Unsupported("adding an identity column to a table that is there", column.span,
                       "make the table anew with it: CREATE OR REPLACE TABLE"));
  }
  if (column.default_value) {
    Refuse(MakeDiagnostic(
        "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED", column.span,
        "A column that is added to a table that is there cannot have a DEFAULT: rows there have no "
        "value.",
        "add the column first, then ALTER COLUMN ... SET DEFAULT for the rows that come"));
  }
  if (column.not_null) {
    Refuse(MakeDiagnostic("UNSUPPORTED_FEATURE", column.span,
                          "A column that is added cannot be NOT NULL: rows there have no value.",
                          "leave out NOT NULL"));
  }
  return column;
}

// FIRST or AFTER other
bool Grammar::ReadColumnPlace(bool& placed) {
  const size_t first = position();
  if (!At(Keyword::kFIRST) && !AtWord("after")) return false;
  if (placed) FailHere("this is said twice of one column");
  placed = true;
  if (Next().keyword != Keyword::kFIRST) ReadCheckedIdentifier();
  Refuse(Unsupported("positions of added columns", SpanFrom(first),
                     "leave out FIRST and AFTER; new columns come last"));
  return true;
}

// {ALTER | CHANGE} [COLUMN] c ...
Grammar::AlterAction Grammar::ReadAlterColumn(const std::string& about) {
  const bool change = Next().keyword == Keyword::kCHANGE;
  if (At(Keyword::kCOLUMN) && AtName(1)) Next();
  Name column = ReadName();
  if (Accept(Keyword::kCOMMENT)) {
    return AlterTable::ColumnComment{std::move(column), ReadStringText()};
  }
  if (!change) {
    if (auto rule = ReadColumnRule(column)) return *std::move(rule);
  }
  if (AtEnd()) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", column.span,
                        "What is to change of column " + column.ToString() + " is not said.",
                        "write COMMENT 'text'"));
  }
  const bool is_action =
      AtWord("type") || AtWord("after") || AtAny({Keyword::kFIRST, Keyword::kSET, Keyword::kDROP});
  const bool repeats = LowerName(Text(Peek())) == LowerName(column.parts.back().text);
  if (change && (!is_action || repeats)) return ReadChangedColumn(std::move(column));
  return ReadAlteredColumn(about, std::move(column));
}

// FIRST or AFTER other; nothing where neither stands.
std::optional<AlterTable::ChangeColumn::Place> Grammar::ReadPlace() {
  if (Accept(Keyword::kFIRST)) return AlterTable::ChangeColumn::Place{};
  if (!AcceptWord("after")) return std::nullopt;
  return AlterTable::ChangeColumn::Place{ReadCheckedIdentifier()};
}

// SET DEFAULT expression, DROP DEFAULT, SYNC IDENTITY
std::optional<Grammar::AlterAction> Grammar::ReadColumnRule(const Name& column) {
  if (AcceptAll({Keyword::kSET, Keyword::kDEFAULT})) {
    const size_t first = position();
    std::shared_ptr<const Expr> value = ReadExpression();
    return AlterTable::ColumnDefault{column, std::move(value), std::string(SpanFrom(first).Text())};
  }
  if (AcceptAll({Keyword::kDROP, Keyword::kDEFAULT})) {
    return AlterTable::ColumnDefault{column, nullptr, ""};
  }
  if (AtWord("sync") && AtWord("identity", 1)) {
    Next();
    Next();
    return AlterTable::SyncIdentity{column};
  }
  return std::nullopt;
}

// DROP CONSTRAINT [IF EXISTS] name [RESTRICT | CASCADE]
Grammar::AlterAction Grammar::ReadDropConstraint() {
  ExpectAll({Keyword::kDROP, Keyword::kCONSTRAINT});
  AlterTable::DropConstraint drop;
  drop.if_exists = ReadIfExists();
  drop.name = ReadCheckedIdentifier();
  if (!Accept(Keyword::kRESTRICT)) drop.cascade = Accept(Keyword::kCASCADE);
  return drop;
}

// DROP PRIMARY KEY [IF EXISTS] [RESTRICT | CASCADE], DROP FOREIGN KEY [IF EXISTS] (a, b)
Grammar::AlterAction Grammar::ReadDropKey() {
  const size_t first = position();
  Expect(Keyword::kDROP);
  const bool foreign = Accept(Keyword::kFOREIGN);
  if (!foreign) Expect(Keyword::kPRIMARY);
  ExpectWord("key");
  AlterTable::DropKey drop;
  drop.if_exists = ReadIfExists();
  if (foreign) {
    Expect(TokenKind::kLeftParen);
    do {
      drop.columns.push_back(ReadCheckedIdentifier());
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen);
  } else if (!Accept(Keyword::kRESTRICT)) {
    drop.cascade = Accept(Keyword::kCASCADE);
  }
  drop.span = SpanFrom(first);
  return drop;
}

// CHANGE [COLUMN] c c INT [COMMENT 'text'] [FIRST | AFTER d]
AlterTable::ChangeColumn Grammar::ReadChangedColumn(Name column) {
  const Identifier name = ReadCheckedIdentifier();
  if (LowerName(name.text) != LowerName(column.parts.back().text)) {
    Fail(MakeDiagnostic("UNSUPPORTED_FEATURE.RENAME_COLUMN", name.span,
                        "CHANGE COLUMN cannot rename a column.",
                        "write ALTER TABLE ... RENAME COLUMN"));
  }
  AlterTable::ChangeColumn change;
  change.column = std::move(column);
  change.type = ReadType();
  if (Accept(Keyword::kCOMMENT)) change.comment = ReadStringText();
  change.place = ReadPlace();
  return change;
}

// TYPE t, SET NOT NULL, DROP NOT NULL, FIRST, AFTER d
AlterTable::ChangeColumn Grammar::ReadAlteredColumn(const std::string& about, Name column) {
  const size_t first = position();
  AlterTable::ChangeColumn change;
  change.column = std::move(column);
  if (AcceptWord("type")) {
    change.type = ReadType();
  } else if (Accept(Keyword::kSET) || Accept(Keyword::kDROP)) {
    const bool set = SpanFrom(first).Text().size() == 3;
    const std::string what = set ? "SET" : "DROP";
    if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
      ReadNotNull();
      change.nullable = !set;
    } else {
      FailUnsupportedWords(position(), about + " ALTER COLUMN ... " + what);
    }
  } else {
    change.place = ReadPlace();
    if (!change.place) FailUnsupportedWords(position(), about + " ALTER COLUMN ...");
  }
  return change;
}

// RENAME COLUMN a.b TO c
AlterTable::RenameColumn Grammar::ReadRenameColumn() {
  ExpectAll({Keyword::kRENAME, Keyword::kCOLUMN});
  Name column = ReadName();
  Expect(Keyword::kTO);
  return {std::move(column), ReadCheckedIdentifier()};
}

// DROP {COLUMN | COLUMNS} [IF EXISTS] [(] a, b.c [)]
AlterTable::DropColumns Grammar::ReadDropColumns() {
  Next();
  Next();
  AlterTable::DropColumns drop;
  drop.if_exists = ReadIfExists();
  const bool in_parentheses = Accept(TokenKind::kLeftParen);
  do {
    drop.columns.push_back(ReadName());
  } while (Accept(TokenKind::kComma));
  if (in_parentheses) Expect(TokenKind::kRightParen);
  return drop;
}

// REPLACE COLUMNS (a INT, ...)
Grammar::AlterAction Grammar::ReadReplaceColumns(const std::string& about) {
  const size_t first = position();
  AlterTable::AddColumns columns = ReadAddColumns();
  Refuse(Unsupported(about + " REPLACE COLUMNS", SpanFrom(first)));
  return columns;
}

}  // namespace weir::sql
