#pragma once

#include <map>
#include <memory>
#include <string>

#include "weir/delta/table.h"
#include "weir/session/session.h"

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

// The Delta table below a table's folder in which AUTO CDC keeps its state. It is committed first;
// the table's own commit then names the version that belongs to it. One that no commit names never
// happened: the next batch goes back behind it.
class CdcState {
 public:
  CdcState(const Services& services, const io::Location& table, int64_t generation);

  // The app whose number in the table's log is the version that counts.
  const std::string& app_id() const { return app_id_; }
  const delta::Table& table() const { return table_; }
  // The version that `target` names, as the latest one, with these columns at least; made where
  // there is none. Throws Error: kInvalid where what is fixed is another, kCorrupt where it is
  // gone.
  std::shared_ptr<const delta::Snapshot> Open(const delta::Snapshot& target,
                                              const CdcStateLayout& layout,
                                              const std::string& name);
  // The version that `target` names; 0 where it names none.
  delta::Version NamedBy(const delta::Snapshot& target) const;
  // A property as it is now; "" where there is none.
  std::string PropertyOf(const std::string& key) const;

  // With its small files in few large ones, where there are many. `now`: the latest.
  std::shared_ptr<const delta::Snapshot> Packed(const std::string& statement_id,
                                                std::shared_ptr<const delta::Snapshot> now);
  // Deletes what the version that `target` names does not need, where that is the latest. What goes
  // wrong is only logged: the batch is in the table.
  void Tidy(const delta::Snapshot& target) noexcept;

 private:
  void CheckFixed(const delta::Snapshot& now, const CdcStateLayout& layout,
                  const std::string& name) const;
  void Create(const CdcStateLayout& layout);
  std::shared_ptr<const delta::Snapshot> GoBackTo(
      delta::Version version, const std::shared_ptr<const delta::Snapshot>& now);
  void DeleteUnneeded(const delta::Snapshot& latest);

  const Services& services_;
  const std::string app_id_;
  const delta::Table table_;
};

// Deletes the states of generations before this one.
void DeleteStatesBefore(const io::Location& table, int64_t generation);

}  // namespace weir::session
