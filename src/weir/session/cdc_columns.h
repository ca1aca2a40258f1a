#pragma once

#include <string>
#include <vector>

#include "weir/session/cdc_shape.h"

// The columns of an AUTO CDC table in the texts that keep it, where keys are k0, k1, ... and values
// v0, v1, ..., whatever they are called in the table.
namespace weir::session {

// A part of a value that IGNORE NULL UPDATES keeps by itself: the value, or a member of a struct
// that is no struct.
struct CdcLeaf {
  size_t value;                   // Which one.
  std::vector<std::string> path;  // Of members; empty: the value itself.
  DataType type;
  // As the state knows it: "a", "s.b", each part quoted where needed.
  std::string name;
};

class CdcColumns {
 public:
  CdcColumns(const CdcShape& shape, const CdcTable& table);

  const CdcShape& shape() const { return shape_; }
  const std::vector<Field>& keys() const { return table_.keys; }
  const std::vector<Field>& values() const { return table_.values; }
  const std::vector<CdcLeaf>& leaves() const { return leaves_; }

  // "k0, k1"; "a.k0, a.k1" with a prefix.
  std::string Keys(const std::string& of = "") const;
  std::string Values(const std::string& of = "") const;
  // "a.k0 = b.k0 AND ..."
  std::string SameKeys(const std::string& left, const std::string& right) const;
  // `target.id` = c.k0 AND ...: of the table itself, by the names it has.
  std::string SameKeysAsTable(const std::string& other) const;
  // What the values of a row are compared by: "struct(v0 AS f0, v1 AS f1)"; a text where a type
  // has no order. `tracked`: only those that the history tracks.
  std::string RowKey(const std::string& of, bool tracked = false) const;
  // The same of the table itself.
  std::string TableRowKey() const;
  // "`id` AS k0, `name` AS v0, ..." of the table.
  std::string TableColumns() const;
  // The names in the table.
  std::string KeyNames() const;
  std::string ValueNames() const;
  std::string NameOf(const Field& field) const;  // Quoted.

  // The leaf in a relation with values, and in the table.
  std::string LeafOf(const CdcLeaf& leaf, const std::string& of) const;
  std::string LeafInTable(const CdcLeaf& leaf) const;
  // What a value is compared by.
  static std::string OrderOf(const std::string& expr, const DataType& type);
  // The values put together of their leaves, each given by an expression: one for each value.
  std::vector<std::string> Rebuilt(const std::vector<std::string>& leaves) const;

 private:
  void AddLeaves(size_t value, std::vector<std::string> path, const DataType& type);
  std::string Rebuild(const std::vector<std::string>& leaves, const DataType& type,
                      size_t& next) const;

  const CdcShape& shape_;
  const CdcTable& table_;
  std::vector<CdcLeaf> leaves_;
};

}  // namespace weir::session
