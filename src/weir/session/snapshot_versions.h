#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/session/flow_log.h"
#include "weir/session/session.h"

// The versions that AUTO CDC ... FROM SNAPSHOT goes through.
namespace weir::session {

struct SnapshotVersions {
  std::optional<SnapshotVersion> last;     // That of the last batch that counts.
  std::optional<SnapshotVersion> current;  // That of the batch at hand; nothing: only checked.
  DataType type;                           // Of the versions.
};

bool IsSnapshotFlow(const Flow& flow);

// What a query of such a flow may name besides what `around` knows: `last_snapshot_version()` in
// WITH VERSION, `current_snapshot_version()` in FROM SNAPSHOT. Both are relations of one column,
// `version`; the first has no row before there is one. Both arguments outlive it.
class SnapshotNames final : public sql::NameResolver {
 public:
  enum class In { kVersion, kSnapshot };
  SnapshotNames(sql::NameResolver& around, In in, const SnapshotVersions& versions)
      : around_(around), in_(in), versions_(versions) {}

  std::variant<sql::ResolvedRelation, Diagnostic> Table(
      const sql::Name& name, bool stream, const std::optional<Value>& as_of) override {
    return around_.Table(name, stream, as_of);
  }
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      bool stream) override;
  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Routine(
      const sql::Name& name) override;
  std::optional<std::variant<sql::ResolvedVariable, Diagnostic>> Variable(
      const sql::Name& name) override {
    return around_.Variable(name);
  }

 private:
  std::string Wanted() const;

  sql::NameResolver& around_;
  const In in_;
  const SnapshotVersions& versions_;
};

}  // namespace weir::session
