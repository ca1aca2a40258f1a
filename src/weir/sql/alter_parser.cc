#include "weir/sql/grammar.h"

namespace weir::sql {

// ALTER kind name action
StatementPtr Grammar::ReadAlter() {
  const size_t first = position();
  Expect(Keyword::kALTER);
  const std::optional<ObjectKind> kind = ReadObjectKind();
  if (!kind || *kind == ObjectKind::kCatalog) FailUnsupportedWords(first);
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
  alter.action = has_schema ? AlterAction(AlterTable::SetViewSchema{ReadViewSchema()})
                            : ReadAlterAction(about);
  return MakeStatement(first, std::move(alter));
}

Grammar::AlterAction Grammar::ReadAlterAction(const std::string& about) {
  switch (Peek().keyword) {
    case Keyword::kRENAME:
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
      if (!AtAny({Keyword::kCOLUMN, Keyword::kCOLUMNS}, 1)) break;
      return ReadAddColumns();
    case Keyword::kALTER:
    case Keyword::kCHANGE:
      return ReadAlterColumn(about);
    default:
      break;
  }
  if (AtEnd()) FailHere("what to alter is expected here, such as SET TBLPROPERTIES (...)");
  FailUnsupportedWords(position(), about);
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
  if (At(TokenKind::kDot)) Fail(Unsupported("adding fields to a struct", SpanFrom(first)));
  column.type = ReadType();
  if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
    Report(MakeDiagnostic("UNSUPPORTED_FEATURE", Here(),
                          "A column that is added cannot be NOT NULL: rows there have no value.",
                          "leave out NOT NULL"));
  }
  while (AtAny({Keyword::kNOT, Keyword::kCOMMENT, Keyword::kDEFAULT, Keyword::kFIRST}) ||
         LowerName(Text(Peek())) == "after") {
    if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
      ReadNotNull();
    } else if (At(Keyword::kCOMMENT) && !column.comment) {
      Next();
      column.comment = ReadStringText();
    } else if (At(Keyword::kDEFAULT)) {
      Fail(Unsupported("DEFAULT values of columns", Here(), "leave it out"));
    } else if (At(Keyword::kFIRST) || LowerName(Text(Peek())) == "after") {
      Fail(Unsupported("positions of added columns", Here(),
                       "leave out FIRST and AFTER; new columns come last"));
    } else {
      FailHere("this is said twice of one column");
    }
  }
  column.span = SpanFrom(first);
  return column;
}

// {ALTER | CHANGE} [COLUMN] c COMMENT 'text'
Grammar::AlterAction Grammar::ReadAlterColumn(const std::string& about) {
  const bool change = Next().keyword == Keyword::kCHANGE;
  if (At(Keyword::kCOLUMN) && AtName(1)) Next();
  AlterTable::ColumnComment action;
  action.column = ReadName();
  if (!Accept(Keyword::kCOMMENT)) {
    if (change) Fail(Unsupported(about + " CHANGE COLUMN", Here()));
    if (AtEnd()) FailHere("expected COMMENT here");
    FailUnsupportedWords(position(), about + " ALTER COLUMN ...");
  }
  action.comment = ReadStringText();
  return action;
}

}  // namespace weir::sql
