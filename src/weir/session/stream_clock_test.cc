#include "weir/session/stream_clock.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"

namespace weir::session {
namespace {

TEST(StreamClockTest, RowsTellTheBatchesBehindTheirs) {
  StreamClock clock;
  EXPECT_FALSE(clock.IsAhead());
  clock = clock.After({1'000});
  EXPECT_EQ(clock.Next().late_ms, 0);
  EXPECT_EQ(clock.Next().now_ms, 1'000);
  EXPECT_TRUE(clock.IsAhead());
  clock = clock.After({std::nullopt});
  EXPECT_EQ(clock.Next().late_ms, 1'000);
  EXPECT_FALSE(clock.IsAhead());
}

TEST(StreamClockTest, NeverGoesBack) {
  const StreamClock clock = StreamClock().After({5'000}).After({3'000});
  EXPECT_EQ(clock.now_ms(), 5'000);
}

TEST(StreamClockTest, IsTheEarliestOfSeveralStreams) {
  StreamClock clock = StreamClock().After({5'000, std::nullopt});
  EXPECT_EQ(clock.now_ms(), 0);
  clock = clock.After({std::nullopt, 2'000});
  EXPECT_EQ(clock.now_ms(), 2'000);
  EXPECT_EQ(clock.After({std::nullopt, 9'000}).now_ms(), 5'000);
}

TEST(StreamClockTest, IsTheLatestWhereThatIsAskedFor) {
  StreamClock clock = StreamClock().After({5'000, std::nullopt}, true);
  EXPECT_EQ(clock.now_ms(), 5'000);
  clock = clock.After({std::nullopt, 9'000}, true);
  EXPECT_EQ(clock.now_ms(), 9'000);
  EXPECT_EQ(clock.After({6'000, std::nullopt}, false).now_ms(), 9'000);
}

TEST(StreamClockTest, DoesNotBeginBefore1970) {
  EXPECT_EQ(StreamClock().After({-7'000}).now_ms(), 0);
}

TEST(StreamClockTest, IsTheSameReadAgain) {
  const StreamClock clock = StreamClock().After({5'000, std::nullopt}).After({std::nullopt, 7});
  EXPECT_EQ(StreamClock::FromJson(clock.ToJson(), "a clock"), clock);
  EXPECT_THROW(StreamClock::FromJson("{\"now\": 1}", "a clock"), Error);
}

}  // namespace
}  // namespace weir::session
