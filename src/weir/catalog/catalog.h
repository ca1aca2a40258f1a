#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/catalog/names.h"
#include "weir/state/database.h"

namespace weir::catalog {

enum class TableKind { kManaged, kExternal, kView, kMaterializedView, kStreamingTable };
// "MANAGED", "EXTERNAL", "VIEW", "MATERIALIZED_VIEW", "STREAMING_TABLE": Unity Catalog's names.
std::string_view TableKindName(TableKind kind);

using Properties = std::map<std::string, std::string>;

struct CatalogInfo {
  std::string name;
  std::string owner;
  std::optional<std::string> comment;
};
struct SchemaInfo {
  SchemaName name;
  std::string owner;
  std::optional<std::string> comment;
  Properties properties;
};
// What a view is: its query's text and the names in force when it was made.
struct ViewDefinition {
  std::string query;
  std::string catalog;
  std::string schema;
  std::string schema_json;  // Of its columns (types/schema_json.h).
};
struct TableInfo {
  std::string id;  // UUID, for ever.
  QualifiedName name;
  TableKind kind = TableKind::kManaged;
  std::string owner;
  std::optional<std::string> comment;  // Views; of tables it lives in the Delta metadata too.
  Properties properties;               // Views; of tables they live in the Delta metadata.
  std::string location;                // URI of the table's folder; "" for views.
  std::optional<ViewDefinition> view;
  std::string pipeline_id;  // Which pipeline fills it; "" for none.
  Instant created;
  Instant updated;
  int64_t revision = 0;
};

enum class Privilege {
  kUseCatalog,
  kUseSchema,
  kSelect,
  kModify,
  kCreateTable,
  kCreateSchema,
  kCreateCatalog,
  kReadFiles,
  kWriteFiles,
  kManage,
  kAllPrivileges,
};
std::string_view PrivilegeName(Privilege privilege);  // "USE CATALOG"
std::optional<Privilege> ParsePrivilege(std::string_view name);

enum class SecurableKind { kMetastore, kCatalog, kSchema, kTable };
struct Securable {
  SecurableKind kind = SecurableKind::kMetastore;
  std::string catalog, schema, table;  // As far as the kind goes.
  std::string ToString() const;
};
struct GrantInfo {
  std::string principal;
  Privilege privilege;
  Securable securable;
};

// One statement, from before it runs until after. Objects are full names or URIs.
struct StatementRecord {
  std::string id;
  std::string principal;
  std::string text;
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  std::string decision;  // "ALLOWED", or "DENIED: ..." with what was missing.
};

// Names, tables, grants and the record of statements: what every process on one home shares. Every
// permission decision is made here. All calls are transactions of their own, durable on return,
// safe from many threads and processes. Failures: kNotFound, kExists, kDenied, kConflict.
class Catalog {
 public:
  // `managed_root`: URI of the folder that holds managed tables, each under its id. `admin` owns
  // what a new home starts with: catalog `main`, schema `main.default`.
  Catalog(state::Database& database, const Clock& clock, std::string managed_root,
          const std::string& admin);
  ~Catalog();

  // Grows with every change of names or grants; a prepared statement checks that it still holds.
  int64_t Revision() const;

  // Names. Look-ups don't judge permissions; Require* do.
  std::optional<CatalogInfo> FindCatalog(const std::string& name) const;
  std::optional<SchemaInfo> FindSchema(const SchemaName& name) const;
  std::optional<TableInfo> FindTable(const QualifiedName& name) const;
  std::vector<CatalogInfo> ListCatalogs(
      const std::string& principal) const;  // Only what it may see.
  std::vector<SchemaInfo> ListSchemas(const std::string& principal,
                                      const std::string& catalog) const;
  std::vector<TableInfo> ListTables(const std::string& principal, const SchemaName& schema) const;
  // The table whose folder is `uri`, holds it, or lies inside it.
  std::optional<TableInfo> TableAt(const std::string& uri) const;

  void CreateCatalog(const CatalogInfo& info);
  void CreateSchema(const SchemaInfo& info);
  // A new id and, for managed tables, where its folder is to be.
  struct Reservation {
    std::string id;
    std::string location;
  };
  Reservation ReserveTable() const;
  // The row is what makes the table exist: write its log first. kExists when the name is taken.
  void CreateTable(const TableInfo& info);
  // Same id, new row: views redefined, comments, properties, owner, kind, pipeline claim.
  // kConflict when somebody changed it since `info.revision`.
  void UpdateTable(const TableInfo& info);
  void RenameTable(const QualifiedName& from, const QualifiedName& to);
  // The row goes first; the caller then deletes a managed table's files. Returns what was dropped.
  TableInfo DropTable(const QualifiedName& name);
  void UpdateSchema(const SchemaInfo& info);
  void DropSchema(const SchemaName& name);  // kConflict (SCHEMA_NOT_EMPTY) unless empty.
  void DropCatalog(const std::string& name);

  // Permissions. Require throws kDenied with what is missing and on what.
  bool Allows(const std::string& principal, Privilege privilege, const Securable& on) const;
  void Require(const std::string& principal, Privilege privilege, const Securable& on) const;
  // SELECT or MODIFY on a table, with USE CATALOG and USE SCHEMA.
  void RequireTable(const std::string& principal, Privilege privilege,
                    const QualifiedName& name) const;
  // Owner, MANAGE, or owner of a container.
  void RequireManage(const std::string& principal, const Securable& on) const;
  // A path a statement names by itself: refused inside managed storage and where it overlaps a
  // table, whoever asks; else READ FILES or WRITE FILES.
  void RequirePath(const std::string& principal, Privilege privilege, const std::string& uri) const;
  void Grant(const std::string& principal, Privilege privilege, const Securable& on);
  void Revoke(const std::string& principal, Privilege privilege, const Securable& on);
  std::vector<GrantInfo> Grants(const Securable& on) const;

  // Statement records.
  void BeginStatement(const StatementRecord& record);
  // `outcome`: "SUCCEEDED", "FAILED: CODE message", "CANCELLED"; versions by table name.
  void FinishStatement(const std::string& id, const std::string& outcome,
                       const std::map<std::string, int64_t>& versions);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::catalog
