#include "weir/delta/file_packing.h"

#include <zstd.h>

#include <limits>
#include <memory>
#include <type_traits>

#include "weir/base/check.h"

namespace weir::delta {
namespace {

// The fastest that finds what names and statistics have in common.
constexpr int kPackingLevel = 1;

void PutNumber(std::string& out, uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(0x80 | (number & 0x7f));
  out += static_cast<char>(number);
}

// Small ones of either sign are short.
void PutSigned(std::string& out, int64_t number) {
  PutNumber(out, (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63));
}

void PutText(std::string& out, std::string_view text) {
  PutNumber(out, text.size());
  out += text;
}

void PutOptional(std::string& out, const std::optional<int64_t>& number) {
  out += static_cast<char>(number.has_value());
  if (number) PutSigned(out, *number);
}

class RawCursor {
 public:
  explicit RawCursor(std::string_view bytes, size_t at = 0) : bytes_(bytes), at_(at) {}

  size_t at() const { return at_; }
  bool Flag() { return bytes_[at_++] != 0; }
  uint64_t Number() {
    uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      number |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
  }
  int64_t Signed() {
    const uint64_t number = Number();
    return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1);
  }
  std::string_view Text() {
    const auto length = static_cast<size_t>(Number());
    const std::string_view text = bytes_.substr(at_, length);
    at_ += length;
    return text;
  }
  std::optional<int64_t> Optional() {
    if (!Flag()) return std::nullopt;
    return Signed();
  }

 private:
  const std::string_view bytes_;
  size_t at_;
};

void PutHead(std::string& out, const AddFile& file) {
  PutText(out, file.path);
  PutSigned(out, file.size);
  PutSigned(out, file.modification_time_millis);
  out += static_cast<char>(file.data_change);
  PutNumber(out, file.tags.size());
  for (const auto& [name, text] : file.tags) {
    PutText(out, name);
    PutText(out, text);
  }
  PutText(out, file.deletion_vector_json);
  PutOptional(out, file.base_row_id);
  PutOptional(out, file.default_row_commit_version);
  PutText(out, file.clustering_provider);
}

void TakeHead(RawCursor& in, AddFile& file) {
  file.path = in.Text();
  file.size = in.Signed();
  file.modification_time_millis = in.Signed();
  file.data_change = in.Flag();
  for (uint64_t left = in.Number(); left > 0; --left) {
    std::string name(in.Text());
    file.tags.emplace(std::move(name), in.Text());
  }
  file.deletion_vector_json = in.Text();
  file.base_row_id = in.Optional();
  file.default_row_commit_version = in.Optional();
  file.clustering_provider = in.Text();
}

void PutHead(std::string& out, const RemoveFile& file) {
  PutText(out, file.path);
  PutOptional(out, file.deletion_timestamp_millis);
  out += static_cast<char>(file.data_change);
  out += static_cast<char>(file.extended_file_metadata);
  PutOptional(out, file.size);
  PutText(out, file.deletion_vector_json);
  PutOptional(out, file.base_row_id);
  PutOptional(out, file.default_row_commit_version);
}

void TakeHead(RawCursor& in, RemoveFile& file) {
  file.path = in.Text();
  file.deletion_timestamp_millis = in.Optional();
  file.data_change = in.Flag();
  file.extended_file_metadata = in.Flag();
  file.size = in.Optional();
  file.deletion_vector_json = in.Text();
  file.base_row_id = in.Optional();
  file.default_row_commit_version = in.Optional();
}

void PutPartition(std::string& out, const PartitionValues& values) {
  PutNumber(out, values.size());
  for (const auto& [column, value] : values) {
    PutText(out, column);
    out += static_cast<char>(value.has_value());
    if (value) PutText(out, *value);
  }
}

PartitionValues TakePartition(RawCursor& in) {
  PartitionValues::Map values;
  for (uint64_t left = in.Number(); left > 0; --left) {
    std::string column(in.Text());
    std::optional<std::string> value;
    if (in.Flag()) value = in.Text();
    values.emplace(std::move(column), std::move(value));
  }
  return PartitionValues(std::move(values));
}

}  // namespace

// The partitions, then of each file: which is its, how long the rest is, the rest.
template <typename File>
RawFiles WriteRaw(const std::vector<File>& files) {
  RawFiles raw;
  std::map<PartitionValues, uint32_t> partitions;
  std::vector<const PartitionValues*> in_order;
  std::vector<uint32_t> partition_of;
  for (const File& file : files) {
    const auto [at, is_new] =
        partitions.try_emplace(file.partition_values, static_cast<uint32_t>(partitions.size()));
    if (is_new) in_order.push_back(&at->first);
    partition_of.push_back(at->second);
  }
  PutNumber(raw.heads, in_order.size());
  for (const PartitionValues* values : in_order) PutPartition(raw.heads, *values);
  PutNumber(raw.heads, files.size());
  std::string head;
  for (size_t i = 0; i < files.size(); ++i) {
    head.clear();
    PutHead(head, files[i]);
    PutNumber(raw.heads, partition_of[i]);
    PutText(raw.heads, head);
    if constexpr (std::is_same_v<File, AddFile>) PutText(raw.statistics, files[i].stats_json);
  }
  WEIR_CHECK(raw.heads.size() <= std::numeric_limits<uint32_t>::max() &&
             raw.statistics.size() <= std::numeric_limits<uint32_t>::max());
  return raw;
}

template <typename File>
RawFilesReader<File>::RawFilesReader(std::string_view heads) : heads_(heads) {
  RawCursor in(heads);
  for (uint64_t left = in.Number(); left > 0; --left) partitions_.push_back(TakePartition(in));
  const auto files = static_cast<size_t>(in.Number());
  partition_of_.reserve(files);
  begins_.reserve(files);
  for (size_t i = 0; i < files; ++i) {
    partition_of_.push_back(static_cast<uint32_t>(in.Number()));
    const std::string_view head = in.Text();
    begins_.push_back(static_cast<uint32_t>(head.data() - heads.data()));
  }
}

template <typename File>
File RawFilesReader<File>::HeadAt(size_t row) const {
  File file;
  RawCursor in(heads_, begins_.at(row));
  TakeHead(in, file);
  file.partition_values = PartitionAt(row);
  return file;
}

std::vector<std::string_view> StatisticsIn(std::string_view statistics, size_t files) {
  std::vector<std::string_view> texts;
  texts.reserve(files);
  RawCursor in(statistics);
  while (texts.size() < files) texts.push_back(in.Text());
  return texts;
}

std::string Compressed(std::string_view bytes) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), bytes.data(),
                                        bytes.size(), kPackingLevel);
  WEIR_CHECK(!ZSTD_isError(size));
  return packed.substr(0, size);  // Not the capacity, which is much more.
}

std::string Decompressed(std::string_view packed, size_t size) {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  std::string bytes(size, '\0');
  const size_t got =
      ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(), packed.data(), packed.size());
  WEIR_CHECK(got == size);
  return bytes;
}

template RawFiles WriteRaw<AddFile>(const std::vector<AddFile>&);
template RawFiles WriteRaw<RemoveFile>(const std::vector<RemoveFile>&);
template class RawFilesReader<AddFile>;
template class RawFilesReader<RemoveFile>;

}  // namespace weir::delta
