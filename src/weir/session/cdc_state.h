#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/session/state_table.h"

// What AUTO CDC has to know besides the rows of its table (docs/formats/cdc_state.md).
namespace weir::session {

// How a table's state is laid out, and by which clauses.
struct CdcStateLayout {
  Schema schema;
  // Properties of the state's table that must stay as they are: what changes them asks for a full
  // refresh. By name: what it is called for people and what it says.
  std::map<std::string, std::string> fixed;
  // Those that may grow with the columns.
  std::map<std::string, std::string> growing;
};

// The state of a table that AUTO CDC keeps: a StateTable in `_weir/cdc/<generation>`.
class CdcState {
 public:
  CdcState(const Services& services, const io::Location& table, int64_t generation);

  const std::string& app_id() const { return kept_.app_id(); }
  const delta::Table& table() const { return kept_.table(); }
  // The version that `target` names, as the latest one, with these columns at least; made where
  // there is none. Throws Error: kInvalid where what is fixed is another, kCorrupt where it is
  // gone.
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
  void CheckFixed(const delta::Snapshot& now, const CdcStateLayout& layout,
                  const std::string& name) const;

  const Services& services_;
  StateTable kept_;
};

}  // namespace weir::session
