#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/snapshot.h"
#include "weir/types/data_type.h"
#include "weir/types/predicate.h"

// Clustered tables (PROTOCOL.md, "Clustered Table"): a domain says by which columns.
namespace weir::delta {

inline constexpr const char* kClusteringDomain = "delta.clustering";
inline constexpr const char* kClusteringProvider = "liquid";
inline constexpr size_t kMostClusteringColumns = 4;

// The columns that a table is clustered by, in the names of its schema; empty for one that is not.
// Throws Error{kCorrupt} for a domain that can't be read or names what is not in the schema.
std::vector<Predicate::Path> ClusteringColumns(const std::map<std::string, DomainMetadata>& domains,
                                               const Schema& schema);

// The same, or nothing for a domain that names what is not in the schema.
std::optional<std::vector<Predicate::Path>> FindClusteringColumns(
    const std::map<std::string, DomainMetadata>& domains, const Schema& schema);

// The domain that says so; by no columns (CLUSTER BY NONE) too.
DomainMetadata ClusteringDomain(const std::vector<Predicate::Path>& columns, const Schema& schema);

// Throws Error{kInvalid} unless a table with this metadata may be clustered by `columns`, whose
// spelling is that of the schema: few enough, none twice, no partition columns, all of a type that
// has bounds and among the columns that files have statistics of.
void CheckClusteringColumns(const std::vector<Predicate::Path>& columns, const Metadata& metadata,
                            const Schema& schema);

// The same of what a commit on `base` (null: a new table) makes of the table, whose files have
// statistics of the columns from now on; a column that clusters does not go away by the way.
void CheckClusteringAfter(const Snapshot* base, const std::vector<DomainMetadata>& changed,
                          const Metadata& metadata, const Schema& schema);

// Whether files keep a least and a greatest value of columns of this type.
bool HasBounds(const DataType& type);

// "a.b", with backticks where a name needs them.
std::string DottedPath(const Predicate::Path& path);

}  // namespace weir::delta
