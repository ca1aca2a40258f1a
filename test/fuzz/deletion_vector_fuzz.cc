// Deletion vectors as files and logs may hold them: whatever the bytes, they are a set of rows that
// says the same of itself each way it is asked, or an Error.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/io/memory_store.h"

namespace {

using weir::delta::RowSet;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Bytes of a few kilobytes may stand for 2^32 rows.
constexpr uint64_t kFewRows = 1 << 20;

void ReadRows(std::string_view bytes) {
  const RowSet rows = RowSet::Parse(bytes);
  const std::string again = rows.Serialize();
  Require(RowSet::Parse(again) == rows);
  Require(rows.empty() == !rows.last().has_value());
  if (rows.empty()) return;
  Require(rows.Contains(*rows.last()));
  std::vector<uint32_t> kept(2048);
  const uint64_t first = *rows.last() < 1000 ? 0 : *rows.last() - 1000;
  const size_t count = rows.Kept(first, kept.size(), kept.data());
  for (size_t i = 0; i < count; ++i) Require(!rows.Contains(first + kept[i]));
  if (rows.size() <= kFewRows) Require(rows.ToVector().size() == rows.size());
  RowSet none = rows;
  none.AddAll(rows);
  Require(none == rows && none.Intersects(rows));
  none.Subtract(rows);
  Require(none.empty());
}

// A line as the log holds it, and behind it what the file holds that it names.
void ReadDescription(std::string_view text) {
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string_view json = text.substr(0, line);
  weir::delta::DeletionVectorId(json);
  const auto vector = weir::delta::ParseDeletionVector(json);
  Require(weir::delta::ParseDeletionVector(weir::delta::ToJson(vector)) == vector);
  const weir::FakeClock clock{weir::Instant{0}};
  const auto store = std::make_shared<weir::io::MemoryStore>(clock);
  const weir::io::Location table{store, "t/", "memory:///t"};
  if (const auto key = weir::delta::KeyOf(table, vector)) {
    if (line == text.size()) return;
    store->Put(*key, text.substr(line + 1));
  }
  weir::delta::AddFile file;
  file.deletion_vector_json = std::string(json);
  file.stats_json = "{\"numRecords\":1000000}";
  Require(weir::delta::DeletedRows(table, file).size() <= 1'000'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    bytes.starts_with('{') ? ReadDescription(bytes) : ReadRows(bytes);
  } catch (const weir::Error& error) {
    Require(error.code() != weir::ErrorCode::kInternal);
  }
  return 0;
}
