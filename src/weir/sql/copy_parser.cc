#include "weir/sql/grammar.h"

// COPY INTO.
namespace weir::sql {

// COPY INTO t [BY POSITION | (columns)] FROM {'path' | (SELECT items FROM 'path')}
//   FILEFORMAT = format [VALIDATE [ALL | n ROWS]] [FILES = ('a', 'b') | PATTERN = 'glob']
//   [FORMAT_OPTIONS (...)] [COPY_OPTIONS (...)]
StatementPtr Grammar::ReadCopyInto() {
  const size_t first = position();
  ExpectAll({Keyword::kCOPY, Keyword::kINTO});
  CopyInto copy;
  copy.target = ReadTableName();
  copy.by_position = AcceptAll({Keyword::kBY, Keyword::kPOSITION});
  if (!copy.by_position && At(TokenKind::kLeftParen)) copy.columns = ReadIdentifierList();
  Expect(Keyword::kFROM);
  if (Accept(TokenKind::kLeftParen)) {
    Expect(Keyword::kSELECT);
    do {
      copy.items.push_back(ReadSelectItem());
    } while (Accept(TokenKind::kComma));
    Expect(Keyword::kFROM);
    ReadCopyPath(copy);
    if (!At(TokenKind::kRightParen)) {
      FailHere("COPY INTO takes SELECT expressions FROM 'path' without further clauses");
    }
    Next();
  } else {
    ReadCopyPath(copy);
  }
  ExpectWord("FILEFORMAT");
  Expect(TokenKind::kEq);
  copy.format = ReadIdentifier();
  while (!AtEnd()) ReadCopyClause(copy);
  return MakeStatement(first, std::move(copy));
}

void Grammar::ReadCopyPath(CopyInto& copy) {
  const size_t first = position();
  copy.path = ReadStringText();
  copy.path_span = SpanFrom(first);
  if (At(Keyword::kWITH)) {
    RefuseRest(Unsupported("COPY INTO ... WITH (CREDENTIAL ... ENCRYPTION ...)", Here(),
                           "access is decided by READ FILES on the path"));
  }
}

void Grammar::ReadCopyClause(CopyInto& copy) {
  if (AcceptWord("VALIDATE")) {
    copy.validate = true;
    if (Accept(Keyword::kALL)) return;
    if (!AtInteger()) return;
    copy.validate_rows = ReadInteger();
    Expect(Keyword::kROWS);
  } else if (AcceptWord("FILES")) {
    Expect(TokenKind::kEq);
    Expect(TokenKind::kLeftParen);
    do {
      copy.files.push_back(ReadStringText());
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen);
  } else if (AcceptWord("PATTERN")) {
    Expect(TokenKind::kEq);
    copy.pattern = ReadStringText();
  } else if (AcceptWord("FORMAT_OPTIONS")) {
    copy.format_options = ReadProperties();
  } else if (AcceptWord("COPY_OPTIONS")) {
    copy.copy_options = ReadProperties();
  } else {
    FailHere("VALIDATE, FILES, PATTERN, FORMAT_OPTIONS or COPY_OPTIONS may follow here");
  }
}

bool Grammar::AtWord(std::string_view word, size_t ahead) const {
  return AtName(ahead) && LowerName(Text(Peek(ahead))) == LowerName(word);
}

bool Grammar::AcceptWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Next();
  return true;
}

void Grammar::ExpectWord(std::string_view word) {
  if (!AcceptWord(word)) FailHere("expected " + std::string(word) + " here");
}

}  // namespace weir::sql
