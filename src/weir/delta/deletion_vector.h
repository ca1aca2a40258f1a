#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/delta/actions.h"
#include "weir/delta/row_set.h"
#include "weir/io/object_store.h"

// Rows that a table no longer has though its data files still hold them (PROTOCOL.md, "Deletion
// Vectors").
namespace weir::delta {

// Where the rows of one file that are gone are written down.
struct DeletionVector {
  enum class Storage { kByUuid, kInline, kByPath };
  Storage storage = Storage::kInline;
  std::string path_or_inline;
  std::optional<int64_t> offset;
  int64_t size_bytes = 0;
  int64_t cardinality = 0;
  bool operator==(const DeletionVector&) const = default;
};

// As an action holds it. Throws Error{kCorrupt} that names the member which is missing or wrong.
DeletionVector ParseDeletionVector(std::string_view json);
std::string ToJson(const DeletionVector& vector);

// That of a file; nothing where it has none. The Error names the file.
std::optional<DeletionVector> DeletionVectorOf(const AddFile& file);

// What tells two vectors of one file apart, of whatever JSON the log holds; "" for "".
std::string DeletionVectorId(std::string_view json);

// The key of the file that holds it; nothing for an inline one. Throws as KeyOfPath does.
std::optional<std::string> KeyOf(const io::Location& table, const DeletionVector& vector);

// The same vector, as actions of other tables in that store may name it.
DeletionVector FromAnywhere(const io::Location& table, DeletionVector vector);

// The rows of `file` that are gone; none where it has no vector. Reads the store unless it is
// inline, only the bytes of this vector. Throws Error: kCorrupt, naming the file, for bytes that
// are not exactly what the vector and the file's statistics promise; kNotFound.
RowSet DeletedRows(const io::Location& table, const AddFile& file);
RowSet DeletedRows(const io::Location& table, const RemoveFile& file);

// Rows that are gone by the vector `newer` of a file and were there by `older`; "" is no vector.
// For telling the change between two versions of the same file.
RowSet NewlyDeletedRows(const io::Location& table, const std::string& path,
                        const std::string& older_json, const std::string& newer_json);

// `stats_json` with `tightBounds` false: its bounds may be those of rows that are gone.
std::string WithWideBounds(std::string_view stats_json);

// Vectors that one commit writes: in one new file, or inline while they are small. Not thread-safe.
class DeletionVectorWriter {
 public:
  explicit DeletionVectorWriter(const io::Location& table);
  // `rows` is not empty.
  DeletionVector Add(const RowSet& rows);
  // Everything is durable on return. The key of the file; "" where none was needed.
  std::string Finish();

 private:
  const io::Location& table_;
  const std::string uuid_;
  std::string bytes_;  // Of the file.
};

}  // namespace weir::delta
