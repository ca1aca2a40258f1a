#include "weir/sql/grammar.h"

// CREATE VOLUME, and the statements about files in volumes.
namespace weir::sql {

// [EXTERNAL] VOLUME [IF NOT EXISTS] name [LOCATION 'path'] [COMMENT 'text']
StatementPtr Grammar::ReadCreateVolume(size_t first) {
  const bool external = Accept(Keyword::kEXTERNAL);
  Expect(Keyword::kVOLUME);
  CreateVolume create;
  create.if_not_exists = ReadIfNotExists();
  create.name = ReadTableName();
  std::set<std::string> seen;
  while (!AtEnd()) {
    if (At(Keyword::kCOMMENT)) {
      NoteClause(seen, "COMMENT");
      Next();
      create.comment = ReadStringText();
    } else if (At(Keyword::kLOCATION)) {
      NoteClause(seen, "LOCATION");
      Next();
      const size_t path = position();
      create.location = ReadStringText();
      create.location_span = SpanFrom(path);
    } else {
      FailHere();
    }
  }
  if (external && !create.location) FailHere("an EXTERNAL VOLUME needs LOCATION 'path'");
  if (!external && create.location) {
    Report(MakeDiagnostic("INVALID_SQL_SYNTAX", create.location_span,
                          "A managed volume has no LOCATION.",
                          "write CREATE EXTERNAL VOLUME, or leave LOCATION out"));
  }
  return MakeStatement(first, std::move(create));
}

StatementPtr Grammar::ReadPut() {
  const size_t first = position();
  Expect(Keyword::kPUT);
  PutFile put;
  put.from = ReadStringText();
  Expect(Keyword::kINTO);
  put.to = ReadStringText();
  put.overwrite = Accept(Keyword::kOVERWRITE);
  return MakeStatement(first, std::move(put));
}

StatementPtr Grammar::ReadGet() {
  const size_t first = position();
  Expect(Keyword::kGET);
  GetFile get;
  get.from = ReadStringText();
  Expect(Keyword::kTO);
  get.to = ReadStringText();
  return MakeStatement(first, std::move(get));
}

StatementPtr Grammar::ReadRemove() {
  const size_t first = position();
  Expect(Keyword::kREMOVE);
  return MakeStatement(first, RemoveFile{ReadStringText()});
}

StatementPtr Grammar::ReadList() {
  const size_t first = position();
  Expect(Keyword::kLIST);
  ListFiles list{ReadStringText(), {}};
  if (At(Keyword::kWITH)) {
    RefuseRest(Unsupported("LIST ... WITH (CREDENTIAL ...)", Here(),
                           "access is decided by READ VOLUME, or READ FILES outside of volumes"));
  }
  if (Accept(Keyword::kLIMIT)) list.limit = ReadInteger();
  return MakeStatement(first, std::move(list));
}

}  // namespace weir::sql
