#include <filesystem>
#include <thread>

#include "weir/engine/duckdb/engine_fixture.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using StatementRunnerTest = EngineTest;

TEST_F(StatementRunnerTest, FailuresCarryTheConditionOfSpark) {
  const auto expect = [&](const std::string& text, ErrorCode code, const std::string& condition) {
    const Error error = Failure(text);
    EXPECT_EQ(error.code(), code) << text << ": " << error.what();
    EXPECT_EQ(error.condition(), condition) << text << ": " << error.what();
  };
  expect("SELECT 9223372036854775807 + i FROM range(2) r(i)", ErrorCode::kInvalid,
         "ARITHMETIC_OVERFLOW");
  expect("SELECT ('x' || i)::INTEGER FROM range(2) r(i)", ErrorCode::kInvalid,
         "CAST_INVALID_INPUT");
  expect("SELECT (i + 1000)::TINYINT FROM range(2) r(i)", ErrorCode::kInvalid, "CAST_OVERFLOW");
  expect("SELECT error('[DIVIDE_BY_ZERO] Division by zero') FROM range(2) r(i)",
         ErrorCode::kInvalid, "DIVIDE_BY_ZERO");
  expect("SELECT (SELECT i FROM range(2) s(i)) FROM range(2)", ErrorCode::kInvalid,
         "SCALAR_SUBQUERY_TOO_MANY_ROWS");
  expect("SELECT nothing", ErrorCode::kInternal, "");
}

TEST_F(StatementRunnerTest, NothingButTheGrantedInputsCanBeReached) {
  io::TemporaryFolder folder;
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT 1 AS id, 'x' AS name");
  const std::string elsewhere = folder.path() + "/x.csv";
  const std::vector<std::string> attempts{"SELECT * FROM weir_scan(1)",
                                          "SELECT * FROM weir_records(0)",
                                          "SELECT * FROM read_csv('/etc/passwd')",
                                          "SELECT * FROM read_text('/etc/passwd')",
                                          "SELECT * FROM '/etc/passwd'",
                                          "SELECT * FROM parquet_scan('weir://1/0/0/x.parquet')",
                                          "SELECT * FROM parquet_scan('weir://new/x.parquet')",
                                          "SELECT * FROM glob('/etc/*')",
                                          "SELECT * FROM glob('weir://*')",
                                          "COPY (SELECT 1) TO '" + elsewhere + "'",
                                          "COPY (SELECT 1) TO 'weir://new/x.csv'",
                                          "ATTACH '" + folder.path() + "/x.db'",
                                          "EXPORT DATABASE '" + folder.path() + "/dump'",
                                          "INSTALL httpfs",
                                          "LOAD httpfs",
                                          "LOAD '/tmp/x.duckdb_extension'",
                                          "SET enable_external_access = true",
                                          "SET allowed_directories = ['/']",
                                          "SET lock_configuration = false",
                                          "SET temp_directory = '/tmp/weir-x'",
                                          "PRAGMA memory_limit='1GB'"};
  for (const std::string& attempt : attempts) {
    const Error error = Failure(attempt, Reading(table));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("internal error"))) << attempt;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Another statement's paths mean nothing, even while it runs.
TEST_F(StatementRunnerTest, PathsOfAnotherStatementAreRefused) {
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT 1 AS id, 'x' AS name");
  const auto other = runner_.Start(Statement("SELECT * FROM weir_scan(0)", Reading(table)));
  const std::string path = other->context().PathOf(0, 0);
  EXPECT_EQ(Failure("SELECT * FROM parquet_scan('" + path + "')").code(), ErrorCode::kDenied);
  EXPECT_EQ(Failure("SELECT * FROM parquet_scan('" + path + "')", Reading(table)).code(),
            ErrorCode::kDenied);
}

TEST_F(StatementRunnerTest, AnErrorOfAStoreComesOutAsItWas) {
  const auto table = NewTable("t", delta::IdAndName());
  delta::AddFile absent = delta::DataFile("absent.parquet");
  WriteResult written;
  written.files.push_back(absent);
  Commit(table, written);
  const Error error = Failure("SELECT id + 0 FROM weir_scan(0)", Reading(table));
  EXPECT_EQ(error.code(), ErrorCode::kNotFound) << error.what();
}

TEST_F(StatementRunnerTest, AFileThatIsNotParquetIsNamed) {
  const auto table = NewTable("t", delta::IdAndName());
  store_->Put("t/bad.parquet", std::string(1000, 'x'));
  WriteResult written;
  written.files.push_back(delta::DataFile("bad.parquet"));
  Commit(table, written);
  const Error error = Failure("SELECT id + 0 FROM weir_scan(0)", Reading(table));
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("memory:///t/bad.parquet"));
}

// Rows that make the engine meet an internal error once they are read.
class PoisonedStream final : public BatchStream {
 public:
  explicit PoisonedStream(Schema schema) : schema_(std::move(schema)) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override { throw duckdb::InternalException("poisoned for a test"); }

 private:
  const Schema schema_;
};

TEST_F(StatementRunnerTest, AnInternalErrorFailsOnlyItsOwnStatement) {
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT i AS id, 'x' AS name FROM range(100000) r(i)");
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::atomic<bool> wrong{false};
  const auto work = [&] {
    while (!stop && !wrong) {
      EXPECT_THAT(Rows("SELECT count(*), sum(id) FROM weir_scan(0) WHERE id >= 0", Reading(table)),
                  ElementsAre(Row{"100000", "4999950000"}));
      wrong = HasFailure();
      ++answered;
    }
  };
  std::thread first(work);
  std::thread second(work);
  for (int i = 0; i < 5; ++i) {
    const int before = answered;
    const BatchSequence poisoned{
        delta::IdAndName(), [] { return std::make_unique<PoisonedStream>(delta::IdAndName()); }};
    const Error error = Failure("SELECT * FROM weir_records(0)", {{0, RelationInput{poisoned}}});
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_THAT(error.what(), HasSubstr("poisoned for a test"));
    while (answered < before + 2 && !wrong) std::this_thread::yield();
  }
  stop = true;
  first.join();
  second.join();
}

TEST_F(StatementRunnerTest, CancelStopsAStatementFromAnotherThread) {
  std::atomic<bool> stopped{false};
  std::thread canceller([&] {
    while (!stopped) runner_.Cancel("query");
  });
  const Error error = Failure("SELECT count(*) FROM range(1000000000000) r(i) WHERE hash(i) = 1");
  stopped = true;
  canceller.join();
  EXPECT_EQ(error.code(), ErrorCode::kCancelled) << error.what();
  runner_.Cancel("unknown");
}

// The engine's own connections do not wait for their threads while an exception passes.
TEST_F(StatementRunnerTest, AStatementThatAnExceptionLeavesIsEndedFirst) {
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT i AS id, 'x' AS name FROM range(200000) r(i)");
  for (int round = 0; round < 300; ++round) {
    StatementRunner runner(EngineOptions{2, {}, {}});
    try {
      const auto run = runner.Start({"left",
                                     "SELECT id, name FROM weir_scan(0)",
                                     Reading(table),
                                     {},
                                     std::nullopt,
                                     std::nullopt});
      EXPECT_TRUE(run->Next());
      throw Error(ErrorCode::kInvalid, "what the reader makes of the rows is wrong");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    }
  }
}

TEST_F(StatementRunnerTest, ARunningStatementTellsHowFarItIs) {
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT i AS id, 'x' AS name FROM range(2000000) r(i)");
  std::optional<Progress> seen;
  std::atomic<bool> stopped{false};
  std::thread watcher([&] {
    while (!stopped && !seen) {
      const auto progress = runner_.ProgressOf("query");
      if (progress && progress->fraction > 0) seen = progress;
    }
    while (!stopped) runner_.Cancel("query");
  });
  // Much work for each row, so that the scan does not run ahead of it.
  const Error error = Failure(
      "SELECT count(*) FROM weir_scan(0) "
      "WHERE len(list_filter(range(500), x -> hash(x + id) % 7 = 1)) > 500",
      Reading(table));
  stopped = true;
  watcher.join();
  EXPECT_EQ(error.code(), ErrorCode::kCancelled) << error.what();
  ASSERT_TRUE(seen);
  EXPECT_LT(seen->fraction, 1);
  EXPECT_GT(seen->rows, 0);
  EXPECT_FALSE(runner_.ProgressOf("unknown"));
}

TEST_F(StatementRunnerTest, LargeWorkSpillsWithinTheMemoryLimit) {
  io::TemporaryFolder folder;
  StatementRunner small(EngineOptions{2, 100 << 20, folder.path()});
  EngineStatement statement = Statement(
      "SELECT max(k) FROM (SELECT k FROM (SELECT hash(i)::VARCHAR || repeat('x', 40) AS k FROM "
      "range(3000000) r(i)) ORDER BY k LIMIT 2900000)");
  EXPECT_TRUE(small.Start(statement)->Next());
  EXPECT_TRUE(std::filesystem::exists(folder.path()));
  EXPECT_THAT(Rows("SELECT 1"), ElementsAre(Row{"1"}));
}

TEST_F(StatementRunnerTest, TooLittleMemoryIsAnErrorAndNotTheEnd) {
  StatementRunner small(EngineOptions{1, 30 << 20, ""});
  EngineStatement statement = Statement(
      "SELECT count(*) FROM (SELECT DISTINCT repeat('x', 1000) || i FROM range(1000000) r(i))");
  try {
    const auto run = small.Start(statement);
    while (run->Next()) {
    }
    FAIL() << "did not fail";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kExhausted) << error.what();
  }
  EXPECT_TRUE(small.Start(Statement("SELECT 1"))->Next());
}

TEST_F(StatementRunnerTest, ExpectationsCountDropAndFail) {
  EngineStatement statement = Statement(
      "SELECT i FROM range(10) r(i) WHERE weir_expect(0, i >= 2, CASE WHEN i < 9 THEN true END)");
  statement.expectations.push_back({{"warned", sql::ViolationAction::kWarn, nullptr},
                                    {"dropped", sql::ViolationAction::kDropRow, nullptr}});
  const auto run = runner_.Start(statement);
  size_t rows = 0;
  while (const auto chunk = run->Next()) rows += chunk->size();
  EXPECT_EQ(rows, 9u);
  const RunStatistics statistics = run->context().Statistics();
  ASSERT_EQ(statistics.expectations.size(), 2u);
  EXPECT_EQ(statistics.expectations[0].passed, 8);
  EXPECT_EQ(statistics.expectations[0].failed, 2);
  EXPECT_EQ(statistics.expectations[1].failed, 1);
  EXPECT_EQ(statistics.dropped_rows, 1);

  statement.expectations[0][1].action = sql::ViolationAction::kFailUpdate;
  const Error error = Failure(statement);
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_EQ(error.condition(), "EXPECTATION_VIOLATED");
  EXPECT_THAT(error.what(), HasSubstr("`dropped`"));
}

}  // namespace
}  // namespace weir::engine
