#include "weir/connect/files/line_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "weir/connect/files/line_reader.h"

namespace weir::connect {
namespace {

class CountedBytes final : public ByteStream {
 public:
  CountedBytes(const std::string& text, uint64_t offset, uint64_t& read)
      : text_(text), at_(offset), read_(read) {}
  size_t Read(char* into, size_t length) override {
    const size_t got = text_.copy(into, length, at_);
    at_ += got;
    read_ += got;
    return got;
  }

 private:
  const std::string& text_;
  size_t at_;
  uint64_t& read_;
};

class LineIndexTest : public testing::Test {
 protected:
  LineIndexTest() {
    for (int64_t i = 0; text_.size() < (24u << 20); ++i) {
      if (text_.size() >= (starts_.size() + 1) << 20) starts_.emplace_back(text_.size(), i);
      text_ += std::string(static_cast<size_t>(i % 90), 'x') + (i % 3 == 0 ? "\r\n" : "\n");
    }
  }
  int64_t LinesBefore(uint64_t offset) {
    return index_.LinesBefore(1, offset, [&](uint64_t from) {
      return std::make_unique<LineReader>(std::make_unique<CountedBytes>(text_, from, read_), from);
    });
  }

  std::string text_;
  std::vector<std::pair<uint64_t, int64_t>> starts_;  // Of lines, with how many stand before.
  LineIndex index_{2};
  uint64_t read_ = 0;
};

TEST_F(LineIndexTest, ReadsAFileOnceForPlacesInItsOrder) {
  for (const auto& [offset, lines] : starts_) ASSERT_EQ(LinesBefore(offset), lines) << offset;
  EXPECT_LT(read_, 3 * text_.size());
}

TEST_F(LineIndexTest, ReadsAFileOnceForPlacesFromItsEnd) {
  std::reverse(starts_.begin(), starts_.end());
  for (const auto& [offset, lines] : starts_) ASSERT_EQ(LinesBefore(offset), lines) << offset;
  EXPECT_LT(read_, 4 * text_.size());
}

TEST_F(LineIndexTest, KnowsAPlaceItWasAskedFor) {
  const auto [offset, lines] = starts_.back();
  EXPECT_EQ(LinesBefore(offset), lines);
  const uint64_t read = read_;
  EXPECT_EQ(LinesBefore(offset), lines);
  EXPECT_EQ(LinesBefore(0), 0);
  EXPECT_EQ(read_, read);
}

}  // namespace
}  // namespace weir::connect
