#include "weir/base/error.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"

namespace weir::catalog {

using state::ReadTx;
using state::Statement;
using state::Tx;

std::optional<DatasetDefinition> Catalog::FindDefinition(const std::string& table_id) const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(
      "SELECT statement, in_catalog, in_schema, time_zone FROM dataset_definitions "
      "WHERE table_id = ?",
      table_id);
  if (!row.Next()) return std::nullopt;
  return DatasetDefinition{row.Text(0), row.Text(1), row.Text(2), row.Text(3)};
}

void Catalog::PutDefinition(const std::string& table_id, const DatasetDefinition& definition) {
  Tx tx = impl_->database.Begin();
  tx.Run(
      "INSERT OR REPLACE INTO dataset_definitions "
      "(table_id, statement, in_catalog, in_schema, time_zone) VALUES (?, ?, ?, ?, ?)",
      table_id, definition.statement, definition.catalog, definition.schema, definition.time_zone);
  tx.Commit();
}

}  // namespace weir::catalog
