#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/catalog/access.h"
#include "weir/catalog/catalog.h"
#include "weir/state/database.h"

namespace weir::catalog {

// Rows as the state keeps them.
struct CatalogRow {
  int64_t id = 0;
  CatalogInfo info;
};
struct SchemaRow {
  int64_t id = 0;
  SchemaInfo info;
};

// What the parts of Catalog share. Names come in catalog case.
struct Catalog::Impl {
  state::Database& database;
  const Clock& clock;
  const std::string managed_root;
  std::vector<std::string> closed_roots;  // managed_root too.

  void Bootstrap(const std::string& admin);

  std::optional<CatalogRow> FindCatalog(state::ReadTx& tx, const std::string& name) const;
  std::optional<SchemaRow> FindSchema(state::ReadTx& tx, const SchemaName& name) const;
  std::optional<TableInfo> FindTable(state::ReadTx& tx, const QualifiedName& name) const;
  CatalogRow GetCatalog(state::ReadTx& tx, const std::string& name) const;
  SchemaRow GetSchema(state::ReadTx& tx, const SchemaName& name) const;
  TableInfo GetTable(state::ReadTx& tx, const QualifiedName& name) const;
  // Throws kExists.
  void CheckIsFree(state::ReadTx& tx, const QualifiedName& name) const;
  std::optional<TableInfo> FindTableAt(state::ReadTx& tx, const std::string& uri) const;
  std::vector<TableInfo> ListTables(state::ReadTx& tx, const std::string& principal,
                                    const SchemaName& schema, bool privates) const;
  // The rows of the schema's tables that are pipelines' own, event logs and private ones; gives
  // what they were.
  std::vector<TableInfo> DropOwnTables(state::Tx& tx, int64_t schema) const;
  // The folder, what holds it, or what lies inside it.
  bool IsLent(state::ReadTx& tx, const std::string& uri) const;
  void InsertLoans(state::Tx& tx, const std::string& table, const std::vector<Loan>& loans) const;
  std::optional<VolumeInfo> FindVolume(state::ReadTx& tx, const QualifiedName& name) const;
  VolumeInfo GetVolume(state::ReadTx& tx, const QualifiedName& name) const;
  std::optional<VolumeInfo> FindVolumeAt(state::ReadTx& tx, const std::string& uri) const;
  std::optional<FunctionInfo> FindFunction(state::ReadTx& tx, const QualifiedName& name) const;
  FunctionInfo GetFunction(state::ReadTx& tx, const QualifiedName& name) const;
  // Throws unless `principal` may look into its schema, it is there, and they have the privilege.
  void RequireListed(state::ReadTx& tx, const std::string& principal, Privilege privilege,
                     const Securable& on) const;
  // The managed locations of catalogs and schemas.
  std::vector<std::string> ManagedLocations(state::ReadTx& tx) const;
  // The same for a folder that is to be one. Throws kExists.
  void CheckMayBeManaged(state::ReadTx& tx, const std::string& location) const;
  void RequireAbsence(state::ReadTx& tx, const std::string& principal, Privilege privilege,
                      const Securable& on) const;
  void InsertKeys(state::Tx& tx, const std::string& table, const std::vector<KeyInfo>& keys) const;
  // No table and no volume is there, above or below. Throws kExists.
  void CheckFolderIsFree(state::ReadTx& tx, const std::string& location) const;
  int64_t InsertCatalog(state::Tx& tx, const CatalogInfo& info) const;
  void InsertSchema(state::Tx& tx, int64_t catalog, const SchemaInfo& info) const;

  // The next revision, in the same transaction as the change it stands for.
  int64_t NextRevision(state::Tx& tx) const;

  Access AccessOf(state::ReadTx& tx, const std::string& principal, const Securable& on) const;
};

// What TableFrom reads.
#define WEIR_TABLE_QUERY                                                                        \
  "SELECT t.id, c.name, s.name, t.name, t.kind, t.owner, t.comment, t.properties, t.location, " \
  "t.view_query, t.view_catalog, t.view_schema, t.view_columns, t.pipeline, t.created, "        \
  "t.updated, t.revision, EXISTS (SELECT 1 FROM loans l WHERE l.table_id = t.id) "              \
  "FROM tables t JOIN schemas s ON s.id = t.schema JOIN catalogs c ON c.id = s.catalog "
TableInfo TableFrom(const state::Statement& row);

// Below, names in catalog case.
QualifiedName InCatalogCase(const QualifiedName& name);
SchemaName InCatalogCase(const SchemaName& name);
Securable InCatalogCase(const Securable& securable);

std::string PropertiesToJson(const Properties& properties);
Properties PropertiesFromJson(const std::string& json);

// Kinds of securables and their absence, in Spark's words.
Error AbsentError(const Securable& securable);
Error DeniedError(const std::string& principal, const Access::Missing& missing);

// Whether one folder is the other or lies in it. Folders as URIs without a '/' at their end.
bool Overlap(const std::string& left, const std::string& right);
std::string WithoutSlash(std::string uri);

}  // namespace weir::catalog
