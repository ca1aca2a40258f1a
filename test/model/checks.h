#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/draw.h"
#include "model/history.h"
#include "model/lake.h"
#include "model/shape.h"
#include "weir/base/error.h"

namespace weir::test::model {

// The table is not what the model says.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// How a statement ended.
struct Ended {
  std::optional<ErrorCode> failed;
  std::string message;
};
// Runs it; an Error ends it, anything else is passed on.
Ended Try(const std::function<void()>& act);

// What a query gives: its columns as text, and its rows, sorted.
struct Rows {
  std::string columns;
  std::vector<std::string> texts;
};
Rows Ask(Instance& instance, const std::string& sql);

// Holds what can be read of the table against the model. Throws Mismatch.
class Checks {
 public:
  Checks(Lake& lake, const History& history, const Shape& shape)
      : lake_(lake), history_(history), shape_(shape) {}

  // Of the present version all rows, and at times some, counts, and an older one.
  void Present(Draw& draw);
  // A query whose store fails at one call says so or gives the right rows.
  void WithFault(Instance& instance, Draw& draw);
  // Which id each row has; to be the same after rows were only moved. Nothing where none last.
  std::optional<std::vector<std::string>> RowIds(Instance& instance);
  // The feeds of the versions since `version` come to what they changed, and at times that of
  // several older ones together.
  void ChangesSince(int64_t version, Draw& draw);

 private:
  void AllRows(Instance& instance);
  void SomeRows(Instance& instance, Draw& draw);
  void Counts(Instance& instance, Draw& draw);
  void IdsAreDistinct(Instance& instance);
  void OlderVersion(Instance& instance, Draw& draw);
  void Changes(int64_t first, int64_t last);

  Lake& lake_;
  const History& history_;
  const Shape& shape_;
};

}  // namespace weir::test::model
