#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// `path` relative to the table's folder as `add.path` holds it: URI-encoded (RFC 2396).
std::string EncodePath(std::string_view path);
// The reverse; what is not a percent escape stays as it is.
std::string DecodePath(std::string_view path);

// One spelling for each file, for telling whether two actions speak of the same one:
// "file:/t/a%20b", "file:///t/a b" and "/t/a b" are the same, and so are "s3a://t/a" and
// "s3://t/a".
std::string CanonicalPath(std::string_view path);
// Whether it is spelt so already, as nearly all are.
bool IsCanonicalPath(std::string_view path);

// The key, in the table's store, of the file that `path` of an action means. Throws Error:
// kCorrupt for a path that climbs out of the table's folder by "..", kUnsupported for an absolute
// one in another store.
std::string KeyOfPath(const io::Location& table, std::string_view path);

// The path by which an action of any table in the store of `table` means the object of that key, as
// Spark spells it: "file:/data/s/a%20b.parquet".
std::string AbsolutePath(const io::Location& table, std::string_view key);
bool IsAbsolutePath(std::string_view path);

// "a=1/b=x%20y/": the folder below the table's where the files of a partition go by convention;
// not URI-encoded. `columns` gives the order.
std::string PartitionFolder(const std::vector<std::string>& columns, const PartitionValues& values);

}  // namespace weir::delta
