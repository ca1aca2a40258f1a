#include "weir/delta/row_set.h"

#include <roaring/roaring.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "weir/base/error.h"
#include "weir/delta/roaring_format.h"

namespace weir::delta {
namespace {

constexpr uint64_t kPortableMagic = 1681511377;
constexpr uint64_t kKeylessMagic = 1681511376;
constexpr uint64_t kBigEndianKeylessMagic =
    0xd0d33964;                                     // The same, as the protocol's example has it.
constexpr uint64_t kMostParts = uint64_t{1} << 31;  // Keys are signed where others read them.

roaring_bitmap_t* OrOutOfMemory(roaring_bitmap_t* bitmap) {
  if (bitmap == nullptr) throw std::bad_alloc();
  return bitmap;
}

void AppendLittle(std::string& bytes, uint64_t number, int width) {
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
}

[[noreturn]] void NoRowSet(const std::string& problem) {
  throw Error(ErrorCode::kCorrupt, "the bytes are no set of rows: " + problem);
}

// Takes a number of that many bytes off the front.
uint64_t TakeNumber(std::string_view& bytes, size_t width, bool big_endian = false) {
  if (bytes.size() < width) NoRowSet("they end too early");
  uint64_t number = 0;
  for (size_t i = 0; i < width; ++i) {
    const size_t place = big_endian ? width - 1 - i : i;
    number |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * place);
  }
  bytes.remove_prefix(width);
  return number;
}

// Takes a bitmap off the front; null for one without positions.
roaring_bitmap_t* TakeBitmap(std::string_view& bytes) {
  const auto extent = CheckRoaring(bytes);
  if (!extent) NoRowSet("one of their bitmaps is spoilt");
  roaring_bitmap_t* bitmap = nullptr;
  if (!extent->is_empty) {
    bitmap = OrOutOfMemory(roaring_bitmap_portable_deserialize_safe(bytes.data(), extent->bytes));
  }
  bytes.remove_prefix(extent->bytes);
  return bitmap;
}

}  // namespace

void RowSet::Free::operator()(roaring_bitmap_s* bitmap) const { roaring_bitmap_free(bitmap); }

RowSet::RowSet(std::initializer_list<uint64_t> rows) {
  for (const uint64_t row : rows) Add(row);
}

RowSet::RowSet(const RowSet& other) {
  for (const auto& [key, bitmap] : other.parts_) {
    parts_.emplace(key, Bitmap(OrOutOfMemory(roaring_bitmap_copy(bitmap.get()))));
  }
}

RowSet& RowSet::operator=(RowSet other) noexcept {
  parts_.swap(other.parts_);
  return *this;
}

bool RowSet::Add(uint64_t row) {
  Bitmap& part = parts_[static_cast<uint32_t>(row >> 32)];
  if (part == nullptr) part.reset(OrOutOfMemory(roaring_bitmap_create()));
  return roaring_bitmap_add_checked(part.get(), static_cast<uint32_t>(row));
}

void RowSet::AddAll(const RowSet& other) {
  for (const auto& [key, bitmap] : other.parts_) {
    Bitmap& part = parts_[key];
    if (part == nullptr) {
      part.reset(OrOutOfMemory(roaring_bitmap_copy(bitmap.get())));
    } else {
      roaring_bitmap_or_inplace(part.get(), bitmap.get());
    }
  }
}

void RowSet::Subtract(const RowSet& other) {
  for (const auto& [key, bitmap] : other.parts_) {
    const auto part = parts_.find(key);
    if (part == parts_.end()) continue;
    roaring_bitmap_andnot_inplace(part->second.get(), bitmap.get());
    if (roaring_bitmap_is_empty(part->second.get())) parts_.erase(part);
  }
}

uint64_t RowSet::size() const {
  uint64_t size = 0;
  for (const auto& [key, bitmap] : parts_) size += roaring_bitmap_get_cardinality(bitmap.get());
  return size;
}

std::optional<uint64_t> RowSet::last() const {
  if (parts_.empty()) return std::nullopt;
  const auto& [key, bitmap] = *parts_.rbegin();
  return static_cast<uint64_t>(key) << 32 | roaring_bitmap_maximum(bitmap.get());
}

bool RowSet::Contains(uint64_t row) const {
  const auto part = parts_.find(static_cast<uint32_t>(row >> 32));
  return part != parts_.end() &&
         roaring_bitmap_contains(part->second.get(), static_cast<uint32_t>(row));
}

bool RowSet::Intersects(const RowSet& other) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const auto& one) {
    const auto part = other.parts_.find(one.first);
    return part != other.parts_.end() &&
           roaring_bitmap_intersect(one.second.get(), part->second.get());
  });
}

bool RowSet::operator==(const RowSet& other) const {
  return std::equal(parts_.begin(), parts_.end(), other.parts_.begin(), other.parts_.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first &&
                             roaring_bitmap_get_cardinality(a.second.get()) ==
                                 roaring_bitmap_and_cardinality(a.second.get(), b.second.get()) &&
                             roaring_bitmap_get_cardinality(a.second.get()) ==
                                 roaring_bitmap_get_cardinality(b.second.get());
                    });
}

RowSet RowSet::OthersBelow(uint64_t rows) const {
  RowSet others;
  for (uint64_t from = 0; from < rows; from += uint64_t{1} << 32) {
    const auto key = static_cast<uint32_t>(from >> 32);
    const uint64_t count = std::min(rows - from, uint64_t{1} << 32);
    Bitmap all(OrOutOfMemory(roaring_bitmap_from_range(0, count, 1)));
    const auto part = parts_.find(key);
    if (part != parts_.end()) roaring_bitmap_andnot_inplace(all.get(), part->second.get());
    if (!roaring_bitmap_is_empty(all.get())) others.parts_.emplace(key, std::move(all));
  }
  return others;
}

template <typename Each>
void RowSet::ForEachIn(uint64_t first, uint64_t end, const Each& each) const {
  for (uint64_t from = first; from < end;) {
    const auto key = static_cast<uint32_t>(from >> 32);
    const uint64_t stop = std::min(end, (static_cast<uint64_t>(key) + 1) << 32);
    const auto part = parts_.find(key);
    if (part != parts_.end()) {
      roaring_uint32_iterator_t at;
      roaring_init_iterator(part->second.get(), &at);
      roaring_move_uint32_iterator_equalorlarger(&at, static_cast<uint32_t>(from));
      // Many at once: sets that hold nearly all rows are as usual as those that hold few.
      std::array<uint32_t, 128> values;
      for (bool more = at.has_value; more;) {
        const uint32_t count = roaring_read_uint32_iterator(&at, values.data(), values.size());
        more = at.has_value;
        for (uint32_t i = 0; i < count; ++i) {
          const uint64_t row = static_cast<uint64_t>(key) << 32 | values[i];
          more = more && row < stop;
          if (row >= stop) break;
          each(row);
        }
      }
    }
    from = stop;
  }
}

size_t RowSet::Kept(uint64_t first, size_t count, uint32_t* kept) const {
  size_t found = 0;
  uint64_t at = first;
  const auto keep_up_to = [&](uint64_t stop) {
    for (; at < stop; ++at) kept[found++] = static_cast<uint32_t>(at - first);
  };
  ForEachIn(first, first + count, [&](uint64_t gone) {
    keep_up_to(gone);
    at = gone + 1;
  });
  keep_up_to(first + count);
  return found;
}

size_t RowSet::Found(uint64_t first, size_t count, uint32_t* found) const {
  size_t size = 0;
  ForEachIn(first, first + count,
            [&](uint64_t row) { found[size++] = static_cast<uint32_t>(row - first); });
  return size;
}

std::vector<uint64_t> RowSet::ToVector() const {
  std::vector<uint64_t> rows;
  for (const auto& [key, bitmap] : parts_) {
    roaring_uint32_iterator_t row;
    roaring_init_iterator(bitmap.get(), &row);
    for (; row.has_value; roaring_advance_uint32_iterator(&row)) {
      rows.push_back(static_cast<uint64_t>(key) << 32 | row.current_value);
    }
  }
  return rows;
}

std::string RowSet::Serialize() const {
  std::string bytes;
  AppendLittle(bytes, kPortableMagic, 4);
  AppendLittle(bytes, parts_.size(), 8);
  for (const auto& [key, bitmap] : parts_) {
    AppendLittle(bytes, key, 4);
    const Bitmap packed(OrOutOfMemory(roaring_bitmap_copy(bitmap.get())));
    roaring_bitmap_run_optimize(packed.get());
    const size_t at = bytes.size();
    bytes.resize(at + roaring_bitmap_portable_size_in_bytes(packed.get()));
    roaring_bitmap_portable_serialize(packed.get(), bytes.data() + at);
  }
  return bytes;
}

RowSet RowSet::Parse(std::string_view bytes) {
  RowSet rows;
  const uint64_t magic = TakeNumber(bytes, 4);
  const bool has_keys = magic == kPortableMagic;
  const bool big_endian = magic == kBigEndianKeylessMagic;
  if (!has_keys && magic != kKeylessMagic && !big_endian) {
    NoRowSet("they start with no known number");
  }
  const uint64_t parts = TakeNumber(bytes, has_keys ? 8 : 4, big_endian);
  uint64_t next_key = 0;
  for (uint64_t i = 0; i < parts; ++i) {
    uint64_t key = i;
    std::string_view part = bytes;
    if (has_keys) {
      key = TakeNumber(bytes, 4);
      if (key < next_key) NoRowSet("the keys of their bitmaps do not rise");
    } else {
      const uint64_t size = TakeNumber(bytes, 4, big_endian);
      if (size > bytes.size()) NoRowSet("they end too early");
      part = bytes.substr(0, size);
    }
    if (key >= kMostParts) NoRowSet("a position does not fit 63 bits");
    next_key = key + 1;
    std::string_view& rest = has_keys ? bytes : part;
    const size_t before = rest.size();
    Bitmap bitmap(TakeBitmap(rest));
    if (!has_keys) {
      if (!part.empty()) NoRowSet("a bitmap is shorter than they say");
      bytes.remove_prefix(before);
    }
    if (bitmap != nullptr) rows.parts_.emplace(static_cast<uint32_t>(key), std::move(bitmap));
  }
  if (!bytes.empty()) NoRowSet(std::to_string(bytes.size()) + " bytes follow the last bitmap");
  return rows;
}

}  // namespace weir::delta
