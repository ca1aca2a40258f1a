#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "weir/sql/parser_testing.h"

// Statements of Spark's own tests and documentation: in ../shared/data, or the folder that
// WEIR_CASES names.
namespace weir::sql {
namespace {

std::vector<nlohmann::json> Cases(const std::string& name) {
  const char* named = std::getenv("WEIR_CASES");
  const std::filesystem::path folder = named != nullptr ? named : "../shared/data";
  std::ifstream file(folder / "spark-sql" / name);
  std::vector<nlohmann::json> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(nlohmann::json::parse(line));
  return cases;
}

Diagnostics Mistakes(const std::string& group, const std::string& sql) {
  const auto take = [](auto result) {
    const auto* bad = std::get_if<Diagnostics>(&result);
    return bad == nullptr ? Diagnostics{} : *bad;
  };
  if (group == "data_type") return take(ParseType(Source(sql)));
  if (group.starts_with("expression/")) return take(ParseStatement(Source("SELECT " + sql)));
  return take(ParseStatement(Source(sql)));
}

// What is refused though Spark takes it is refused by its name.
bool IsNamedRefusal(const Diagnostic& mistake) {
  static const std::set<std::string> kConditions = {"UNSUPPORTED_FEATURE", "UNSUPPORTED_DATATYPE",
                                                    "UNSUPPORTED_TYPED_LITERAL"};
  const bool mixed_interval = mistake.message.find("Cannot mix") != std::string::npos;
  return kConditions.contains(mistake.condition) || mixed_interval;
}

TEST(ParserCorpusTest, AcceptsWhatSparkAcceptsOrNamesWhatIsMissing) {
  const auto cases = Cases("parser-acceptance.jsonl");
  if (cases.empty()) GTEST_SKIP() << "the cases are not here";
  size_t agreed = 0;
  size_t named = 0;
  std::map<std::string, size_t> features;
  for (const auto& item : cases) {
    const std::string sql = item["sql"];
    const Diagnostics mistakes = Mistakes(item["group"], sql);
    if (mistakes.empty() == item["spark_accepts"].get<bool>()) {
      ++agreed;
      continue;
    }
    // Spark was told to have no DEFAULT values in this one.
    if (mistakes.empty() && sql.find("DEFAULT \"abc\")") != std::string::npos) continue;
    ASSERT_FALSE(mistakes.empty()) << "Spark refuses: " << sql;
    EXPECT_TRUE(IsNamedRefusal(mistakes[0])) << sql << "\n" << mistakes[0].Render();
    ++named;
    ++features[mistakes[0].message];
  }
  std::cout << agreed << " of " << cases.size() << " agree, " << named << " are refused by name\n";
  for (const auto& [feature, count] : features)
    std::cout << "  " << count << " " << feature << "\n";
  EXPECT_GE(agreed, 815u);
}

TEST(ParserCorpusTest, DocumentedExamplesOfFunctionsParse) {
  const auto cases = Cases("function-examples.jsonl");
  if (cases.empty()) GTEST_SKIP() << "the cases are not here";
  size_t parsed = 0;
  for (const auto& item : cases) {
    const std::string sql = item["sql"];
    const Diagnostics mistakes = Mistakes("plan", sql);
    if (mistakes.empty()) ++parsed;
    if (!mistakes.empty()) {
      EXPECT_TRUE(IsNamedRefusal(mistakes[0])) << sql << "\n" << mistakes[0].Render();
    }
  }
  std::cout << parsed << " of " << cases.size() << " parse, the others are refused by name\n";
  EXPECT_GE(parsed, 762u);
}

TEST(ParserCorpusTest, WhatParsesPrintsAsItself) {
  for (const std::string name : {"parser-acceptance.jsonl", "function-examples.jsonl"}) {
    for (const auto& item : Cases(name)) {
      const std::string group = item["group"];
      const std::string sql = item["sql"];
      if (group == "data_type") continue;
      const std::string text = group.starts_with("expression/") ? "SELECT " + sql : sql;
      EXPECT_EQ(FaultOfReading(text), "") << text;
    }
  }
}

}  // namespace
}  // namespace weir::sql
