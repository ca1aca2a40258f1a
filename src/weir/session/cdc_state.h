#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "weir/delta/table.h"
#include "weir/session/cdc_shape.h"
#include "weir/session/session.h"
#include "weir/session/state_table.h"

// What AUTO CDC has to know besides the rows of its table (docs/formats/cdc_state.md).
namespace weir::session {

// Properties of the state's table that must stay as they are: what changes them asks for a full
// refresh.
std::map<std::string, std::string> CdcFixed(const CdcShape& shape, const CdcTable& table);

// How a table's state is laid out, and by which clauses.
struct CdcStateLayout {
  Schema schema;
  std::map<std::string, std::string> fixed;  // As CdcFixed gives them.
  // Those that may grow with the columns.
  std::map<std::string, std::string> growing;
};

// The state of a table that AUTO CDC keeps: a StateTable in `_weir/cdc/<generation>`.
class CdcState {
 public:
  CdcState(const Services& services, const io::Location& table, int64_t generation);

  const std::string& app_id() const { return kept_.app_id(); }
  const delta::Table& table() const { return kept_.table(); }
  // Whether the version that `target` names is of flows of which this is fixed; where it names
  // none, whether `target` is without rows. Where it is not, what to do is told with
  // `full_refresh`, and an Error{kInvalid} thrown; kCorrupt where it is gone.
  void CheckFits(const delta::Snapshot& target, const std::map<std::string, std::string>& fixed,
                 const std::string& name, const std::string& full_refresh) const;
  // The version that `target` names, as the latest one, with these columns at least; made where
  // there is none. Throws Error{kCorrupt} where it is gone.
  std::shared_ptr<const delta::Snapshot> Open(const delta::Snapshot& target,
                                              const CdcStateLayout& layout,
                                              const std::string& name);
  delta::Version NamedBy(const delta::Snapshot& target) const { return kept_.NamedBy(target); }
  std::string PropertyOf(const std::string& key) const { return kept_.PropertyOf(key); }
  std::shared_ptr<const delta::Snapshot> Packed(const std::string& statement_id,
                                                std::shared_ptr<const delta::Snapshot> now) {
    return kept_.Packed(statement_id, std::move(now));
  }
  void Tidy(const delta::Snapshot& target) noexcept { kept_.Tidy(target); }

 private:
  [[noreturn]] void ThrowGone(const delta::Snapshot& target, const std::string& name,
                              const std::string& detail) const;

  const Services& services_;
  StateTable kept_;
};

}  // namespace weir::session
