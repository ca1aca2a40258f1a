#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"

namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

TableKind TableKindFrom(const std::string& name) {
  for (const TableKind kind :
       {TableKind::kManaged, TableKind::kExternal, TableKind::kView, TableKind::kMaterializedView,
        TableKind::kStreamingTable, TableKind::kEventLog}) {
    if (TableKindName(kind) == name) return kind;
  }
  throw Error(ErrorCode::kCorrupt, "the home's state has a table of unknown kind '" + name + "'");
}

}  // namespace

TableInfo TableFrom(const Statement& row) {
  TableInfo info;
  info.id = row.Text(0);
  info.name = {row.Text(1), row.Text(2), row.Text(3)};
  info.kind = TableKindFrom(row.Text(4));
  info.owner = row.Text(5);
  info.comment = row.TextOrNull(6);
  info.properties = PropertiesFromJson(row.Text(7));
  info.location = row.Text(8);
  if (!row.IsNull(9)) {
    info.view = ViewDefinition{row.Text(9), row.Text(10), row.Text(11), row.Text(12)};
  }
  info.pipeline_id = row.Text(13);
  info.created = Instant{row.Int(14)};
  info.updated = Instant{row.Int(15)};
  info.revision = row.Int(16);
  info.has_loans = row.Int(17) != 0;
  return info;
}

namespace {

// A private name is one of the pipeline's that fills the table.
void CheckTableName(const QualifiedName& name, const std::string& pipeline_id) {
  const QualifiedName shown = PublicName(name);
  const bool is_own = !pipeline_id.empty() && name == PrivateName(shown, pipeline_id);
  CheckName(is_own ? shown.name : name.name, "table");
}

// The parts of a view that the state keeps in columns of their own; NULLs for a table.
struct ViewColumns {
  explicit ViewColumns(const TableInfo& info) {
    if (!info.view) return;
    query = info.view->query;
    catalog = info.view->catalog;
    schema = info.view->schema;
    columns = info.view->schema_json;
  }
  std::optional<std::string> query, catalog, schema, columns;
};

}  // namespace

std::string WithoutSlash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

bool Overlap(const std::string& left, const std::string& right) {
  const std::string& longer = left.size() > right.size() ? left : right;
  const std::string& shorter = left.size() > right.size() ? right : left;
  return longer.starts_with(shorter) &&
         (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

std::optional<TableInfo> Catalog::Impl::FindTable(ReadTx& tx, const QualifiedName& name) const {
  Statement row = tx.Query(WEIR_TABLE_QUERY "WHERE c.name = ? AND s.name = ? AND t.name = ?",
                           name.catalog, name.schema, name.name);
  if (!row.Next()) return std::nullopt;
  return TableFrom(row);
}

TableInfo Catalog::Impl::GetTable(ReadTx& tx, const QualifiedName& name) const {
  if (auto info = FindTable(tx, name)) return *info;
  throw AbsentError({SecurableKind::kTable, name.catalog, name.schema, name.name});
}

std::optional<TableInfo> Catalog::Impl::FindTableAt(ReadTx& tx, const std::string& uri) const {
  const std::string folder = WithoutSlash(uri);
  Statement row = tx.Query(WEIR_TABLE_QUERY
                           "WHERE t.location <> '' AND (t.location = ?1 "
                           "OR substr(?1, 1, length(t.location) + 1) = t.location || '/' "
                           "OR substr(t.location, 1, length(?1) + 1) = ?1 || '/')",
                           folder);
  if (!row.Next()) return std::nullopt;
  return TableFrom(row);
}

void Catalog::Impl::CheckFolderIsFree(ReadTx& tx, const std::string& location) const {
  // Not which one: who asks may not see it.
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::kExists, "'" + location + "' overlaps the folder of another " + what +
                                        "; choose another location")
        .WithCondition("LOCATION_OVERLAP");
  };
  if (FindTableAt(tx, location)) refuse("table");
  if (FindVolumeAt(tx, location)) refuse("volume");
}

void Catalog::Impl::CheckIsFree(ReadTx& tx, const QualifiedName& name) const {
  if (!FindTable(tx, name)) return;
  throw Error(ErrorCode::kExists, "table or view " + name.ToString() +
                                      " exists already; choose another name or drop it first")
      .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
}

std::optional<TableInfo> Catalog::FindTable(const QualifiedName& name) const {
  if (IsPrivate(name)) return std::nullopt;
  ReadTx tx = impl_->database.Read();
  return impl_->FindTable(tx, InCatalogCase(name));
}

std::optional<TableInfo> Catalog::FindPrivateTable(const QualifiedName& name,
                                                   const std::string& pipeline_id) const {
  ReadTx tx = impl_->database.Read();
  return impl_->FindTable(tx, PrivateName(InCatalogCase(name), pipeline_id));
}

bool Catalog::IsTaken(const std::string& uri) const {
  ReadTx tx = impl_->database.Read();
  return impl_->FindTableAt(tx, uri) || impl_->FindVolumeAt(tx, uri) || impl_->IsLent(tx, uri);
}

std::optional<TableInfo> Catalog::FindTableIn(const std::string& uri) const {
  ReadTx tx = impl_->database.Read();
  Statement row =
      tx.Query(WEIR_TABLE_QUERY "WHERE t.location <> '' AND t.location = ?", WithoutSlash(uri));
  if (!row.Next()) return std::nullopt;
  return TableFrom(row);
}

std::vector<TableInfo> Catalog::ListTables(const std::string& principal,
                                           const SchemaName& schema) const {
  ReadTx tx = impl_->database.Read();
  return impl_->ListTables(tx, principal, InCatalogCase(schema), false);
}

std::vector<TableInfo> Catalog::ListPrivateTables(const std::string& principal,
                                                  const SchemaName& schema) const {
  ReadTx tx = impl_->database.Read();
  return impl_->ListTables(tx, principal, InCatalogCase(schema), true);
}

std::vector<TableInfo> Catalog::Impl::ListTables(ReadTx& tx, const std::string& principal,
                                                 const SchemaName& schema, bool privates) const {
  const Securable above{SecurableKind::kSchema, schema.catalog, schema.schema, ""};
  const Access access = AccessOf(tx, principal, above);
  if (auto missing = access.MissingFor(Privilege::kUseSchema)) {
    throw DeniedError(principal, *missing);
  }
  const SchemaRow in = GetSchema(tx, schema);
  Statement row = tx.Query(WEIR_TABLE_QUERY "WHERE t.schema = ? ORDER BY t.name", in.id);
  std::vector<TableInfo> found;
  while (row.Next()) {
    TableInfo info = TableFrom(row);
    if (IsPrivate(info.name) != privates) continue;
    const Securable here{SecurableKind::kTable, schema.catalog, schema.schema, info.name.name};
    if (AccessOf(tx, principal, here).IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

std::vector<TableInfo> Catalog::TablesOfPipeline(const std::string& principal,
                                                 const std::string& pipeline_id) const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(WEIR_TABLE_QUERY "WHERE t.pipeline = ? ORDER BY c.name, s.name, t.name",
                           pipeline_id);
  std::vector<TableInfo> found;
  while (row.Next()) {
    TableInfo info = TableFrom(row);
    const Securable here{SecurableKind::kTable, info.name.catalog, info.name.schema,
                         info.name.name};
    const Access access = impl_->AccessOf(tx, principal, here);
    if (access.IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

std::vector<TableInfo> Catalog::EventLogs(const std::string& pipeline) const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(WEIR_TABLE_QUERY
                           "WHERE t.kind = 'EVENT_LOG' AND (t.pipeline = ?1 "
                           "OR substr(t.pipeline, 1, length(?1) + 1) = ?1 || '@') "
                           "ORDER BY t.pipeline, c.name, s.name, t.name",
                           pipeline);
  std::vector<TableInfo> found;
  while (row.Next()) found.push_back(TableFrom(row));
  return found;
}

std::vector<TableInfo> Catalog::Impl::DropOwnTables(Tx& tx, int64_t schema) const {
  std::vector<TableInfo> dropped;
  {
    Statement row = tx.Query(WEIR_TABLE_QUERY "WHERE t.schema = ? ORDER BY t.name", schema);
    while (row.Next()) {
      TableInfo info = TableFrom(row);
      if (info.kind == TableKind::kEventLog || IsPrivate(info.name)) {
        dropped.push_back(std::move(info));
      }
    }
  }
  for (const TableInfo& info : dropped) tx.Run("DELETE FROM tables WHERE id = ?", info.id);
  return dropped;
}

Catalog::Reservation Catalog::Reserve(const SchemaName& given) const {
  const SchemaName name = InCatalogCase(given);
  const std::string id = NewUuid();
  ReadTx tx = impl_->database.Read();
  const auto schema = impl_->FindSchema(tx, name);
  const auto catalog = impl_->FindCatalog(tx, name.catalog);
  std::string root = impl_->managed_root;
  if (schema && !schema->info.managed_location.empty()) {
    root = schema->info.managed_location;
  } else if (catalog && !catalog->info.managed_location.empty()) {
    root = catalog->info.managed_location;
  }
  return {id, root + "/" + id};
}

void Catalog::CreateTable(const TableInfo& info, const std::vector<Loan>& loans,
                          const std::vector<KeyInfo>& keys) {
  const QualifiedName name = InCatalogCase(info.name);
  CheckTableName(name, info.pipeline_id);
  WEIR_CHECK(!info.id.empty());
  WEIR_CHECK((info.kind == TableKind::kView) == info.location.empty());
  WEIR_CHECK(info.kind != TableKind::kView || info.view.has_value());
  const std::string location = WithoutSlash(info.location);
  Tx tx = impl_->database.Begin();
  const SchemaRow schema = impl_->GetSchema(tx, {name.catalog, name.schema});
  impl_->CheckIsFree(tx, name);
  if (!location.empty()) impl_->CheckFolderIsFree(tx, location);
  const ViewColumns view(info);
  const int64_t now = impl_->clock.Now().micros;
  tx.Run(
      "INSERT INTO tables (id, schema, name, kind, owner, comment, properties, location, "
      "view_query, view_catalog, view_schema, view_columns, pipeline, created, updated, revision) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      info.id, schema.id, name.name, TableKindName(info.kind), info.owner, info.comment,
      PropertiesToJson(info.properties), location, view.query, view.catalog, view.schema,
      view.columns, info.pipeline_id, now, now, impl_->NextRevision(tx));
  impl_->InsertLoans(tx, info.id, loans);
  impl_->InsertKeys(tx, info.id, keys);
  tx.Commit();
}

void Catalog::UpdateTable(const TableInfo& info) {
  const QualifiedName name = InCatalogCase(info.name);
  Tx tx = impl_->database.Begin();
  const TableInfo before = impl_->GetTable(tx, name);
  if (before.id != info.id || before.revision != info.revision) {
    throw Error(ErrorCode::kConflict,
                name.ToString() + " was changed by somebody else meanwhile; run again")
        .WithCondition("CONCURRENT_CATALOG_CHANGE");
  }
  if (!before.pipeline_id.empty() && !info.pipeline_id.empty() &&
      before.pipeline_id != info.pipeline_id) {
    throw Error(ErrorCode::kExists, name.ToString() + " is filled by the pipeline '" +
                                        before.pipeline_id + "', not by '" + info.pipeline_id +
                                        "'; choose another name for the table, or drop it first")
        .WithCondition("TABLE_ALREADY_MANAGED_BY_OTHER_PIPELINE");
  }
  const ViewColumns view(info);
  tx.Run(
      "UPDATE tables SET kind = ?, owner = ?, comment = ?, properties = ?, view_query = ?, "
      "view_catalog = ?, view_schema = ?, view_columns = ?, pipeline = ?, updated = ?, "
      "revision = ? WHERE id = ?",
      TableKindName(info.kind), info.owner, info.comment, PropertiesToJson(info.properties),
      view.query, view.catalog, view.schema, view.columns, info.pipeline_id,
      impl_->clock.Now().micros, impl_->NextRevision(tx), info.id);
  tx.Commit();
}

void Catalog::RenameTable(const QualifiedName& given_from, const QualifiedName& given_to,
                          const std::function<std::string(const std::string&)>& renamed) {
  const QualifiedName from = InCatalogCase(given_from);
  const QualifiedName to = InCatalogCase(given_to);
  if (from.catalog != to.catalog) {
    throw Error(ErrorCode::kUnsupported, from.ToString() + " can't move to another catalog, " +
                                             QuoteName(to.catalog) +
                                             "; create it there from a query instead");
  }
  Tx tx = impl_->database.Begin();
  const TableInfo info = impl_->GetTable(tx, from);
  CheckTableName(to, info.pipeline_id);
  const SchemaRow schema = impl_->GetSchema(tx, {to.catalog, to.schema});
  if (from == to) return;
  impl_->CheckIsFree(tx, to);
  tx.Run("UPDATE tables SET schema = ?, name = ?, updated = ?, revision = ? WHERE id = ?",
         schema.id, to.name, impl_->clock.Now().micros, impl_->NextRevision(tx), info.id);
  if (renamed) {
    Statement row =
        tx.Query("SELECT statement FROM dataset_definitions WHERE table_id = ?", info.id);
    const auto statement = row.Next() ? std::optional(row.Text(0)) : std::nullopt;
    if (statement) {
      tx.Run("UPDATE dataset_definitions SET statement = ? WHERE table_id = ?", renamed(*statement),
             info.id);
    }
  }
  tx.Commit();
}

TableInfo Catalog::DropTable(const QualifiedName& given) {
  const QualifiedName name = InCatalogCase(given);
  Tx tx = impl_->database.Begin();
  TableInfo info = impl_->GetTable(tx, name);
  tx.Run("DELETE FROM tables WHERE id = ?", info.id);
  impl_->NextRevision(tx);
  tx.Commit();
  return info;
}

}  // namespace weir::catalog
