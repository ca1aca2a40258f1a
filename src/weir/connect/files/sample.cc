#include "weir/connect/files/sample.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/connect/files/text_file.h"

namespace weir::connect {

namespace {

constexpr size_t kFiles = 64;
constexpr size_t kAllBytes = 8 << 20;
constexpr size_t kFewestBytes = 256 << 10;
constexpr size_t kMostBytes = 4 << 20;

}  // namespace

std::vector<SourceFile> SampleFiles(const std::vector<SourceFile>& files) {
  if (files.size() <= kFiles) return files;
  constexpr auto kHalf = static_cast<ptrdiff_t>(kFiles / 2);
  std::vector<SourceFile> sample(files.begin(), files.begin() + kHalf);
  sample.insert(sample.end(), files.end() - kHalf, files.end());
  return sample;
}

size_t SampleBytes(size_t files) {
  return std::clamp(kAllBytes / std::max<size_t>(files, 1), kFewestBytes, kMostBytes);
}

void SampleRecords(const SourceFile& file, io::ObjectStore& store, const std::string& format,
                   const RecordOptions& options, const std::function<void(TextReader&)>& look) {
  try {
    const auto reader = store.Open(file.key);
    look(*OpenText(*reader, file, format, options));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) throw;
  }
}

}  // namespace weir::connect
