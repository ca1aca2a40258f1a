#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"

namespace weir::session {

// Below a table's folder, each with a folder for each generation of its flows.
inline constexpr const char* kCdcStates = "_weir/cdc/";
inline constexpr const char* kStreamStates = "_weir/streams/";
// A folder below that of a table: "_weir/cdc/0/".
io::Location StateFolder(const io::Location& table, const std::string& folder);

// A private Delta table below the folder of the one that flows fill: what they know besides its
// rows. It is committed first; the commit of the filled table then names the version that belongs
// to it. One that no commit names never happened: the next batch goes back behind it.
class StateTable {
 public:
  // `app_id`: the app whose number in the filled table's log is the version that counts.
  StateTable(const Services& services, const io::Location& location, std::string app_id);

  const std::string& app_id() const { return app_id_; }
  const delta::Table& table() const { return table_; }
  // The version that `target` names; 0, or nothing, where it names none.
  delta::Version NamedBy(const delta::Snapshot& target) const;
  std::optional<delta::Version> FindNamedBy(const delta::Snapshot& target) const;
  // The version that `target` names, as the latest one; made as declared where it names none.
  // Throws Error{kNotFound} where it is gone.
  std::shared_ptr<const delta::Snapshot> Open(const delta::Snapshot& target,
                                              const TableDeclaration& when_new);
  // A property as it is now; "" where there is none.
  std::string PropertyOf(const std::string& key) const;

  // With its small files in few large ones, where there are many. `now`: the latest.
  std::shared_ptr<const delta::Snapshot> Packed(const std::string& statement_id,
                                                std::shared_ptr<const delta::Snapshot> now);
  // Deletes what the version that `target` names does not need, where that is the latest. What goes
  // wrong is only logged: the batch is in the table.
  void Tidy(const delta::Snapshot& target) noexcept;

 private:
  void Create(const TableDeclaration& declaration);
  std::shared_ptr<const delta::Snapshot> GoBackTo(
      delta::Version version, const std::shared_ptr<const delta::Snapshot>& now);
  void DeleteUnneeded(const delta::Snapshot& latest);

  const Services& services_;
  const std::string app_id_;
  const delta::Table table_;
};

// Deletes the states, of all kinds, of generations before this one.
void DeleteStatesBefore(const io::Location& table, int64_t generation);

}  // namespace weir::session
