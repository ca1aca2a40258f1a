#pragma once

#include <string>
#include <utility>
#include <vector>

#include "weir/base/clock.h"
#include "weir/connect/files/line_index.h"
#include "weir/connect/files/record_reader.h"
#include "weir/io/memory_store.h"

namespace weir::connect {

// Files in memory, and what a scan of all columns of them gives. For tests.
class RecordsFixture {
 public:
  using Row = std::vector<std::string>;

  RecordsFixture() {
    files.format = "csv";
    files.metadata = false;
  }

  void AddFile(const std::string& key, const std::string& bytes) {
    store.Put(key, bytes);
    const auto info = store.Find(key);
    files.files.push_back({"mem:/" + key, key, info->size, info->modified, info->etag});
  }

  // Every cell as text; NULL is "NULL". Fills `rejects` anew.
  std::vector<Row> Rows(uint64_t range_bytes = UINT64_MAX / 2) {
    std::vector<size_t> columns;
    for (size_t i = 0; i < ScanSchema(files).size(); ++i) columns.push_back(i);
    return RowsOf(columns, range_bytes);
  }

  std::vector<Row> RowsOf(const std::vector<size_t>& columns,
                          uint64_t range_bytes = UINT64_MAX / 2) {
    rejects.clear();
    std::vector<Row> rows;
    const auto lines = std::make_shared<LineIndex>(files.files.size());
    for (const RecordRange& range : SplitRecords(files, range_bytes)) {
      RecordScan scan;
      scan.columns = columns;
      scan.lines = lines;
      scan.report = [&](MalformedRecord record) { rejects.push_back(std::move(record)); };
      const auto stream = OpenRecords(files, range, store, std::move(scan));
      while (const auto batch = stream->Next()) {
        for (int64_t i = 0; i < batch->rows(); ++i) {
          Row row;
          for (size_t c = 0; c < columns.size(); ++c) row.push_back(batch->At(c, i).ToString());
          rows.push_back(std::move(row));
        }
      }
    }
    return rows;
  }

  // "line: reason" of each.
  std::vector<std::string> Rejects() const {
    std::vector<std::string> texts;
    for (const MalformedRecord& record : rejects) {
      texts.push_back(std::to_string(record.line) + ": " + record.reason);
    }
    return texts;
  }

  FakeClock clock{Instant{1'000'000}};
  io::MemoryStore store{clock};
  FileSet files;
  std::vector<MalformedRecord> rejects;
};

}  // namespace weir::connect
