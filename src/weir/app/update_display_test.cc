#include "weir/app/update_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace weir::app {
namespace {

using pipeline::FlowEvent;
using pipeline::FlowStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// What a screen shows of texts in which the cursor goes up, to the start of a line, and clears what
// is behind it: all that the display uses.
std::vector<std::string> Screen(const std::string& written) {
  std::vector<std::string> lines{""};
  size_t at = 0;
  bool fresh = true;  // At the start of a line: what comes replaces it.
  for (size_t i = 0; i < written.size(); ++i) {
    const char c = written[i];
    if (c == '\n') {
      if (++at == lines.size()) lines.emplace_back();
      fresh = true;
    } else if (c == '\r') {
      fresh = true;
    } else if (c == '\x1b') {
      const size_t end = written.find_first_of("AKJm", i);
      if (written[end] == 'A') at -= std::stoul(written.substr(i + 2, end - i - 2));
      if (written[end] == 'J') {
        lines.resize(at + 1);
        if (fresh) lines[at] = "";
      }
      i = end;
    } else {
      if (fresh) lines[at] = "";
      fresh = false;
      lines[at] += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

class UpdateDisplayTest : public ::testing::Test {
 protected:
  void Queue(int flows) {
    for (int i = 0; i < flows; ++i) display.Take(Event(i, FlowStatus::kQueued));
  }
  static std::string Name(int i) { return "main.s.t" + std::to_string(i); }
  static FlowEvent Event(int i, FlowStatus status) {
    return {Name(i), Name(i), status, {}, "", {}, 2.0};
  }
  std::vector<std::string> Lines() const { return Screen(terminal.str()); }

  std::ostringstream terminal;
  TerminalSize size{120, 24};
  UpdateDisplay display{terminal, [this] { return size; }, false};
};

TEST_F(UpdateDisplayTest, EveryFlowHasALineThatIsDrawnAnewInPlace) {
  Queue(2);
  display.Take(Event(0, FlowStatus::kRunning));
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("rows/s"), MatchesRegex("  running   main.s.t0 .*"),
                                   "  waiting   main.s.t1"));
  display.Take({{Name(0), Name(0), 1.5, engine::Progress{0.25, 3000}}});
  EXPECT_THAT(Lines()[1], MatchesRegex("  running   main.s.t0 +3,000 +2,000 +1.5 s  read 25%"));
  FlowEvent done = Event(0, FlowStatus::kCompleted);
  done.outcome.how = "append";
  done.outcome.statistics.rows = 10000;
  done.outcome.statistics.dropped_rows = 7;
  done.outcome.statistics.expectations = {{"positive", 9993, 7}};
  display.Take(done);
  EXPECT_THAT(Lines(),
              ElementsAre(HasSubstr("rows/s"),
                          MatchesRegex("  done      main.s.t0 +10,000 +5,000 +7 +7 +2.0 s  append"),
                          "  waiting   main.s.t1"));
}

TEST_F(UpdateDisplayTest, WhatFailedIsToldInFullAtTheEnd) {
  Queue(2);
  FlowEvent failed = Event(0, FlowStatus::kFailed);
  failed.message = "gold.sql:3: " + std::string(200, 'x');
  display.Take(failed);
  FlowEvent skipped = Event(1, FlowStatus::kSkipped);
  skipped.message = "main.s.t0 failed";
  display.Take(skipped);
  for (const std::string& line : Lines()) EXPECT_LT(line.size(), 120u + 2);  // "…" has 3 bytes.
  display.Finish();
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("rows/s"), MatchesRegex("  FAILED    main.s.t0 .*"),
                                   "            " + failed.message,
                                   MatchesRegex("  skipped   main.s.t1 .* main.s.t0 failed")));
}

TEST_F(UpdateDisplayTest, OfMoreFlowsThanLinesThoseThatRunOrFailedAreShown) {
  size.lines = 8;
  Queue(40);
  for (int i = 0; i < 30; ++i) display.Take(Event(i, FlowStatus::kCompleted));
  display.Take(Event(30, FlowStatus::kFailed));
  display.Take(Event(35, FlowStatus::kRunning));
  EXPECT_THAT(Lines(),
              ElementsAre(HasSubstr("rows/s"), HasSubstr("FAILED    main.s.t30"),
                          HasSubstr("waiting   main.s.t31"), HasSubstr("waiting   main.s.t32"),
                          HasSubstr("running   main.s.t35"), "  and 6 waiting, 30 done"));
  display.Finish();
  EXPECT_EQ(Lines().size(), 42u);  // With the heading and what failed.
}

}  // namespace
}  // namespace weir::app
