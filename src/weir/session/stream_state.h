#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/session/state_table.h"
#include "weir/session/stream_clock.h"
#include "weir/sql/stateful_query.h"

// What a flow of streams keeps between its batches (docs/formats/stream_state.md).
namespace weir::session {

// The state of one flow: a StateTable in `_weir/streams/<generation>/<flow>`.
class StreamState {
 public:
  StreamState(const Services& services, const io::Location& table, int64_t generation,
              const std::string& flow);

  const std::string& app_id() const { return kept_.app_id(); }
  const delta::Table& table() const { return kept_.table(); }
  // Whether `target` names a version of it.
  bool IsNamedBy(const delta::Snapshot& target) const;
  // The version that `target` names. Throws Error{kCorrupt} where it is gone.
  std::shared_ptr<const delta::Snapshot> At(const delta::Snapshot& target) const;
  // As of the version that `target` names; a new one where it names none. Throws Error{kCorrupt}
  // where it is gone.
  StreamClock ClockOf(const delta::Snapshot& target) const;

  // Whether the version that `target` names holds rows for these operators. None: whether it names
  // none. Where it does not, what to do is told with `full_refresh`, and an Error{kInvalid} thrown;
  // kCorrupt where it is gone.
  void CheckFits(const delta::Snapshot& target, const std::vector<sql::KeptRows>& operators,
                 const std::string& name, const std::string& full_refresh) const;
  // The version that `target` names, as the latest one; made for these operators where there is
  // none. Throws Error{kCorrupt} where it is gone.
  std::shared_ptr<const delta::Snapshot> Open(const delta::Snapshot& target,
                                              const std::vector<sql::KeptRows>& operators);
  // What goes away when a batch is committed: of each operator the files, by position, in which
  // rows have ended, or which are small and many.
  static std::vector<std::vector<size_t>> FilesToRewrite(
      const delta::Snapshot& now, const std::vector<sql::KeptRows>& operators, int64_t now_ms);
  // The files of one operator, by position.
  static std::vector<size_t> FilesOf(const delta::Snapshot& now, size_t part);
  // The metadata of a version after which the clock says that.
  static delta::Metadata MetadataAt(const delta::Snapshot& now, const StreamClock& clock);

  void Tidy(const delta::Snapshot& target) noexcept { kept_.Tidy(target); }

 private:
  [[noreturn]] void ThrowGone(const delta::Snapshot& target, const std::string& detail) const;

  StateTable kept_;
};

// The columns of the state of these operators.
Schema StreamStateSchema(const std::vector<sql::KeptRows>& operators);
// What is written about operators in the properties of their state.
inline constexpr const char* kOperatorsProperty = "weir.stream.operators";
inline constexpr const char* kLabelsProperty = "weir.stream.labels";
inline constexpr const char* kClockProperty = "weir.stream.clock";

}  // namespace weir::session
