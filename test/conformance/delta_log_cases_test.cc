// Opens every table of the reference cases through its log alone: the right number of rows by the
// files' statistics, or a refusal that names the feature. What the rows are is the matter of
// delta_cases, which runs the whole program.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/table.h"
#include "weir/io/disk.h"
#include "weir/io/local_stores.h"

namespace weir::delta {
namespace {

namespace fs = std::filesystem;

// Nothing below the engine reads Parquet.
class NoParquet final : public CheckpointFormat {
 public:
  void Read(io::ObjectStore&, const std::string& key,
            const std::function<void(CheckpointPart)>&) override {
    throw Error(ErrorCode::kUnavailable, key + " needs the engine");
  }
  int64_t Write(io::ObjectStore&, const std::string& key, CheckpointKind,
                const std::function<bool(std::string&)>&) override {
    throw Error(ErrorCode::kUnavailable, key + " needs the engine");
  }
};

fs::path CasesFolder() {
  const char* named = std::getenv("WEIR_CASES");
  return fs::path(named != nullptr ? named : "../shared/data") / "delta";
}

// Features beyond what weir reads today, one of which a refusal must name.
const std::set<std::string> kNotYet = {};

std::set<std::string> FeaturesNamed(const std::string& message) {
  std::set<std::string> named;
  for (const std::string& feature : kNotYet) {
    if (message.find("`" + feature + "`") != std::string::npos) named.insert(feature);
  }
  return named;
}

// The sum of the files' row counts, or nothing when some file has none.
std::optional<int64_t> RowsByStatistics(const Snapshot& snapshot) {
  int64_t rows = 0;
  for (const AddFile& file : snapshot.files()) {
    const auto statistics = snapshot.StatisticsOf(file);
    if (!statistics.rows) return std::nullopt;
    rows += *statistics.rows;
    // What names and types a file has must be readable too.
    snapshot.PartitionOf(file);
    snapshot.KeyOf(file);
  }
  return rows;
}

TEST(DeltaLogCasesTest, EveryTableOpensFailsOrIsRefusedByName) {
  std::ifstream file(CasesFolder() / "cases.json");
  if (!file) GTEST_SKIP() << "skipped: there are no reference cases in " << CasesFolder();
  std::stringstream text;
  text << file.rdbuf();
  const Json cases = ParseJson(text.str(), "cases.json");

  const SystemClock clock;
  io::LocalDisk disk;
  io::LocalStores stores(disk, clock);
  NoParquet format;
  int passed = 0;
  int failed_as_they_must = 0;
  int refused = 0;
  int need_engine = 0;
  for (const Json& each : cases) {
    const std::string kind = each.at("kind");
    const std::string name = each.at("table");
    if (kind != "read_latest" && kind != "negative_must_fail") continue;
    SCOPED_TRACE(name);
    const Table table(
        stores.Resolve(fs::absolute(CasesFolder() / name).lexically_normal().string(), "/"), format,
        clock);
    try {
      const auto snapshot = table.Latest();
      EXPECT_NE(kind, "negative_must_fail");
      const auto rows = RowsByStatistics(*snapshot);
      if (rows && each.contains("expected_rows") && !each.at("expected_rows").is_null()) {
        EXPECT_EQ(*rows, each.at("expected_rows").get<int64_t>());
      }
      ++passed;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnavailable) {
        ++need_engine;
      } else if (kind == "negative_must_fail") {
        ++failed_as_they_must;
      } else {
        EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
        EXPECT_FALSE(FeaturesNamed(error.what()).empty()) << error.what();
        ++refused;
      }
    }
  }
  std::cout << "Delta cases by their logs: " << passed << " passed, " << failed_as_they_must
            << " failed as they must, " << refused << " refused by feature name, " << need_engine
            << " with Parquet checkpoints left to delta_cases\n";
  EXPECT_GT(passed, 0);
}

}  // namespace
}  // namespace weir::delta
