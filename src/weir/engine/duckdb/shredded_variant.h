#pragma once

#include <optional>
#include <string>

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/variant.h"

namespace weir::engine {

// Rows of a Parquet group that holds a VARIANT: `metadata`, `value`, and where it is shredded
// `typed_value`, by which parts of it are columns of their own (VariantShredding.md of
// parquet-format). Refers to the vector, which has to stay. Not thread-safe.
class ShreddedVariants {
 public:
  ShreddedVariants(duckdb::Vector& group, duckdb::idx_t count);

  // One BLOB: metadata and value; nothing for NULL. Throws Error{kCorrupt}, MALFORMED_VARIANT, for
  // what is no VARIANT, and {kUnsupported}, UNSUPPORTED_FEATURE, for types that weir has no VARIANT
  // of.
  std::optional<std::string> At(duckdb::idx_t row);

 private:
  using Format = duckdb::RecursiveUnifiedVectorFormat;
  using idx_t = duckdb::idx_t;

  // Of a group that may be within another: what is not there is no vector.
  struct Parts {
    const Format* value = nullptr;
    const Format* typed = nullptr;
  };
  static Parts PartsOf(const Format& group);

  // Whether there was anything to append.
  bool Append(const Parts& parts, idx_t row);
  void AppendTyped(const Parts& parts, idx_t row);
  void AppendObject(const Parts& parts, idx_t row);
  void AppendList(const Format& list, idx_t row);
  void AppendPrimitive(const Format& column, idx_t row);
  VariantView ViewOf(std::string_view value) const { return {metadata_, value}; }

  Format group_;
  const Format* metadata_column_ = nullptr;
  Parts parts_;
  std::string_view metadata_;  // Of the row.
  VariantBuilder builder_;
};

}  // namespace weir::engine
