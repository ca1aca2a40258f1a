#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"
#include "weir/types/data_type.h"

// Primary and foreign keys.
namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

std::string ListToJson(const std::vector<std::string>& texts) { return Json(texts).dump(); }

std::vector<std::string> ListFromJson(const std::string& json) {
  return ParseJson(json, "a key in the home's state").get<std::vector<std::string>>();
}

#define WEIR_KEY_QUERY                                                                       \
  "SELECT k.name, k.columns, k.parent_columns, k.options, p.name, c.name, s.name, t.name "   \
  "FROM keys k LEFT JOIN keys p ON p.id = k.parent LEFT JOIN tables t ON t.id = p.table_id " \
  "LEFT JOIN schemas s ON s.id = t.schema LEFT JOIN catalogs c ON c.id = s.catalog "

KeyInfo KeyFrom(const Statement& row) {
  KeyInfo key;
  key.name = row.Text(0);
  key.columns = ListFromJson(row.Text(1));
  key.options = ListFromJson(row.Text(3));
  if (row.IsNull(4)) return key;
  key.parent_columns = ListFromJson(row.Text(2));
  key.parent_key = row.Text(4);
  key.parent = QualifiedName{row.Text(5), row.Text(6), row.Text(7)};
  return key;
}

// The key that a foreign one refers to.
int64_t ParentOf(const Catalog::Impl& impl, ReadTx& tx, const KeyInfo& key) {
  const QualifiedName name = InCatalogCase(*key.parent);
  const TableInfo parent = impl.GetTable(tx, name);
  Statement row = tx.Query("SELECT id FROM keys WHERE table_id = ? AND parent IS NULL", parent.id);
  if (row.Next()) return row.Int(0);
  throw Error(ErrorCode::kNotFound,
              "the table " + name.ToString() +
                  " has no primary key that a foreign key could refer to; ALTER TABLE ... ADD "
                  "PRIMARY KEY gives it one");
}

void CheckKeyIsNew(ReadTx& tx, const std::string& table, const KeyInfo& key) {
  if (key.IsPrimary() &&
      tx.Query("SELECT 1 FROM keys WHERE table_id = ? AND parent IS NULL", table).Next()) {
    throw Error(ErrorCode::kExists, "the table has a primary key already; drop it first")
        .WithCondition("MULTIPLE_PRIMARY_KEYS");
  }
  const bool taken = tx.Query(
                           "SELECT 1 FROM keys k JOIN tables t ON t.id = k.table_id WHERE "
                           "t.schema = (SELECT schema FROM tables WHERE id = ?) AND k.name = ?",
                           table, key.name)
                         .Next();
  if (!taken) return;
  throw Error(ErrorCode::kExists, "a key of the name " + QuoteName(key.name) +
                                      " is in the schema already; choose another name")
      .WithCondition("DELTA_CONSTRAINT_ALREADY_EXISTS");
}

void InsertKey(const Catalog::Impl& impl, Tx& tx, const std::string& table, const KeyInfo& key) {
  CheckKeyIsNew(tx, table, key);
  if (key.IsPrimary()) {
    tx.Run("INSERT INTO keys (table_id, name, columns, options) VALUES (?, ?, ?, ?)", table,
           key.name, ListToJson(key.columns), ListToJson(key.options));
    return;
  }
  tx.Run(
      "INSERT INTO keys (table_id, name, columns, parent, parent_columns, options) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      table, key.name, ListToJson(key.columns), ParentOf(impl, tx, key),
      ListToJson(key.parent_columns), ListToJson(key.options));
}

// In one list of columns; whether it was there.
bool RenameIn(std::vector<std::string>& columns, const std::string& from, const std::string& to) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const std::string& column) {
    return LowerName(column) == LowerName(from);
  });
  if (found == columns.end()) return false;
  *found = to;
  return true;
}

}  // namespace

void Catalog::Impl::InsertKeys(Tx& tx, const std::string& table,
                               const std::vector<KeyInfo>& keys) const {
  // A foreign key may refer to the table itself.
  for (const bool primary : {true, false}) {
    for (const KeyInfo& key : keys) {
      if (key.IsPrimary() == primary) InsertKey(*this, tx, table, key);
    }
  }
}

std::vector<KeyInfo> Catalog::KeysOf(const std::string& table_id) const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(
      WEIR_KEY_QUERY "WHERE k.table_id = ? ORDER BY k.parent IS NOT NULL, k.name", table_id);
  std::vector<KeyInfo> keys;
  while (row.Next()) keys.push_back(KeyFrom(row));
  return keys;
}

void Catalog::AddKey(const std::string& table_id, const KeyInfo& key) {
  Tx tx = impl_->database.Begin();
  InsertKey(*impl_, tx, table_id, key);
  impl_->NextRevision(tx);
  tx.Commit();
}

void Catalog::ReplaceKeys(const std::string& table_id, const std::vector<KeyInfo>& keys) {
  Tx tx = impl_->database.Begin();
  const bool had = tx.Query("SELECT 1 FROM keys WHERE table_id = ?", table_id).Next();
  if (!had && keys.empty()) return;
  tx.Run("DELETE FROM keys WHERE table_id = ?", table_id);
  impl_->InsertKeys(tx, table_id, keys);
  impl_->NextRevision(tx);
  tx.Commit();
}

void Catalog::DropKey(const std::string& table_id, const std::string& name) {
  Tx tx = impl_->database.Begin();
  tx.Run("DELETE FROM keys WHERE table_id = ? AND name = ?", table_id, name);
  impl_->NextRevision(tx);
  tx.Commit();
}

std::vector<TableInfo> Catalog::TablesReferringTo(const std::string& table_id) const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(WEIR_TABLE_QUERY
                           "WHERE t.id <> ?1 AND t.id IN (SELECT k.table_id FROM keys k JOIN keys "
                           "p ON p.id = k.parent WHERE p.table_id = ?1) "
                           "ORDER BY c.name, s.name, t.name",
                           table_id);
  std::vector<TableInfo> found;
  while (row.Next()) found.push_back(TableFrom(row));
  return found;
}

void Catalog::RenameKeyColumn(const std::string& table_id, const std::string& from,
                              const std::string& to) {
  struct Row {
    int64_t id;
    bool own;  // Else a foreign key that refers to this table.
    std::vector<std::string> columns, parents;
    bool refers;
  };
  Tx tx = impl_->database.Begin();
  std::vector<Row> rows;
  {
    Statement row = tx.Query(
        "SELECT k.id, k.table_id = ?1, k.columns, k.parent_columns, p.table_id = ?1 "
        "FROM keys k LEFT JOIN keys p ON p.id = k.parent WHERE k.table_id = ?1 OR p.table_id = ?1",
        table_id);
    while (row.Next()) {
      rows.push_back({row.Int(0), row.Int(1) != 0, ListFromJson(row.Text(2)),
                      row.IsNull(3) ? std::vector<std::string>() : ListFromJson(row.Text(3)),
                      !row.IsNull(4) && row.Int(4) != 0});
    }
  }
  for (Row& row : rows) {
    bool changed = row.own && RenameIn(row.columns, from, to);
    if (row.refers) changed = RenameIn(row.parents, from, to) || changed;
    if (!changed) continue;
    const std::optional<std::string> parents =
        row.parents.empty() ? std::nullopt : std::optional(ListToJson(row.parents));
    tx.Run("UPDATE keys SET columns = ?, parent_columns = ? WHERE id = ?", ListToJson(row.columns),
           parents, row.id);
  }
  impl_->NextRevision(tx);
  tx.Commit();
}

}  // namespace weir::catalog
