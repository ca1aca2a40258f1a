#include <algorithm>

#include "weir/sql/grammar.h"

// PRIMARY KEY and FOREIGN KEY: what a table is said to have, and nobody checks.
namespace weir::sql {

bool Grammar::AtKey(size_t ahead) const {
  if (At(Keyword::kCONSTRAINT, ahead) && AtName(ahead + 1)) ahead += 2;
  return AtAny({Keyword::kPRIMARY, Keyword::kFOREIGN}, ahead) && AtWord("key", ahead + 1);
}

bool Grammar::AtColumnKey() const {
  const size_t ahead = At(Keyword::kCONSTRAINT) && AtName(1) ? 2 : 0;
  return AtKey() || AtWord("references", ahead);
}

// [CONSTRAINT name] PRIMARY KEY (a, b TIMESERIES)
// [CONSTRAINT name] FOREIGN KEY (a, b) REFERENCES t [(c, d)]
KeyDefinition Grammar::ReadKey() {
  const size_t first = position();
  KeyDefinition key;
  if (Accept(Keyword::kCONSTRAINT)) key.name = ReadCheckedIdentifier();
  const bool foreign = Accept(Keyword::kFOREIGN);
  if (!foreign) Expect(Keyword::kPRIMARY);
  ExpectWord("key");
  Expect(TokenKind::kLeftParen);
  do {
    key.columns.push_back(ReadCheckedIdentifier());
    if (!foreign && AcceptWord("timeseries")) key.timeseries = key.columns.back();
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  if (foreign) ReadReferences(key);
  ReadKeyOptions(key);
  key.span = SpanFrom(first);
  return key;
}

// The same behind a column, which it is of.
KeyDefinition Grammar::ReadColumnKey(const Identifier& column) {
  const size_t first = position();
  KeyDefinition key;
  key.columns.push_back(column);
  if (Accept(Keyword::kCONSTRAINT)) key.name = ReadCheckedIdentifier();
  if (Accept(Keyword::kPRIMARY)) {
    ExpectWord("key");
    if (AcceptWord("timeseries")) key.timeseries = column;
  } else {
    if (Accept(Keyword::kFOREIGN)) ExpectWord("key");
    ReadReferences(key);
  }
  ReadKeyOptions(key);
  key.span = SpanFrom(first);
  return key;
}

void Grammar::ReadReferences(KeyDefinition& key) {
  ExpectWord("references");
  key.parent = ReadTableName();
  if (!Accept(TokenKind::kLeftParen)) return;
  do {
    key.parent_columns.push_back(ReadCheckedIdentifier());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
}

void Grammar::ReadKeyOptions(KeyDefinition& key) {
  // What excludes each other stands beside each other.
  static constexpr std::string_view kOptions[] = {
      "NOT ENFORCED",       "ENFORCED",           "RELY",       "NORELY",
      "DEFERRABLE",         "INITIALLY DEFERRED", "MATCH FULL", "ON UPDATE NO ACTION",
      "ON DELETE NO ACTION"};
  for (;;) {
    const size_t first = position();
    const auto at = [&](std::string_view option) {
      for (size_t ahead = 0;; ++ahead) {
        const size_t end = std::min(option.find(' '), option.size());
        const std::string word = LowerName(option.substr(0, end));
        if (!At(TokenKind::kWord, ahead) || LowerName(Text(Peek(ahead))) != word) return false;
        if (end == option.size()) return true;
        option.remove_prefix(end + 1);
      }
    };
    const auto found = std::find_if(std::begin(kOptions), std::end(kOptions), at);
    if (found == std::end(kOptions)) return;
    for (long words = std::count(found->begin(), found->end(), ' ') + 1; words > 0; --words) Next();
    const auto index = static_cast<size_t>(found - std::begin(kOptions));
    const bool of_foreign = index >= 6;
    const auto has = [&](std::string_view option) {
      return std::find(key.options.begin(), key.options.end(), option) != key.options.end();
    };
    const std::string option(*found);
    if (option == "ENFORCED") {
      Refuse(MakeDiagnostic("UNSUPPORTED_CONSTRAINT_CHARACTERISTIC", SpanFrom(first),
                            "Constraint characteristic ENFORCED is not supported for keys.",
                            "write NOT ENFORCED, or leave it out: nobody checks keys"));
    } else if (of_foreign && !key.parent) {
      Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", SpanFrom(first),
                          "Syntax error at or near '" + option + "'.",
                          "it goes with FOREIGN KEY ... REFERENCES"));
    } else if (has(option) || (option == "RELY" && has("NORELY")) ||
               (option == "NORELY" && has("RELY"))) {
      Fail(MakeDiagnostic("INVALID_CONSTRAINT_CHARACTERISTICS", SpanFrom(first),
                          "Constraint characteristics [" + option +
                              "] are duplicated or conflict "
                              "with each other.",
                          "keep one of them"));
    }
    key.options.push_back(option);
  }
}

}  // namespace weir::sql
