#include "weir/delta/clustering.h"
#include "weir/delta/properties.h"
#include "weir/session/delta_settings.h"
#include "weir/session/lent_files.h"
#include "weir/session/rearranging.h"
#include "weir/session/statement.h"

// Automatic compaction: a statement that leaves many small files packs them.
namespace weir::session {
namespace {

// What SET said goes before the table's property.
bool CompactsByItself(const SessionState& state, const delta::Configuration& table) {
  const std::string set = DeltaSettingIn(state, kAutoCompact);
  if (!set.empty()) return LowerName(set) == "true";
  const auto property = table.find("delta.autoOptimize.autoCompact");
  if (property == table.end()) return delta::IsTrue(table, "delta.autoOptimize");
  const std::string value = LowerName(property->second);
  return value == "true" || value == "auto" || value == "legacy";
}

}  // namespace

void Executor::AutoCompact(const catalog::TableInfo& info, const delta::Table& table) noexcept {
  try {
    const auto base = table.Latest();
    if (!CompactsByItself(state_, base->metadata().configuration)) return;
    // Clustered ones are left to OPTIMIZE: packed files would have to be clustered again.
    if (!delta::ClusteringColumns(base->domains(), base->schema()).empty()) return;
    const int64_t most =
        delta::ParseBytes(DeltaSettingIn(state_, kAutoCompactBytes)).value_or(128 << 20);
    const auto least = static_cast<size_t>(std::stoll(DeltaSettingIn(state_, kAutoCompactFiles)));
    const auto small =
        SmallFiles(*base, base->FilesFor(Predicate::True()), most / 2, std::max<size_t>(least, 2));
    if (small.empty()) return;
    JudgeFiles(services_, options_.principal, *base, table.location());
    TableChange change =
        Rearranged(services_, id_, table, base, small, {}, CommitOptions("OPTIMIZE"));
    DescribeRearranging(change, {}, "", true);
    versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  } catch (const std::exception& error) {
    // The rows are in the table; the next statement tries again.
    try {
      services_.log.Log(LogLevel::kWarning, "the small files of " + info.location +
                                                " were not packed: " + error.what());
    } catch (const std::exception&) {
    }
  }
}

}  // namespace weir::session
