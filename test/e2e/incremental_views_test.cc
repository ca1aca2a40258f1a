// Materialised views that are kept up by what changed hold what their queries give, whatever the
// queries are and whatever changes: random statements, and each view compared with its query.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "support/soak.h"
#include "support/temporary_folder.h"
#include "support/test_app.h"
#include "view_shapes.h"
#include "weir/pipeline/check.h"
#include "weir/pipeline/spec.h"
#include "weir/pipeline/update.h"

namespace weir::test {
namespace {

using Random = std::mt19937;

int Below(Random& random, int bound) {
  return std::uniform_int_distribution<int>(0, bound - 1)(random);
}
bool Chance(Random& random, int percent) { return Below(random, 100) < percent; }

// Cells that are equal, or reals that differ by less than their sums are rounded.
bool SameCell(const std::string& left, const std::string& right) {
  if (left == right) return true;
  char* end = nullptr;
  const double a = std::strtod(left.c_str(), &end);
  if (end == left.c_str() || *end != 0) return false;
  const double b = std::strtod(right.c_str(), &end);
  if (end == right.c_str() || *end != 0) return false;
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells(1);
  for (const char c : row) {
    if (c == '|') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

bool SameRow(const std::string& left, const std::string& right) {
  if (left == right) return true;
  const auto a = Cells(left);
  const auto b = Cells(right);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SameCell);
}

// Both sorted; those of one side that the other has not, one line each.
std::string Difference(std::vector<std::string> view, std::vector<std::string> query) {
  std::string told;
  for (const std::string& row : view) {
    const auto found = std::find_if(query.begin(), query.end(),
                                    [&](const auto& other) { return SameRow(row, other); });
    if (found == query.end()) {
      told += "only in the view: " + row + "\n";
    } else {
      query.erase(found);
    }
  }
  for (const std::string& row : query) told += "not in the view: " + row + "\n";
  return told;
}

class IncrementalViewsTest : public testing::Test {
 protected:
  IncrementalViewsTest() {
    std::string flows;
    for (const ViewShape& shape : kViewShapes) {
      flows += "CREATE MATERIALIZED VIEW " + std::string(shape.name) + " " + shape.clauses +
               " REFRESH POLICY " + (shape.full ? "AUTO" : "INCREMENTAL") + " AS " + shape.query +
               ";\n";
    }
    folder_.Write("project/flows.sql", flows);
    folder_.Write("project/spark-pipeline.yml",
                  "name: shapes\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\n"
                  "schema: views\n");
    for (const char* table : kShapeTables) Sql(table);
  }

  std::vector<std::string> Sql(const std::string& sql) {
    SCOPED_TRACE(sql);
    try {
      return test::Run(*session_, sql);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      return {};
    }
  }

  void Update() {
    const auto loaded = pipeline::LoadSpec(folder_ / "project/spark-pipeline.yml");
    const auto& spec = std::get<pipeline::Spec>(loaded);
    Diagnostics diagnostics;
    const auto checked = pipeline::CheckProject(spec, *session_, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics) ADD_FAILURE() << diagnostic.Render();
    pipeline::UpdateOptions options;
    options.parallel = 1;
    const auto report = pipeline::RunUpdate(
        checked, [&] { return app_.NewSession("admin", folder_.path()); }, options);
    for (const pipeline::FlowEvent& event : report.flows) {
      ASSERT_EQ(event.status, pipeline::FlowStatus::kCompleted)
          << event.dataset << ": " << event.message;
      outcomes_[event.dataset] = event.outcome;
    }
  }

  // That each view is as its query, and was kept up as it should have been.
  void ExpectInStep(bool first) {
    for (const ViewShape& shape : kViewShapes) {
      const std::string name = "main.views." + std::string(shape.name);
      const std::string told =
          Difference(Sql("SELECT * FROM " + name),
                     Sql(std::string(shape.expected != nullptr ? shape.expected : shape.query)));
      EXPECT_EQ(told, "") << name << " AS " << shape.query << "\n"
                          << outcomes_[name].how << " (" << outcomes_[name].why << ")";
      const std::string& how = outcomes_[name].how;
      if (!first && !shape.full && how != "nothing new") {
        EXPECT_EQ(how, "incremental") << name << ": " << outcomes_[name].why;
      }
      if (shape.full) {
        EXPECT_NE(how, "incremental") << name;
        const auto& techniques = outcomes_[name].techniques;
        if (!first && how != "nothing new") {
          EXPECT_FALSE(techniques.front().is_applicable) << name;
        }
      }
    }
  }

  std::string RandomValue(Random& random, const std::string& type) {
    if (type != "key" && Chance(random, 15)) return "NULL";
    if (type == "key") return std::to_string(Below(random, 12));
    if (type == "int") return std::to_string(Below(random, 8) - 2);
    if (type == "long") return std::to_string(Below(random, 1000)) + "L";
    if (type == "string")
      return "'" + std::string(1, static_cast<char>('a' + Below(random, 6))) + "'";
    if (type == "decimal") return std::to_string(Below(random, 500)) + ".25";
    if (type == "double") return "CAST(" + std::to_string(Below(random, 1000)) + " AS DOUBLE) / 7";
    if (type == "date") {
      return "date_add(current_date(), " + std::to_string(Below(random, 15) - 7) + ")";
    }
    if (type == "array") return "array(" + std::to_string(Below(random, 3)) + ", 7)";
    if (type == "struct") {
      return "named_struct('x', " + std::to_string(Below(random, 3)) + ", 'y', 'q')";
    }
    return "NULL";
  }

  std::string RandomRows(Random& random, const ShapeTable& table, int count) {
    std::string rows;
    for (int i = 0; i < count; ++i) {
      std::string row;
      for (const auto& [column, type] : table.columns) {
        row += (row.empty() ? "" : ", ") + RandomValue(random, type);
      }
      rows += (rows.empty() ? "(" : ", (") + row + ")";
    }
    return rows;
  }

  void ChangeOne(Random& random) {
    const ShapeTable& table = kTables[static_cast<size_t>(Below(random, 3))];
    const std::string name = table.name;
    const auto& [column, type] = table.columns[static_cast<size_t>(
        1 + Below(random, static_cast<int>(table.columns.size()) - 1))];
    const std::string some = "k % 5 = " + std::to_string(Below(random, 5));
    switch (Below(random, 12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        Sql("INSERT INTO " + name + " VALUES " + RandomRows(random, table, 1 + Below(random, 6)));
        break;
      case 4:
      case 5:
        Sql("UPDATE " + name + " SET " + column + " = " + RandomValue(random, type) + " WHERE " +
            some);
        break;
      case 6:
        Sql("UPDATE " + name + " SET k = k + 1 WHERE " + some);
        break;
      case 7:
      case 8:
        Sql("DELETE FROM " + name + " WHERE " + some + " AND " + column + " IS NOT NULL");
        break;
      case 9:
        Sql("MERGE INTO " + name + " t USING (SELECT * FROM (VALUES " +
            RandomRows(random, table, 4) + ") AS v(" + table.ColumnList() +
            ") QUALIFY row_number() OVER (PARTITION BY k ORDER BY k) = 1) s ON t.k = s.k WHEN "
            "MATCHED AND t.k % 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED "
            "THEN INSERT *");
        break;
      case 10:
        Sql("OPTIMIZE " + name);
        break;
      default:
        if (Chance(random, 20)) {
          Sql("DELETE FROM " + name);
        } else {
          Sql("INSERT INTO " + name + " SELECT * FROM " + name + " LIMIT 2");
        }
    }
  }

  TemporaryFolder folder_;
  FakeClock clock_{Instant{1'705'000'000'000'000}};
  TestApp app_{folder_ / "home", clock_};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_.path());
  std::map<std::string, session::FlowOutcome> outcomes_;
};

TEST_F(IncrementalViewsTest, HoldWhatTheirQueriesGive) {
  const unsigned long seed = NumberFrom("WEIR_SEED", std::random_device{}());
  const std::chrono::seconds length(NumberFrom("WEIR_SOAK_SECONDS", 15));
  std::cout << "seed " << seed << " (WEIR_SEED)\n";
  Random random(seed);
  for (const ShapeTable& table : kTables) {
    Sql("INSERT INTO " + std::string(table.name) + " VALUES " + RandomRows(random, table, 20));
  }
  Update();
  ExpectInStep(true);
  const auto end = std::chrono::steady_clock::now() + length;
  int rounds = 0;
  while (std::chrono::steady_clock::now() < end && !HasFailure()) {
    for (int change = Below(random, 4); change > 0; --change) ChangeOne(random);
    constexpr int64_t kHour = 3'600'000'000;
    if (Chance(random, 70)) clock_.Advance(Below(random, 40) * kHour);
    Update();
    ExpectInStep(false);
    ++rounds;
  }
  std::cout << rounds << " rounds of " << std::size(kViewShapes) << " views\n";
  EXPECT_GT(rounds, 0);
}

}  // namespace
}  // namespace weir::test
