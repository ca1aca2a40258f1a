#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "weir/base/error.h"
#include "weir/delta/checkpoint_writer.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/table.h"
#include "weir/delta/testing/json_checkpoint_format.h"
#include "weir/io/memory_store.h"

// A log folder as text: "=== <name>" before each file's content. See log_corpus.py.
namespace {

using weir::Error;
using weir::ErrorCode;

constexpr std::string_view kMark = "=== ";
constexpr size_t kMostFiles = 64;

[[noreturn]] void Fault(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

void Fill(weir::io::ObjectStore& store, std::string_view text) {
  size_t files = 0;
  while (text.starts_with(kMark) && files++ < kMostFiles) {
    const size_t line = std::min(text.find('\n'), text.size());
    const std::string_view name = text.substr(kMark.size(), line - kMark.size());
    text.remove_prefix(std::min(line + 1, text.size()));
    size_t end = text.starts_with(kMark) ? 0 : text.find("\n=== ");
    if (end == std::string_view::npos) end = text.size();
    const size_t length = end == 0 || end == text.size() ? end : end + 1;
    try {
      store.Put("t/_delta_log/" + std::string(name), text.substr(0, length));
    } catch (const Error&) {
      // No store could hold such a name.
    }
    text.remove_prefix(length);
  }
}

// Everything that a reader may ask of it.
void Ask(const weir::delta::Snapshot& snapshot) {
  for (const auto& file : snapshot.files()) {
    try {
      snapshot.KeyOf(file);
      snapshot.PartitionOf(file);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) throw;
    }
    snapshot.StatisticsOf(file);
  }
  snapshot.FilesFor(weir::Predicate::True());
}

// What was read and is written as a checkpoint reads as the same.
void ReadAgain(const weir::io::Location& location, const weir::delta::Table& table,
               const weir::delta::LogSnapshot& snapshot) {
  const weir::FakeClock clock{weir::Instant{0}};
  weir::delta::JsonCheckpointFormat format;
  try {
    weir::delta::PropertiesOf(snapshot.metadata().configuration);
  } catch (const Error&) {
    return;  // Nobody could write this table.
  }
  weir::delta::WriteCheckpoint(location, format, clock, snapshot);
  const auto again = table.At(snapshot.version());
  if (again->files().size() != snapshot.files().size()) {
    Fault("a checkpoint of " + std::to_string(snapshot.files().size()) + " files reads as " +
          std::to_string(again->files().size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const weir::FakeClock clock{weir::Instant{0}};
  const auto store = std::make_shared<weir::io::MemoryStore>(clock);
  Fill(*store, {reinterpret_cast<const char*>(data), size});
  const weir::io::Location location{store, "t/", "memory:///t"};
  weir::delta::JsonCheckpointFormat format;
  const weir::delta::Table table(location, format, clock);
  try {
    const auto snapshot = table.Latest();
    Ask(*snapshot);
    table.History(3);
    table.AtTimestamp(clock.Now());
    ReadAgain(location, table, dynamic_cast<const weir::delta::LogSnapshot&>(*snapshot));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) Fault(error.what());
  }
  return 0;
}
