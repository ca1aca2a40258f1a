// An event log that is written while calls of a store or of the state fail, each in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/orders_project.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/pipeline_event.h"

namespace weir::test {
namespace {

class EventLogFailTest : public testing::Test {
 protected:
  EventLogFailTest() {
    scope_.pipeline_id = "told@somewhere";
    scope_.pipeline_name = "told";
    scope_.catalog = "main";
    scope_.schema = "shop";
  }

  static std::vector<session::PipelineEvent> Events(int count) {
    std::vector<session::PipelineEvent> events;
    for (int i = 0; i < count; ++i) {
      session::PipelineEvent event;
      event.id = NewUuid();
      event.sequence = i;
      event.event_type = "flow_progress";
      event.message = "event";
      event.details = "{}";
      events.push_back(event);
    }
    return events;
  }

  std::string Count(Program& program) {
    const auto rows = program.Rows("SELECT count(*), count(DISTINCT id) FROM event_log('told')");
    return rows.at(0);
  }

  TemporaryFolder folder_;
  io::LocalDisk disk_;
  session::PipelineScope scope_;
};

TEST_F(EventLogFailTest, AFlushThatIsTriedAgainIsThereOnce) {
  const auto events = Events(3);
  Program program(folder_ / "home", disk_);
  const auto session = program.NewSession();
  session->AppendEvents(scope_, "update", 0, events);
  session->AppendEvents(scope_, "update", 0, events);
  EXPECT_EQ(Count(program), "3|3");
  session->AppendEvents(scope_, "update", 1, Events(2));
  session->AppendEvents(scope_, "another update", 0, Events(1));
  EXPECT_EQ(Count(program), "6|6");
}

TEST_F(EventLogFailTest, WhateverCallsAnswerIsLostEachEventIsThereOnce) {
  int64_t expected = 0;
  size_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    const auto events = Events(2);
    const std::string update = "update " + std::to_string(n);
    io::Faults faults;
    {
      Program program(folder_ / "home", disk_, &faults);
      const auto session = program.NewSession();
      faults.Clear();
      const size_t before = faults.calls();
      faults.After(n, io::Faults::Fail(ErrorCode::kUnavailable));
      try {
        session->AppendEvents(scope_, update, 0, events);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kUnavailable) << error.what();
      }
      if (faults.calls() - before < n) break;
    }
    Program program(folder_ / "home", disk_);
    program.NewSession()->AppendEvents(scope_, update, 0, events);
    expected += 2;
    const std::string count = std::to_string(expected);
    ASSERT_EQ(Count(program), count + "|" + count);
  }
  EXPECT_GT(n, 10u);
}

}  // namespace
}  // namespace weir::test
