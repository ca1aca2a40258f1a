#include "weir/sql/grammar.h"

namespace weir::sql {

StatementPtr Grammar::ReadCreate() {
  const size_t first = position();
  Expect(Keyword::kCREATE);
  const bool or_replace = AcceptAll({Keyword::kOR, Keyword::kREPLACE});
  const bool or_refresh = !or_replace && AcceptAll({Keyword::kOR, Keyword::kREFRESH});
  const size_t temporary_words = AtAny({Keyword::kTEMPORARY, Keyword::kTEMP}) ? 1 : 0;
  const bool says_stream =
      At(Keyword::kSTREAMING, temporary_words) || AtWord("incremental", temporary_words);
  if (At(Keyword::kLIVE, temporary_words + (says_stream ? 1 : 0))) {
    return ReadCreateLive(first, or_refresh);
  }
  if (AtAny({Keyword::kPRIVATE, Keyword::kSTREAMING, Keyword::kMATERIALIZED})) {
    if (or_replace) {
      Refuse(Unsupported("CREATE OR REPLACE of a dataset of a pipeline", SpanFrom(first),
                         "write CREATE OR REFRESH"));
    }
    return ReadCreateDataset(first, or_refresh);
  }
  if (or_refresh) {
    FailHere("OR REFRESH goes with STREAMING TABLE and MATERIALIZED VIEW; write OR REPLACE here");
  }
  const bool global = Accept(Keyword::kGLOBAL);
  const bool temporary = Accept(Keyword::kTEMPORARY) || Accept(Keyword::kTEMP);
  if (global && !temporary) FailHere("expected TEMPORARY VIEW here");
  if (At(Keyword::kVIEW)) {
    CreateView create;
    create.or_replace = or_replace;
    create.temporary = temporary;
    create.global = global;
    return ReadCreateView(first, std::move(create));
  }
  if (!global && At(Keyword::kFUNCTION)) return ReadCreateFunction(first, or_replace, temporary);
  if (temporary) {
    FailHere(At(Keyword::kTABLE) ? "there are no temporary tables; write TEMPORARY VIEW"
                                 : "expected VIEW here");
  }
  switch (Peek().keyword) {
    case Keyword::kEXTERNAL:
      if (At(Keyword::kVOLUME, 1) && !or_replace) return ReadCreateVolume(first);
      if (!At(Keyword::kTABLE, 1)) break;
      Next();
      return ReadCreateTable(first, or_replace);
    case Keyword::kTABLE:
      return ReadCreateTable(first, or_replace);
    case Keyword::kSCHEMA:
    case Keyword::kDATABASE:
    case Keyword::kNAMESPACE:
      if (or_replace) FailHere("OR REPLACE goes with TABLE and VIEW");
      return ReadCreateSchema(first);
    case Keyword::kCATALOG:
      if (or_replace) FailHere("OR REPLACE goes with TABLE and VIEW");
      return ReadCreateCatalog(first);
    case Keyword::kVOLUME:
      if (or_replace) FailHere("OR REPLACE goes with TABLE and VIEW");
      return ReadCreateVolume(first);
    case Keyword::kFLOW:
      if (or_replace) FailHere("OR REPLACE goes with TABLE and VIEW");
      return ReadCreateFlow(first);
    default:
      break;
  }
  FailUnsupportedWords(first);
}

// [AS] query, or nothing.
QueryPtr Grammar::ReadOptionalQuery() {
  const bool as = Accept(Keyword::kAS);
  if (as || StartsQuery() || At(TokenKind::kLeftParen)) return ReadQuery();
  return nullptr;
}

// REPLACE TABLE t ...: CREATE OR REPLACE of a table that is there.
StatementPtr Grammar::ReadReplaceTable() {
  const size_t first = position();
  Expect(Keyword::kREPLACE);
  StatementPtr statement = ReadCreateTable(first, /*or_replace=*/true);
  if (auto* clone = std::get_if<CloneTable>(&statement->node)) {
    clone->must_exist = true;
  } else {
    std::get<CreateTable>(statement->node).must_exist = true;
  }
  return statement;
}

StatementPtr Grammar::ReadCreateTable(size_t first, bool or_replace) {
  Expect(Keyword::kTABLE);
  CreateTable create;
  create.or_replace = or_replace;
  create.if_not_exists = ReadIfNotExists();
  if (or_replace && create.if_not_exists) {
    Report(MakeDiagnostic("INVALID_SQL_SYNTAX", SpanFrom(first),
                          "OR REPLACE and IF NOT EXISTS exclude each other.", "keep one of them"));
  }
  create.name = ReadTableName();
  const bool is_kind = At(Keyword::kDEEP) || At(Keyword::kSHALLOW);
  if (At(Keyword::kCLONE) || (is_kind && At(Keyword::kCLONE, 1))) {
    return ReadClone(first, std::move(create));
  }
  if (At(TokenKind::kLeftParen) && !StartsQuery(1) && !At(TokenKind::kLeftParen, 1)) {
    ReadDefinitions(create.clauses, ColumnTypes::kRequired, Constraints::kChecks);
  }
  ReadTableClauses(create.clauses);
  create.query = ReadOptionalQuery();
  return MakeStatement(first, std::move(create));
}

// CREATE TABLE t [DEEP | SHALLOW] CLONE s [VERSION AS OF n | TIMESTAMP AS OF e] [TBLPROPERTIES]
//   [LOCATION]
StatementPtr Grammar::ReadClone(size_t first, CreateTable create) {
  CloneTable clone;
  clone.shallow = Accept(Keyword::kSHALLOW);
  if (!clone.shallow) Accept(Keyword::kDEEP);
  Expect(Keyword::kCLONE);
  clone.name = std::move(create.name);
  clone.or_replace = create.or_replace;
  clone.if_not_exists = create.if_not_exists;
  TableFrom source;
  source.name = ReadTableName();
  ReadTimeTravel(source);
  clone.source = std::move(source.name);
  clone.as_of = std::move(source.as_of);
  std::set<std::string> seen;
  while (AtAny({Keyword::kTBLPROPERTIES, Keyword::kLOCATION})) {
    ReadTableClause(create.clauses, seen);
  }
  clone.properties = std::move(create.clauses.properties);
  clone.location = std::move(create.clauses.location);
  clone.location_span = create.clauses.location_span;
  return MakeStatement(first, std::move(clone));
}

StatementPtr Grammar::ReadCreateView(size_t first, CreateView create) {
  Expect(Keyword::kVIEW);
  create.if_not_exists = ReadIfNotExists();
  if (create.temporary && create.if_not_exists) {
    Report(MakeDiagnostic("_LEGACY_ERROR_TEMP_0053", SpanFrom(first),
                          "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.",
                          "write CREATE OR REPLACE TEMPORARY VIEW"));
  }
  if (create.or_replace && create.if_not_exists) {
    Report(MakeDiagnostic("INVALID_SQL_SYNTAX", SpanFrom(first),
                          "OR REPLACE and IF NOT EXISTS exclude each other.", "keep one of them"));
  }
  create.name = ReadTableName();
  if (create.temporary && create.name.parts.size() > 1) {
    Report(MakeDiagnostic(
        "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", create.name.span,
        "A temporary view has a name of one part, not " + create.name.ToString() + ".",
        "it belongs to the session, not to a schema"));
  }
  TableClauses clauses;
  if (At(TokenKind::kLeftParen)) {
    ReadDefinitions(clauses, ColumnTypes::kNone, Constraints::kNone);
    RefuseColumnRules(clauses.columns, "of a view");
  }
  std::set<std::string> seen;
  while (AtAny({Keyword::kCOMMENT, Keyword::kTBLPROPERTIES})) ReadTableClause(clauses, seen);
  if (At(Keyword::kWITH) && At(Keyword::kSCHEMA, 1)) {
    const size_t with = position();
    create.schema = ReadViewSchema();
    if (create.temporary) {
      Report(MakeDiagnostic("PARSE_SYNTAX_ERROR", SpanFrom(with),
                            "A temporary view takes no WITH SCHEMA.", "leave it out"));
    }
  }
  if (At(Keyword::kUSING)) RefuseRest(Unsupported("CREATE VIEW ... USING a data source", Here()));
  create.columns = std::move(clauses.columns);
  create.comment = std::move(clauses.comment);
  create.properties = std::move(clauses.properties);
  Expect(Keyword::kAS);
  create.query = ReadQuery();
  return MakeStatement(first, std::move(create));
}

// WITH SCHEMA {BINDING | COMPENSATION | TYPE EVOLUTION | EVOLUTION}
ViewSchema Grammar::ReadViewSchema() {
  ExpectAll({Keyword::kWITH, Keyword::kSCHEMA});
  if (AcceptWord("binding")) return ViewSchema::kBinding;
  if (AcceptWord("compensation")) return ViewSchema::kCompensation;
  const bool types_only = AcceptWord("type");
  if (!AtWord("evolution")) {
    FailHere("expected BINDING, COMPENSATION, TYPE EVOLUTION or EVOLUTION here");
  }
  Next();
  return types_only ? ViewSchema::kTypeEvolution : ViewSchema::kEvolution;
}

StatementPtr Grammar::ReadCreateSchema(size_t first) {
  Next();
  CreateSchema create;
  create.if_not_exists = ReadIfNotExists();
  create.name = ReadTableName();
  std::set<std::string> seen;
  while (!AtEnd()) {
    if (At(Keyword::kCOMMENT)) {
      NoteClause(seen, "COMMENT");
      Next();
      create.comment = ReadStringText();
    } else if (At(Keyword::kLOCATION) || At(Keyword::kLOCATION, 1)) {
      NoteClause(seen, "LOCATION");
      const bool is_managed = !At(Keyword::kLOCATION);
      std::string path = ReadManagedLocation(create.location_span);
      (is_managed ? create.managed_location : create.location) = std::move(path);
    } else if (At(Keyword::kWITH) && AtAny({Keyword::kDBPROPERTIES, Keyword::kPROPERTIES}, 1)) {
      NoteClause(seen, "DBPROPERTIES");
      Next();
      Next();
      create.properties = ReadProperties();
    } else if (AtAll({Keyword::kDEFAULT, Keyword::kCOLLATION})) {
      RefuseRest(Unsupported("DEFAULT COLLATION", Here(), "leave it out"));
    } else {
      FailHere();
    }
  }
  return MakeStatement(first, std::move(create));
}

// [MANAGED] LOCATION '..'
std::string Grammar::ReadManagedLocation(Span& span) {
  if (!At(Keyword::kLOCATION) && LowerName(Text(Next())) != "managed") FailHere();
  Next();
  const size_t path = position();
  std::string text = ReadStringText();
  span = SpanFrom(path);
  return text;
}

StatementPtr Grammar::ReadCreateCatalog(size_t first) {
  Next();
  CreateCatalog create;
  create.if_not_exists = ReadIfNotExists();
  create.name = ReadCheckedIdentifier();
  std::set<std::string> seen;
  while (!AtEnd()) {
    if (At(Keyword::kCOMMENT)) {
      NoteClause(seen, "COMMENT");
      Next();
      create.comment = ReadStringText();
    } else if (!At(Keyword::kLOCATION) && At(Keyword::kLOCATION, 1)) {
      NoteClause(seen, "LOCATION");
      create.managed_location = ReadManagedLocation(create.location_span);
    } else if (AtAny({Keyword::kUSING, Keyword::kOPTIONS})) {
      FailUnsupportedWords(first);
    } else {
      FailHere();
    }
  }
  return MakeStatement(first, std::move(create));
}

}  // namespace weir::sql
