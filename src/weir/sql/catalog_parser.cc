#include "weir/sql/grammar.h"

namespace weir::sql {

// CATALOG, SCHEMA, TABLE, ... before a name; nothing, and nothing read, when a name stands here.
std::optional<ObjectKind> Grammar::ReadObjectKind() {
  if (AtAll({Keyword::kMATERIALIZED, Keyword::kVIEW})) {
    Next();
    Next();
    return ObjectKind::kMaterializedView;
  }
  if (AtAll({Keyword::kSTREAMING, Keyword::kTABLE})) {
    Next();
    Next();
    return ObjectKind::kStreamingTable;
  }
  if (!AtName(1)) return std::nullopt;
  switch (Peek().keyword) {
    case Keyword::kCATALOG:
      Next();
      return ObjectKind::kCatalog;
    case Keyword::kSCHEMA:
    case Keyword::kDATABASE:
    case Keyword::kNAMESPACE:
      Next();
      return ObjectKind::kSchema;
    case Keyword::kTABLE:
      Next();
      return ObjectKind::kTable;
    case Keyword::kVIEW:
      Next();
      return ObjectKind::kView;
    case Keyword::kVOLUME:
      Next();
      return ObjectKind::kVolume;
    case Keyword::kFUNCTION:
      Next();
      return ObjectKind::kFunction;
    default:
      return std::nullopt;
  }
}

// DESCRIBE [TABLE] [EXTENDED] t, {SCHEMA | CATALOG} [EXTENDED] n, HISTORY t, DETAIL t, [QUERY] q
StatementPtr Grammar::ReadDescribe() {
  const size_t first = position();
  Next();
  Describe describe;
  describe.what = Describe::What::kTable;
  if (At(Keyword::kQUERY) && StartsQuery(1)) Next();
  if (!At(Keyword::kTABLE) && StartsQuery()) {
    describe.what = Describe::What::kQuery;
    describe.query = ReadQuery();
    return MakeStatement(first, std::move(describe));
  }
  if (At(Keyword::kFUNCTION) && !At(TokenKind::kEnd, 1)) return ReadDescribeFunction(first);
  if (AtName(1)) {
    switch (Peek().keyword) {
      case Keyword::kHISTORY:
        describe.what = Describe::What::kHistory;
        break;
      case Keyword::kDETAIL:
        describe.what = Describe::What::kDetail;
        break;
      case Keyword::kSCHEMA:
      case Keyword::kDATABASE:
      case Keyword::kNAMESPACE:
        describe.what = Describe::What::kSchema;
        break;
      case Keyword::kCATALOG:
        describe.what = Describe::What::kCatalog;
        break;
      case Keyword::kVOLUME:
        describe.what = Describe::What::kVolume;
        break;
      default:
        break;
    }
    if (describe.what != Describe::What::kTable || At(Keyword::kTABLE)) Next();
  }
  if (AtAny({Keyword::kEXTENDED, Keyword::kFORMATTED}) && AtName(1)) {
    Next();
    describe.extended = true;
  }
  describe.name = ReadTableName();
  if (At(Keyword::kPARTITION)) RefuseRest(Unsupported("DESCRIBE ... PARTITION", Here()));
  if (describe.what == Describe::What::kHistory && Accept(Keyword::kLIMIT)) {
    describe.limit = ReadInteger();
  }
  if (describe.what == Describe::What::kTable && AtName() && !At(Keyword::kAS)) {
    describe.column = ReadName();
  }
  if (describe.what == Describe::What::kTable && At(Keyword::kAS)) ReadAsJson(describe, first);
  return MakeStatement(first, std::move(describe));
}

// AS JSON, which says everything of a whole table.
void Grammar::ReadAsJson(Describe& describe, size_t first) {
  Expect(Keyword::kAS);
  ExpectWord("json");
  describe.as_json = true;
  if (describe.column) {
    Report(MakeDiagnostic("UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON", SpanFrom(first),
                          "AS JSON describes a table, not one column.", "leave out the column"));
  } else if (!describe.extended) {
    Report(MakeDiagnostic("DESCRIBE_JSON_NOT_EXTENDED", SpanFrom(first), "AS JSON needs EXTENDED.",
                          "write DESCRIBE TABLE EXTENDED t AS JSON"));
  }
}

// [LIKE] 'pattern'
void Grammar::ReadPattern(Show& show) {
  const bool like = Accept(Keyword::kLIKE);
  if (At(TokenKind::kString)) {
    show.pattern = ReadStringText();
  } else if (like) {
    show.pattern = ReadName().ToString();
  }
}

StatementPtr Grammar::ReadShow() {
  const size_t first = position();
  Expect(Keyword::kSHOW);
  Show show;
  switch (Peek().keyword) {
    case Keyword::kCATALOGS:
      show.what = Show::What::kCatalogs;
      break;
    case Keyword::kSCHEMAS:
    case Keyword::kDATABASES:
    case Keyword::kNAMESPACES:
      show.what = Show::What::kSchemas;
      show.in_kind = ObjectKind::kCatalog;
      break;
    case Keyword::kTABLES:
      show.what = Show::What::kTables;
      break;
    case Keyword::kVIEWS:
      show.what = Show::What::kViews;
      break;
    case Keyword::kVOLUMES:
      show.what = Show::What::kVolumes;
      break;
    case Keyword::kFUNCTIONS:
      return ReadShowFunctions(first);
    case Keyword::kCOLUMNS:
      show.what = Show::What::kColumns;
      show.in_kind = ObjectKind::kTable;
      break;
    case Keyword::kTBLPROPERTIES:
      show.what = Show::What::kTblProperties;
      show.in_kind = ObjectKind::kTable;
      break;
    case Keyword::kCREATE:
      if (!At(Keyword::kTABLE, 1)) FailUnsupportedWords(first);
      show.what = Show::What::kCreateTable;
      show.in_kind = ObjectKind::kTable;
      Next();
      break;
    case Keyword::kGRANTS:
    case Keyword::kGRANT:
      Next();
      ReadShowGrants(show);
      return MakeStatement(first, std::move(show));
    default:
      if (AtAny({Keyword::kALL, Keyword::kUSER, Keyword::kSYSTEM}) && At(Keyword::kFUNCTIONS, 1)) {
        return ReadShowFunctions(first);
      }
      if (!AtWord("partitions")) FailUnsupportedWords(first);
      show.what = Show::What::kPartitions;
      show.in_kind = ObjectKind::kTable;
  }
  Next();
  const bool names_table =
      show.what == Show::What::kTblProperties || show.what == Show::What::kCreateTable;
  if (show.what == Show::What::kPartitions) {
    show.in = ReadTableName();
    if (At(Keyword::kPARTITION)) {
      RefuseRest(Unsupported("SHOW PARTITIONS ... PARTITION", Here(),
                             "leave it out, or SELECT DISTINCT the partition columns"));
    }
    return MakeStatement(first, std::move(show));
  }
  if (names_table) {
    show.in = ReadTableName();
    if (show.what == Show::What::kTblProperties && Accept(TokenKind::kLeftParen)) {
      show.key = ReadPropertyKey();
      Expect(TokenKind::kRightParen);
    }
    if (At(Keyword::kAS)) RefuseRest(Unsupported("SHOW CREATE TABLE ... AS SERDE", Here()));
    return MakeStatement(first, std::move(show));
  }
  const bool has_in = Accept(Keyword::kFROM) || Accept(Keyword::kIN);
  if (has_in) show.in = ReadTableName();
  if (show.what == Show::What::kColumns) {
    if (!show.in) FailHere("expected IN and a table here");
    if (Accept(Keyword::kFROM) || Accept(Keyword::kIN)) {
      // SHOW COLUMNS IN t IN s
      Name schema = ReadTableName();
      const size_t parts = show.in->parts.size();
      if (parts == 1) {
        show.in->parts.insert(show.in->parts.begin(), schema.parts.begin(), schema.parts.end());
      } else if (LowerName(show.in->parts[parts - 2].text) != LowerName(schema.parts.back().text)) {
        Report(MakeDiagnostic("SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE", schema.span,
                              "The table is in one schema by its name, and in " +
                                  schema.ToString() + " by what follows.",
                              "name the schema once"));
      }
    }
  } else {
    ReadPattern(show);
  }
  return MakeStatement(first, std::move(show));
}

// SHOW GRANTS [principal] ON [kind] name
void Grammar::ReadShowGrants(Show& show) {
  show.what = Show::What::kGrants;
  if (!At(Keyword::kON)) show.principal = ReadIdentifier().text;
  Expect(Keyword::kON);
  ReadGranted(show.in_kind, show.in.emplace());
}

// [kind] name, METASTORE
void Grammar::ReadGranted(ObjectKind& kind, Name& name) {
  const size_t first = position();
  if (AtWord("metastore") && !At(TokenKind::kDot, 1)) {
    Next();
    kind = ObjectKind::kMetastore;
    return;
  }
  if ((At(Keyword::kEXTERNAL) && AtWord("location", 1)) ||
      (At(Keyword::kEXTERNAL) && At(Keyword::kLOCATION, 1))) {
    RefuseRest(Unsupported("ON EXTERNAL LOCATION", SpanFrom(first),
                           "READ FILES and WRITE FILES are granted ON METASTORE, for all paths "
                           "outside of tables and volumes"));
  }
  kind = ReadObjectKind().value_or(ObjectKind::kTable);
  name = ReadTableName();
}

// COMMENT ON kind name IS 'text' | NULL
StatementPtr Grammar::ReadComment() {
  const size_t first = position();
  ExpectAll({Keyword::kCOMMENT, Keyword::kON});
  if (At(Keyword::kCOLUMN)) {
    RefuseRest(Unsupported("COMMENT ON COLUMN", Here(),
                           "write ALTER TABLE t ALTER COLUMN c COMMENT 'text'"));
  }
  const std::optional<ObjectKind> kind = ReadObjectKind();
  if (!kind) FailUnsupportedWords(first);
  CommentOn comment;
  comment.kind = *kind;
  comment.name = ReadTableName();
  Expect(Keyword::kIS);
  if (!Accept(Keyword::kNULL)) comment.comment = ReadStringText();
  return MakeStatement(first, std::move(comment));
}

// "SELECT", "USE SCHEMA", "ALL PRIVILEGES", parted by commas, up to ON.
std::vector<std::string> Grammar::ReadPrivileges() {
  std::vector<std::string> privileges;
  do {
    std::string privilege;
    while (At(TokenKind::kWord) && !At(Keyword::kON)) {
      std::string word(Text(Next()));
      for (char& c : word) c = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
      privilege += (privilege.empty() ? "" : " ") + word;
    }
    if (privilege.empty()) FailHere("a privilege is expected here, such as SELECT");
    privileges.push_back(std::move(privilege));
  } while (Accept(TokenKind::kComma));
  return privileges;
}

// GRANT privileges ON [kind] name TO principal, REVOKE ... FROM principal
StatementPtr Grammar::ReadGrant() {
  const size_t first = position();
  Grant grant;
  grant.revoke = Next().keyword == Keyword::kREVOKE;
  grant.privileges = ReadPrivileges();
  Expect(Keyword::kON);
  ReadGranted(grant.kind, grant.name);
  if (AtName() && !AtAny({Keyword::kTO, Keyword::kFROM})) FailUnsupportedWords(first);
  Expect(grant.revoke ? Keyword::kFROM : Keyword::kTO);
  grant.principal = At(TokenKind::kString) ? ReadStringText() : ReadCheckedIdentifier().text;
  if (At(Keyword::kWITH)) RefuseRest(Unsupported("WITH GRANT OPTION", Here(), "leave it out"));
  return MakeStatement(first, std::move(grant));
}

StatementPtr Grammar::ReadDrop() {
  const size_t first = position();
  Expect(Keyword::kDROP);
  if (At(Keyword::kVARIABLE) && AtName(1)) FailHere("write DROP TEMPORARY VARIABLE");
  if (AtAny({Keyword::kTEMPORARY, Keyword::kTEMP}) &&
      (At(Keyword::kVARIABLE, 1) || LowerName(Text(Peek(1))) == "var")) {
    return ReadDropVariable(first);
  }
  Drop drop;
  drop.temporary = AtAny({Keyword::kTEMPORARY, Keyword::kTEMP}) &&
                   AtAny({Keyword::kVIEW, Keyword::kFUNCTION}, 1) && AtName(2);
  if (drop.temporary) Next();
  const std::optional<ObjectKind> kind = ReadObjectKind();
  if (!kind) FailUnsupportedWords(first);
  drop.kind = *kind;
  drop.if_exists = ReadIfExists();
  drop.name = ReadTableName();
  const bool nested = drop.kind == ObjectKind::kCatalog || drop.kind == ObjectKind::kSchema;
  if (nested) {
    drop.cascade = Accept(Keyword::kCASCADE);
    if (!drop.cascade) Accept(Keyword::kRESTRICT);
  }
  if (At(Keyword::kPURGE)) RefuseRest(Unsupported("PURGE", Here(), "leave it out"));
  return MakeStatement(first, std::move(drop));
}

}  // namespace weir::sql
