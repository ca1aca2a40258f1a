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

}  // namespace weir::sql
