#include <stop_token>
#include <thread>

#include "weir/base/json.h"
#include "weir/delta/paths.h"
#include "weir/engine/duckdb/engine_fixture.h"
#include "weir/engine/duckdb/engine_text.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::engine {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

// With little memory, so that rows wait on disk and windows are many.
class RowRouterTest : public EngineTest {
 protected:
  RowRouterTest() : RowRouterTest(std::make_unique<io::TemporaryFolder>()) {}

  static Schema Wide() {
    return Schema({Column("id", TypeId::kLong), Column("text", TypeId::kString),
                   Column("a", TypeId::kInt), Column("b", TypeId::kString)});
  }

  // Rows whose partition columns are a = `a` and b = `b`, in terms of i.
  static std::string Some(int rows, const std::string& a, const std::string& b = "NULL") {
    return "SELECT i AS id, CASE WHEN i % 7 <> 0 THEN md5(i::VARCHAR) END AS text, (" + a +
           ")::INT AS a, (" + b + ")::VARCHAR AS b FROM range(" + std::to_string(rows) + ") r(i)";
  }

  // Writes the rows, commits them, and holds the table and the files' statistics against them.
  WriteResult WriteAndCheck(const delta::Table& table, const std::string& select) {
    WriteResult written = Write(table, select);
    Commit(table, written);
    const std::string sums =
        "SELECT count(*), bit_xor(hash(id, text, a, b)), sum(hash(id, text, a, b)) FROM ";
    EXPECT_EQ(Rows(sums + "weir_scan(0)", Reading(table)),
              Rows(sums + "(SELECT id, text, a, nullif(b, '') AS b FROM (" + select + "))"));
    CheckStatistics(table);
    return written;
  }

  void CheckStatistics(const delta::Table& table) {
    const auto snapshot = table.Latest();
    const size_t step = snapshot->files().size() / 20 + 1;  // A sample of many.
    for (size_t i = 0; i < snapshot->files().size(); i += step) {
      const Json stats = Json::parse(snapshot->files()[i].stats_json);
      const std::map<sql::InputId, Input> file{
          {0, TableInput{table.location(), snapshot, std::vector<size_t>{i}}}};
      EXPECT_THAT(
          Rows("SELECT count(*), min(id), max(id), count(*) - count(text) FROM weir_scan(0)", file),
          ElementsAre(Row{stats["numRecords"].dump(), stats["minValues"]["id"].dump(),
                          stats["maxValues"]["id"].dump(), stats["nullCount"]["text"].dump()}));
    }
  }

  static std::map<delta::PartitionValues, int> FilesByPartition(const WriteResult& written) {
    std::map<delta::PartitionValues, int> files;
    for (const delta::AddFile& file : written.files) ++files[file.partition_values];
    return files;
  }
  static std::vector<int> FileCounts(const WriteResult& written) {
    std::vector<int> counts;
    for (const auto& [values, count] : FilesByPartition(written)) counts.push_back(count);
    return counts;
  }

 private:
  explicit RowRouterTest(std::unique_ptr<io::TemporaryFolder> spill)
      : EngineTest({2, 96 << 20, spill->path()}), spill_(std::move(spill)) {}

  std::unique_ptr<io::TemporaryFolder> spill_;
};

TEST_F(RowRouterTest, RowsComeBackHoweverTheyArePartitioned) {
  const std::vector<std::pair<std::string, std::string>> layouts{
      {"0", "NULL"},
      {"NULL", "'p' || i % 3"},
      {"i % 10", "NULL"},
      {"i // 3500", "NULL"},  // In order: 34 of them.
      {"hash(i) % 100", "CASE WHEN i % 2 = 0 THEN '' END"},
      {"CASE WHEN i % 10 < 9 THEN 0 ELSE hash(i) % 5000 END", "NULL"},  // One has nearly all.
      {"hash(i) % 70", "'b' || hash(i * 3) % 70"},                      // 4900.
  };
  int serial = 0;
  for (const auto& [a, b] : layouts) {
    SCOPED_TRACE(a + " / " + b);
    const auto table = NewTable("t" + std::to_string(serial++), Wide(), {"a", "b"});
    const WriteResult written = WriteAndCheck(table, Some(120'000, a, b));
    EXPECT_EQ(written.statistics.rows, 120'000);
    EXPECT_THAT(FileCounts(written), Each(Le(2)));
  }
}

TEST_F(RowRouterTest, ManyPartitionsGetOneFileEach) {
  const auto table = NewTable("t", Wide(), {"a"});
  const WriteResult written = Write(table, Some(50'000, "hash(i) % 2000"));
  EXPECT_THAT(written.files, SizeIs(2000));
  EXPECT_THAT(FileCounts(written), Each(1));
}

TEST_F(RowRouterTest, FilesAreBoundedByTheTablesProperty) {
  for (const std::vector<std::string>& partitions :
       {std::vector<std::string>{}, std::vector<std::string>{"a"}}) {
    const auto table = NewTable("t" + std::to_string(partitions.size()), Wide(), partitions,
                                {{"delta.targetFileSize", "2mb"}});
    const WriteResult written = WriteAndCheck(table, Some(600'000, "i % 2"));
    int64_t total = 0;
    for (const delta::AddFile& file : written.files) {
      EXPECT_LE(file.size, 3 << 20);
      total += file.size;
    }
    EXPECT_GT(total, 8 << 20);
    EXPECT_LE(static_cast<int64_t>(written.files.size()), total / (1 << 20) + 2);
  }
}

TEST_F(RowRouterTest, ValuesThatFolderNamesCantHoldComeBack) {
  const std::vector<std::string> values{"a/b",
                                        "a=b",
                                        "50%",
                                        "..",
                                        ".",
                                        "ä 漢字 🙂",
                                        "a\\b",
                                        "x:y*?\"<>|'",
                                        "__HIVE_DEFAULT_PARTITION__",
                                        " ",
                                        "tab\there",
                                        "new\nline",
                                        "%2F",
                                        "NULL",
                                        std::string(300, 'x'),
                                        std::string(100, '/')};
  std::string list;
  for (const std::string& value : values) {
    list += (list.empty() ? "[" : ", ") + QuotedText(value);
  }
  list += ", NULL, '']";
  const auto table = NewTable("t", Wide(), {"b"});
  const WriteResult written = WriteAndCheck(
      table, Some(1000, "i", "(" + list + ")[1 + i % " + std::to_string(values.size() + 2) + "]"));
  EXPECT_THAT(FileCounts(written), SizeIs(values.size() + 1));  // '' is NULL.
  for (const delta::AddFile& file : written.files) {
    const std::string path = delta::DecodePath(file.path);
    for (size_t begin = 0, end = 0; begin < path.size(); begin = end + 1) {
      end = std::min(path.find('/', begin), path.size());
      EXPECT_LE(end - begin, 255u) << path;
    }
  }
}

TEST_F(RowRouterTest, BytesThatAreNoTextAreRefusedAsPartitions) {
  const auto table =
      NewTable("t", Schema({Column("id", TypeId::kLong), Column("p", TypeId::kBinary)}), {"p"});
  Append(table, "SELECT i AS id, ['ok'::BLOB, ''::BLOB, NULL][1 + i % 3] AS p FROM range(6) r(i)");
  EXPECT_THAT(Rows("SELECT p, count(*) FROM weir_scan(0) GROUP BY p ORDER BY p", Reading(table)),
              ElementsAre(Row{"ok", "2"}, Row{"NULL", "4"}));
  try {
    Write(table, "SELECT 1 AS id, '\\xFF'::BLOB AS p");
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("UTF-8"));
  }
}

TEST_F(RowRouterTest, AWriteThatFailsLateLeavesNoFiles) {
  for (const char* const partitions : {"0", "i // 1000", "hash(i) % 1000"}) {
    const auto table = NewTable("t" + std::string(partitions).substr(0, 1), Wide(), {"a"},
                                {{"delta.targetFileSize", "1mb"}});
    const std::string log = table.location().prefix + "_delta_log/";
    EXPECT_THROW(
        Write(table,
              "SELECT id, CASE WHEN id = 499000 THEN error('[X] no') ELSE text END AS text, "
              "a, b FROM (" +
                  Some(500'000, partitions) + ")"),
        Error);
    for (const io::ObjectInfo& object :
         store_->List(table.location().prefix, "", io::ObjectStore::kNoLimit)) {
      EXPECT_THAT(object.key, testing::StartsWith(log)) << partitions;
    }
  }
}

TEST_F(RowRouterTest, ACancelledWriteEndsAndLeavesNoFiles) {
  const auto table = NewTable("t", Wide(), {"a"}, {{"delta.targetFileSize", "1mb"}});
  {
    // Ends with the write, should that end before a file of it is complete.
    const std::jthread canceller([&](const std::stop_token& ended) {
      while (store_->List("t/", "t/a=", 1).empty()) {
        if (ended.stop_requested()) return;
        std::this_thread::yield();
      }
      runner_.Cancel("write");
    });
    try {
      Write(table, Some(2'000'000'000, "i // 100000"));
      ADD_FAILURE() << "was not cancelled";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled) << error.what();
    }
  }
  EXPECT_THAT(store_->ListLevel("t/").folders, ElementsAre("t/_delta_log/"));
}

}  // namespace
}  // namespace weir::engine
