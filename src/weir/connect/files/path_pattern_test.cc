#include "weir/connect/files/path_pattern.h"

#include <gmock/gmock.h>

#include "weir/base/error.h"

namespace weir::connect {
namespace {

TEST(NamePatternTest, BracesHoldAlternatives) {
  const NamePattern pattern("{a,b[0-9]}*.{csv,json{,.gz}}");
  for (const char* const name : {"a.csv", "b7.json", "abc.json.gz"}) {
    EXPECT_TRUE(pattern.Matches(name)) << name;
  }
  for (const char* const name : {"b.csv", "a.txt", "{a}.csv"}) {
    EXPECT_FALSE(pattern.Matches(name)) << name;
  }
  EXPECT_TRUE(NamePattern("\\{x").Matches("{x"));
  EXPECT_THROW(NamePattern("*.{csv"), Error);
}

TEST(NameMatchesTest, WildcardsOfOneName) {
  const std::pair<const char*, const char*> good[] = {
      {"*", ""},      {"*", "x"},       {"a*c", "abbc"},   {"a*c*", "acxc"},
      {"?", "é"},     {"[a-c]x", "bx"}, {"[!a-c]x", "dx"}, {"[^a]", "b"},
      {"[]]", "]"},   {"[a-]", "-"},    {"\\*", "*"},      {"*.csv", "a.b.csv"},
      {"[é-ü]", "ö"}, {"a[", "a["},     {"**", "x"},       {"*a*b*a*", "xxaybza"},
  };
  for (const auto& [pattern, name] : good) {
    EXPECT_TRUE(NameMatches(pattern, name)) << pattern << " " << name;
  }
  const std::pair<const char*, const char*> bad[] = {
      {"", "x"},     {"?", ""},    {"?", "ab"},        {"a*c", "abd"}, {"[a-c]", "d"},
      {"[!a]", "a"}, {"\\*", "x"}, {"*.csv", "a.CSV"}, {"a", "ab"},    {"ab", "a"},
  };
  for (const auto& [pattern, name] : bad) {
    EXPECT_FALSE(NameMatches(pattern, name)) << pattern << " " << name;
  }
}

// Whether the whole path below the base is asked for.
bool Matches(const std::string& pattern, std::string_view path) {
  const PathPattern compiled(pattern);
  auto match = compiled.Begin();
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    match = compiled.Step(match, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return match.IsWhole();
}

TEST(PathPatternTest, BaseIsWhatStandsBeforeTheFirstWildcard) {
  EXPECT_EQ(PathPattern("/data/in").base(), "/data/in");
  EXPECT_FALSE(PathPattern("/data/in").HasWildcards());
  EXPECT_EQ(PathPattern("/data/20*/x").base(), "/data/");
  EXPECT_EQ(PathPattern("*.csv").base(), "");
  EXPECT_EQ(PathPattern("/{a,b}").base(), "/");
}

TEST(PathPatternTest, StarsCrossFoldersOnlyInPairs) {
  EXPECT_TRUE(Matches("/d/*/x.csv", "a/x.csv"));
  EXPECT_FALSE(Matches("/d/*/x.csv", "a/b/x.csv"));
  EXPECT_FALSE(Matches("/d/*", "a/b"));
  for (const char* const path : {"x.csv", "a/x.csv", "a/b/c/x.csv"}) {
    EXPECT_TRUE(Matches("/d/**/x.csv", path)) << path;
  }
  EXPECT_FALSE(Matches("/d/**/x.csv", "a/y.csv"));
  EXPECT_TRUE(Matches("/d/**", "a/b/c"));
}

TEST(PathPatternTest, AlternativesMayHoldSlashesAndEachOther) {
  const char* const pattern = "/d/{a,b/{c,d*}}/x";
  EXPECT_TRUE(Matches(pattern, "a/x"));
  EXPECT_TRUE(Matches(pattern, "b/c/x"));
  EXPECT_TRUE(Matches(pattern, "b/dd/x"));
  EXPECT_FALSE(Matches(pattern, "b/x"));
  EXPECT_TRUE(Matches("/d/x{,.gz}", "x"));
  EXPECT_TRUE(Matches("/d/x{,.gz}", "x.gz"));
}

TEST(PathPatternTest, BracesThatDontCloseAndTooManyAlternativesAreErrors) {
  EXPECT_THROW(PathPattern("/d/{a,b"), Error);
  std::string many = "/";
  for (int i = 0; i < 12; ++i) many += "{a,b}";
  EXPECT_THROW(PathPattern{many}, Error);
}

// The walk must not search where nothing can match.
TEST(PathPatternTest, KnowsWhenNothingBelowCanMatch) {
  const PathPattern pattern("/d/2013/*/x*");
  const auto inside = pattern.Step(pattern.Begin(), "01");
  EXPECT_TRUE(inside.CanGoOn());
  EXPECT_FALSE(pattern.Step(inside, "y").CanGoOn());
}

}  // namespace
}  // namespace weir::connect
