#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "weir/app/prompt/terminal.h"
#include "weir/pipeline/update.h"

namespace weir::app {

// An update as it goes, on a terminal: a line a flow, drawn anew in place. Of more flows than the
// terminal has lines, those that run, failed or wait next are shown, and the rest is counted. Used
// by one thread at a time.
class UpdateDisplay {
 public:
  // `size` is asked at each drawing, for a terminal may change.
  UpdateDisplay(std::ostream& terminal, std::function<TerminalSize()> size, bool colour);

  void Take(const pipeline::FlowEvent& event);
  void Take(const std::vector<pipeline::RunningFlow>& flows);
  // What stays on the screen: every flow's last line, with what failed and what was rejected below.
  void Finish();

 private:
  struct Line {
    pipeline::FlowEvent event;      // The last.
    pipeline::RunningFlow running;  // As it was asked last.
  };

  Line& LineOf(const std::string& dataset, const std::string& flow);
  void Draw();
  void Erase();
  std::vector<size_t> Shown(size_t most) const;
  std::string Heading() const;
  std::string Text(const Line& line, size_t width) const;
  std::string Hidden(const std::vector<size_t>& shown) const;

  std::ostream& terminal_;
  const std::function<TerminalSize()> size_;
  const bool colour_;
  std::vector<Line> lines_;
  size_t name_width_ = 4;
  size_t drawn_ = 0;  // Lines on the screen above the cursor.
};

}  // namespace weir::app
