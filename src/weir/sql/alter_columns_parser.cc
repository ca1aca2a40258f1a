#include <algorithm>

#include "weir/sql/grammar.h"

// ALTER TABLE ... of columns: ADD, REPLACE, ALTER, CHANGE, RENAME and DROP.
namespace weir::sql {
namespace {

// Whether a member of a struct, at any depth, is NOT NULL.
bool HoldsNotNull(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return HoldsNotNull(type.element());
    case TypeId::kMap:
      return HoldsNotNull(type.key()) || HoldsNotNull(type.value());
    case TypeId::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(), [](const Field& field) {
        return !field.nullable || HoldsNotNull(field.type);
      });
    default:
      return false;
  }
}

// Whether one of the two is the other or leads to it.
bool Overlap(const Name& left, const Name& right) {
  const size_t common = std::min(left.parts.size(), right.parts.size());
  return std::equal(left.parts.begin(), left.parts.begin() + static_cast<std::ptrdiff_t>(common),
                    right.parts.begin(), [](const Identifier& one, const Identifier& other) {
                      return LowerName(one.text) == LowerName(other.text);
                    });
}

}  // namespace

// ADD {COLUMN | COLUMNS} [(] a INT, s.b STRING AFTER c [)]
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

AlterTable::AddedColumn Grammar::ReadAddedColumn() {
  const size_t first = position();
  AlterTable::AddedColumn added;
  added.inside = ReadName();
  ColumnDefinition& column = added.definition;
  column.name = added.inside.parts.back();
  added.inside.parts.pop_back();
  ReadColumnType(column);
  while (ReadColumnOption(column) || ReadAddedPlace(added)) {
  }
  column.span = SpanFrom(first);
  RefuseAddedRules(column);
  return added;
}

void Grammar::RefuseAddedRules(const ColumnDefinition& column) {
  const std::string anew = "make the table anew with it: CREATE OR REPLACE TABLE";
  if (column.generated) {
    Refuse(Unsupported("adding a generated column to a table that is there", column.span, anew));
  }
  if (column.identity) {
    Refuse(Unsupported("adding an identity column to a table that is there", column.span, anew));
  }
  if (column.default_value) {
    Refuse(MakeDiagnostic(
        "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED", column.span,
        "A column that is added to a table that is there cannot have a DEFAULT: rows there have no "
        "value.",
        "add the column first, then ALTER COLUMN ... SET DEFAULT for the rows that come"));
  }
  if (column.not_null || HoldsNotNull(*column.type)) {
    Refuse(MakeDiagnostic("DELTA_OPERATION_NOT_ALLOWED", column.span,
                          "A column that is added cannot be NOT NULL, nor can what is in it: rows "
                          "there have no value.",
                          "leave out NOT NULL"));
  }
}

bool Grammar::ReadAddedPlace(AlterTable::AddedColumn& added) {
  const size_t first = position();
  auto place = ReadPlace();
  if (!place) return false;
  if (added.place) {
    Report(MakeDiagnostic("ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", SpanFrom(first),
                          "Column " + added.definition.name.text +
                              " specifies descriptor \"FIRST|AFTER\" more than once.",
                          "keep one of them"));
  }
  added.place = std::move(place);
  return true;
}

// FIRST or AFTER other; nothing where neither stands.
std::optional<AlterTable::ColumnPlace> Grammar::ReadPlace() {
  if (Accept(Keyword::kFIRST)) return AlterTable::ColumnPlace{};
  if (!AcceptWord("after")) return std::nullopt;
  return AlterTable::ColumnPlace{ReadCheckedIdentifier()};
}

// REPLACE COLUMNS (a INT COMMENT 'text', ...)
AlterTable::ReplaceColumns Grammar::ReadReplaceColumns(const std::string& about) {
  const size_t first = position();
  Next();
  Next();
  if (!At(TokenKind::kLeftParen)) {
    Fail(MakeDiagnostic("INVALID_STATEMENT_OR_CLAUSE", SpanFrom(first),
                        "The statement or clause: " + about + " REPLACE COLUMNS is not valid.",
                        "the columns stand in parentheses"));
  }
  Next();
  AlterTable::ReplaceColumns replace;
  do {
    replace.columns.push_back(ReadReplacedColumn());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return replace;
}

ColumnDefinition Grammar::ReadReplacedColumn() {
  const size_t first = position();
  const std::string command = "REPLACE COLUMNS";
  ColumnDefinition column;
  column.name = ReadCheckedIdentifier();
  if (At(TokenKind::kDot)) {
    FailHiveStyle("Replacing a field of a struct", command, SpanFrom(first),
                  "give the whole struct, as it is to be");
  }
  ReadColumnType(column);
  while (ReadColumnOption(column)) {
  }
  column.span = SpanFrom(first);
  if (column.not_null) {
    FailHiveStyle("NOT NULL", command, column.span,
                  "leave it out, then write ALTER COLUMN ... SET NOT NULL");
  }
  if (ReadPlace()) {
    FailHiveStyle("A position", command, SpanFrom(first), "columns come in the order of the list");
  }
  if (column.default_value) {
    Fail(MakeDiagnostic("UNSUPPORTED_DEFAULT_VALUE.WITHOUT_SUGGESTION", column.span,
                        "REPLACE COLUMNS takes no DEFAULT.",
                        "a column that stays keeps its own; write ALTER COLUMN ... SET DEFAULT"));
  }
  if (column.generated || column.identity) {
    Fail(MakeDiagnostic("INVALID_STATEMENT_OR_CLAUSE", column.span,
                        "REPLACE COLUMNS takes no GENERATED.",
                        "leave it out: a column that stays is made as it was"));
  }
  return column;
}

void Grammar::FailHiveStyle(const std::string& what, const std::string& command, const Span& span,
                            const std::string& hint) {
  Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0034", span,
                      what + " is not supported in " + command + ".", hint));
}

// {ALTER | CHANGE} [COLUMN] c action, d action, ...
Grammar::AlterAction Grammar::ReadAlterColumn(const std::string& about) {
  const bool is_change = Next().keyword == Keyword::kCHANGE;
  if (At(Keyword::kCOLUMN) && AtName(1)) Next();
  AlterTable::ChangeColumns alter;
  do {
    AlterTable::ColumnChange change = ReadColumnChange(about, is_change);
    if (!is_change && alter.changes.empty() && AcceptWord("sync")) {
      ExpectWord("identity");
      return AlterTable::SyncIdentity{std::move(change.column)};
    }
    for (const auto& other : alter.changes) {
      if (!Overlap(other.column, change.column)) continue;
      Report(
          MakeDiagnostic("NOT_SUPPORTED_CHANGE_SAME_COLUMN", change.column.span,
                         "ALTER TABLE ALTER/CHANGE COLUMN is not supported for changing column " +
                             other.column.ToString() +
                             " including its nested fields multiple times in the same command.",
                         "write two statements"));
    }
    alter.changes.push_back(std::move(change));
  } while (Accept(TokenKind::kComma));
  return alter;
}

AlterTable::ColumnChange Grammar::ReadColumnChange(const std::string& about, bool is_change) {
  AlterTable::ColumnChange change;
  change.column = ReadName();
  if (!is_change && AtWord("sync") && AtWord("identity", 1)) return change;
  if (AtEnd() || At(TokenKind::kComma)) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", change.column.span,
                        "What is to change of column " + change.column.ToString() + " is not said.",
                        "write TYPE, SET, DROP, COMMENT, FIRST or AFTER"));
  }
  const bool is_action = AtWord("type") || AtWord("after") ||
                         AtAny({Keyword::kFIRST, Keyword::kSET, Keyword::kDROP, Keyword::kCOMMENT});
  // A column may be called like an action.
  const bool repeats = LowerName(Text(Peek())) == LowerName(change.column.parts.back().text);
  if (is_change && (!is_action || repeats)) {
    ReadHiveStyle(change);
  } else {
    ReadColumnAction(about, change);
  }
  return change;
}

// CHANGE [COLUMN] c ^ c INT [COMMENT 'text'] [FIRST | AFTER d]
void Grammar::ReadHiveStyle(AlterTable::ColumnChange& change) {
  const std::string command = "CHANGE COLUMN";
  const Identifier name = ReadCheckedIdentifier();
  if (LowerName(name.text) != LowerName(change.column.parts.back().text)) {
    FailHiveStyle("Renaming a column", command, name.span, "write ALTER TABLE ... RENAME COLUMN");
  }
  change.type = ReadType();
  if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
    FailHiveStyle("NOT NULL", command, Here(), "write ALTER COLUMN ... SET NOT NULL");
  }
  if (Accept(Keyword::kCOMMENT)) change.comment = ReadStringText();
  change.place = ReadPlace();
}

// TYPE t, COMMENT 'text', FIRST, AFTER d, SET ..., DROP ...
void Grammar::ReadColumnAction(const std::string& about, AlterTable::ColumnChange& change) {
  if (AcceptWord("type")) {
    change.type = ReadType();
  } else if (Accept(Keyword::kCOMMENT)) {
    change.comment = ReadStringText();
  } else if (AtAny({Keyword::kSET, Keyword::kDROP})) {
    ReadSetOrDrop(about, change);
  } else {
    change.place = ReadPlace();
    if (!change.place) FailUnsupportedWords(position(), about + " ALTER COLUMN ...");
  }
}

// {SET | DROP} NOT NULL, SET DEFAULT expression, DROP DEFAULT
void Grammar::ReadSetOrDrop(const std::string& about, AlterTable::ColumnChange& change) {
  const bool set = Next().keyword == Keyword::kSET;
  if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
    ReadNotNull();
    change.nullable = !set;
  } else if (!Accept(Keyword::kDEFAULT)) {
    FailUnsupportedWords(position(), about + " ALTER COLUMN ... " + (set ? "SET" : "DROP"));
  } else if (set) {
    const size_t first = position();
    std::shared_ptr<const Expr> value = ReadExpression();
    change.default_value = {std::move(value), std::string(SpanFrom(first).Text())};
  } else {
    change.default_value = AlterTable::ColumnDefault{};
  }
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

}  // namespace weir::sql
