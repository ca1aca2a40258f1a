#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/sql/binder.h"
#include "weir/sql/functions.h"
#include "weir/sql/parser.h"
#include "weir/types/clock_value.h"
#include "weir/types/variant.h"

// Expressions with what Spark gave for them (see spark_functions.py), through parser, binder,
// printer and engine. A row with "differs" says why weir gives something else on purpose.
namespace weir {
namespace {

using Json = nlohmann::json;

constexpr const char* kRows = "test/conformance/spark_functions.jsonl";
constexpr const char* kZoneRows = "test/conformance/spark_time_zones.jsonl";

class NoTables final : public sql::NameResolver {
 public:
  std::variant<sql::ResolvedRelation, Diagnostic> Table(const sql::Name& name, bool,
                                                        const std::optional<Value>&) override {
    return Diagnostic{"TABLE_OR_VIEW_NOT_FOUND", "42P01", name.span, "there are no tables", ""};
  }
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>&, bool) override {
    return Diagnostic{"UNRESOLVED_ROUTINE", "42883", function.span, "there are no sources", ""};
  }
};

// As CAST(... AS STRING) prints it: for the NULL of JSON, too, that is NULL.
std::optional<std::string> TextOf(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.type().id() == TypeId::kVariant &&
      VariantView(value.text()).kind() == VariantView::Kind::kNull) {
    return std::nullopt;
  }
  return value.ToString();
}

struct Outcome {
  std::string error;  // The condition; empty when it succeeded.
  std::string message;
  std::vector<std::string> types;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

class SparkFunctionsTest : public testing::Test {
 protected:
  SparkFunctionsTest() : engine_(engine::MakeDuckdbEngine({1, std::nullopt, ""})) {}

  Outcome Run(const std::string& sql, const std::string& zone = "UTC") {
    const auto source = std::make_shared<SourceText>(SourceText{"test", sql});
    const sql::ParsedScript script = sql::ParseScript(source);
    if (!script.diagnostics.empty()) return Failed(script.diagnostics[0]);
    const auto* const query = std::get_if<sql::QueryStatement>(&script.statements.at(0)->node);
    if (query == nullptr) return Outcome{"NOT_A_QUERY", "", {}, {}};
    sql::BindOptions options;
    options.current_user = "tester";
    options.current_catalog = "main";
    options.current_schema = "default";
    options.zones = &engine_->time_zones();
    options.zone = options.zones->Find(zone);
    if (options.zone == nullptr) return Outcome{"NO_ZONE", zone, {}, {}};
    NoTables names;
    const sql::BindResult bound = sql::BindQuery(*query->query, names, options);
    if (const auto* const wrong = std::get_if<Diagnostics>(&bound)) return Failed(wrong->at(0));
    return Execute(std::get<sql::BoundQuery>(bound).plan, *options.zone);
  }

 private:
  static Outcome Failed(const Diagnostic& diagnostic) {
    return Outcome{diagnostic.condition, diagnostic.message, {}, {}};
  }

  Outcome Execute(const sql::PlanPtr& plan, const TimeZone& zone) {
    Outcome outcome;
    for (const sql::PlanColumn& column : plan->columns) {
      outcome.types.push_back(column.type.ToString());
    }
    try {
      const auto result = engine_->Query(engine::PlanStatement{NewUuid(), plan, {}, {}});
      while (const auto batch = result->Next()) {
        for (int64_t row = 0; row < batch->rows(); ++row) {
          auto& cells = outcome.rows.emplace_back();
          for (size_t column = 0; column < plan->columns.size(); ++column) {
            cells.push_back(TextOf(OnClocksOf(zone, batch->At(column, row))));
          }
        }
      }
    } catch (const Error& error) {
      return Outcome{error.condition().empty() ? "NONE" : error.condition(), error.what(), {}, {}};
    }
    return outcome;
  }

  std::unique_ptr<engine::Engine> engine_;
};

bool IsClose(const std::string& left, const std::string& right) {
  if (left == right) return true;
  char* left_end = nullptr;
  char* right_end = nullptr;
  const double a = std::strtod(left.c_str(), &left_end);
  const double b = std::strtod(right.c_str(), &right_end);
  if (left.empty() || right.empty() || *left_end != 0 || *right_end != 0) return false;
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

// Doubles may differ in the last digits; nothing else may.
bool IsCell(const Json& expected, const std::optional<std::string>& actual,
            const std::string& type) {
  if (expected.is_null() || !actual) return expected.is_null() && !actual;
  const auto text = expected.get<std::string>();
  return text == *actual || ((type == "double" || type == "float") && IsClose(text, *actual));
}

// Empty when they agree, else what differs.
std::string Difference(const Json& expected, const Outcome& actual) {
  if (expected.contains("error")) {
    const auto condition = expected["error"].get<std::string>();
    if (actual.error == condition) return "";
    return actual.error.empty() ? "no error, not " + condition
                                : actual.error + ", not " + condition + ": " + actual.message;
  }
  if (!actual.error.empty()) return actual.error + ": " + actual.message;
  if (expected["types"].get<std::vector<std::string>>() != actual.types) {
    return "type " + testing::PrintToString(actual.types) + ", not " + expected["types"].dump();
  }
  bool same = expected["rows"].size() == actual.rows.size();
  for (size_t row = 0; same && row < actual.rows.size(); ++row) {
    for (size_t i = 0; same && i < actual.types.size(); ++i) {
      same = IsCell(expected["rows"][row][i], actual.rows[row][i], actual.types[i]);
    }
  }
  return same ? "" : testing::PrintToString(actual.rows) + ", not " + expected["rows"].dump();
}

std::vector<Json> ReadLines(const char* path) {
  std::vector<Json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) rows.push_back(Json::parse(line));
  return rows;
}

TEST_F(SparkFunctionsTest, ExpressionsGiveWhatSparkGave) {
  const auto rows = ReadLines(kRows);
  ASSERT_GT(rows.size(), 900u);
  size_t known = 0;
  for (const Json& row : rows) {
    const auto sql = row["sql"].get<std::string>();
    const std::string difference = Difference(row, Run(sql));
    if (row.contains("differs")) {
      EXPECT_NE(difference, "") << sql << "\nagrees now: take its \"differs\" away";
      ++known;
    } else {
      EXPECT_EQ(difference, "") << sql;
    }
  }
  std::printf("%zu of %zu expressions as in Spark\n", rows.size() - known, rows.size());
}

TEST_F(SparkFunctionsTest, ExpressionsGoByTheClocksOfTheSession) {
  const auto rows = ReadLines(kZoneRows);
  ASSERT_GT(rows.size(), 100u);
  for (const Json& row : rows) {
    const auto sql = row["sql"].get<std::string>();
    const auto zone = row["zone"].get<std::string>();
    const std::string difference = Difference(row, Run(sql, zone));
    if (row.contains("differs")) {
      EXPECT_NE(difference, "") << sql << "\nagrees now: take its \"differs\" away";
    } else {
      EXPECT_EQ(difference, "") << "[" << zone << "] " << sql;
    }
  }
}

// "abs" in "SELECT abs(1)"; operators anywhere.
bool Mentions(const std::string& sql, const std::string& name) {
  if (!std::all_of(name.begin(), name.end(),
                   [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; })) {
    return sql.find(name == "[]" ? "[" : name) != std::string::npos;
  }
  return std::regex_search(sql, std::regex("\\b" + name + "\\b", std::regex::icase));
}

TEST_F(SparkFunctionsTest, EveryFunctionHasARow) {
  // Named by what the parser makes of them, not by themselves.
  const std::set<std::string> unwritten = {"is null", "is not null"};
  const auto rows = ReadLines(kRows);
  for (const std::string& name : sql::FunctionNames()) {
    if (unwritten.contains(name)) continue;
    const bool found = std::any_of(rows.begin(), rows.end(), [&](const Json& row) {
      return !row.contains("differs") && Mentions(row["sql"].get<std::string>(), name);
    });
    EXPECT_TRUE(found) << name << " stands in no row of " << kRows;
  }
}

}  // namespace
}  // namespace weir
