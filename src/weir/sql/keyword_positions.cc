#include "weir/sql/keyword_positions.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "weir/sql/ast_printer.h"
#include "weir/sql/lexer.h"
#include "weir/sql/parser.h"

namespace weir::sql {
namespace {

// What may come after a keyword that is read as one only together with it.
constexpr std::string_view kSequels[] = {
    "",
    "x",
    "'x'",
    "(x)",
    "1 DAY",
    "(x AS INT)",
    "(SELECT 1)",
    "BY x",
    "JOIN x",
    "OUTER JOIN x",
    "EXISTS x",
    "NOT EXISTS x",
    "TABLE x (y INT)",
    "VIEW x AS SELECT 1",
    "VIEW explode(x) y AS z",
    "REPLACE TABLE x (y INT)",
    "REFRESH STREAMING TABLE x",
    "COLUMN x INT",
    "TO x",
    "AS OF 1",
    "x AS (ORDER BY y)",
    "SETS ((x))",
    "NULLS",
    "FIRST",
    "ROW",
    "PRECEDING",
    "NAME SELECT 1",
    "ZONE 'x'",
};

// How far a text could be read, and as what.
struct Reading {
  size_t reach = 0;                 // Where the last mistake begins.
  std::optional<std::string> tree;  // Of a text without mistakes.
};

Reading Read(std::string text) {
  auto parsed = ParseStatement(std::make_shared<SourceText>(SourceText{"", std::move(text)}));
  Reading reading;
  if (const auto* statement = std::get_if<StatementPtr>(&parsed)) {
    for (const Diagnostic& refused : (*statement)->refused) {
      reading.reach = std::max(reading.reach, refused.span.begin);
    }
    if ((*statement)->refused.empty()) reading.tree = ToSql(**statement);
    return reading;
  }
  for (const Diagnostic& mistake : std::get<Diagnostics>(parsed)) {
    reading.reach = std::max(reading.reach, mistake.span.begin);
  }
  return reading;
}

// None of the keywords is reserved, so nearly each is read nearly everywhere: as a name. The same
// word in backticks is always one; a keyword is one where the two are read differently.
bool MeansSomething(const std::string& before, std::string_view word) {
  for (const std::string_view sequel : kSequels) {
    const std::string after = " " + std::string(sequel);
    const Reading plain = Read(before + std::string(word) + after);
    if (!plain.tree && plain.reach < before.size() + word.size()) continue;
    const Reading quoted = Read(before + "`" + std::string(word) + "`" + after);
    const bool same =
        plain.tree ? plain.tree == quoted.tree : !quoted.tree && plain.reach + 2 == quoted.reach;
    if (!same) return true;
  }
  return false;
}

bool BeginsWith(std::string_view word, std::string_view beginning) {
  return word.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), word.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
         });
}

std::vector<Keyword> Meant(const std::string& before, std::string_view beginning) {
  std::vector<Keyword> keywords;
  for (size_t i = 1; i < kKeywordCount; ++i) {
    const auto keyword = static_cast<Keyword>(i);
    const std::string_view word = KeywordText(keyword);
    if (BeginsWith(word, beginning) && MeansSomething(before, word)) keywords.push_back(keyword);
  }
  return keywords;
}

// The last word of `before` if it is a keyword that may also be meant as a name there, put into
// backticks: "... FROM t GROUP".
std::optional<std::string> WithNameAtEnd(const std::string& before) {
  const LexedText lexed = Lex(std::make_shared<SourceText>(SourceText{"", before}));
  if (lexed.tokens.size() < 2) return std::nullopt;
  const Token& last = lexed.tokens[lexed.tokens.size() - 2];
  const std::string word = before.substr(last.begin, last.end - last.begin);
  const std::string rest = before.substr(0, last.begin);
  if (last.keyword == Keyword::kNone || !IsPlainNameAt(rest, word)) return std::nullopt;
  return rest + "`" + word + "` ";
}

}  // namespace

std::vector<Keyword> KeywordsAt(std::string_view before, std::string_view beginning) {
  const std::string text = std::string(before) + " ";
  std::vector<Keyword> keywords = Meant(text, beginning);
  if (const std::optional<std::string> as_name = WithNameAtEnd(text)) {
    // What follows the keyword alone is more likely meant than what follows a name so odd.
    const std::vector<Keyword> others = Meant(*as_name, beginning);
    std::vector<Keyword> own;
    std::set_difference(keywords.begin(), keywords.end(), others.begin(), others.end(),
                        std::back_inserter(own));
    if (!own.empty()) return own;
  }
  return keywords;
}

bool NameMayStandAt(std::string_view before) {
  const Reading reading = Read(std::string(before) + " x");
  return reading.tree || reading.reach != before.size() + 1;
}

bool IsPlainNameAt(std::string_view before, std::string_view name) {
  const std::string text = std::string(before) + " ";
  const Reading plain = Read(text + std::string(name));
  const Reading quoted = Read(text + "`" + std::string(name) + "`");
  if (plain.tree) return plain.tree == quoted.tree;
  return !quoted.tree && plain.reach + 2 == quoted.reach;
}

}  // namespace weir::sql
