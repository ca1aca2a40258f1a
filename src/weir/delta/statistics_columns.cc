#include "weir/delta/statistics_columns.h"

#include <string>

#include "weir/delta/properties.h"

namespace weir::delta {
namespace {

constexpr const char* kStatisticsColumns = "delta.dataSkippingStatsColumns";

std::string PlainName(const std::string& name) {
  std::string plain = LowerName(name);
  std::erase(plain, '`');
  return plain;
}

std::string DottedPath(const ColumnPath& path) {
  std::string dotted;
  for (const std::string& name : path) dotted += (dotted.empty() ? "" : ".") + name;
  return dotted;
}

}  // namespace

void ChangeStatisticsColumns(Metadata& metadata, const ColumnPath& column,
                             const std::optional<ColumnPath>& renamed) {
  const auto names = PropertiesOf(metadata.configuration).statistics_columns;
  if (!names) return;
  const std::string old = PlainName(DottedPath(column));
  std::string list;
  for (const std::string& name : *names) {
    const std::string plain = PlainName(name);
    const bool is_it = plain == old || plain.starts_with(old + ".");
    if (is_it && !renamed) continue;
    if (!list.empty()) list += ",";
    if (!is_it) {
      list += name;
      continue;
    }
    std::string rest = name;
    std::erase(rest, '`');
    list += DottedPath(*renamed) + rest.substr(old.size());
  }
  metadata.configuration[kStatisticsColumns] = list;
}

}  // namespace weir::delta
