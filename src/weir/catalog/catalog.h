#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/catalog/names.h"
#include "weir/state/database.h"

namespace weir::catalog {

// An event log is one of a pipeline, which only its updates write.
enum class TableKind { kManaged, kExternal, kView, kMaterializedView, kStreamingTable, kEventLog };
// "MANAGED", "EXTERNAL", "VIEW", "MATERIALIZED_VIEW", "STREAMING_TABLE": Unity Catalog's names; and
// "EVENT_LOG".
std::string_view TableKindName(TableKind kind);
// As a sentence has it: "a table", "an external table", "a materialized view".
std::string_view TableKindPhrase(TableKind kind);

using Properties = std::map<std::string, std::string>;

struct CatalogInfo {
  std::string name;
  std::string owner;
  std::optional<std::string> comment;
  std::string managed_location = {};  // URI of the folder of its managed tables; "": the home's.
};
struct SchemaInfo {
  SchemaName name;
  std::string owner;
  std::optional<std::string> comment;
  Properties properties;
  std::string managed_location = {};  // "": its catalog's.
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
  bool has_loans = false;  // Files of it may be in other folders: a shallow clone.
};

// A folder in which files of a table may be though it is not the table's own.
struct Loan {
  std::string folder;  // URI.
  std::string maker;   // Who made the clone, and could read what is in the folder then.
  bool operator==(const Loan&) const = default;
};

// A key that a table is said to have; nobody checks it.
struct KeyInfo {
  std::string name;
  std::vector<std::string> columns;
  std::optional<QualifiedName> parent = {};      // Of a foreign key: whose primary key it means.
  std::string parent_key = {};                   // Its name.
  std::vector<std::string> parent_columns = {};  // What `columns` stand for, one by one.
  std::vector<std::string> options = {};         // "RELY", "TIMESERIES a", ...
  bool IsPrimary() const { return !parent; }
};

// What a streaming table or materialised view of no pipeline is: the statement that made it, and
// what was in force.
struct DatasetDefinition {
  std::string statement;
  std::string catalog;
  std::string schema;
  std::string time_zone;
};

enum class VolumeKind { kManaged, kExternal };
std::string_view VolumeKindName(VolumeKind kind);  // "MANAGED", "EXTERNAL"

// A folder of files that has a name. Its name may be that of a table, too.
struct VolumeInfo {
  std::string id;  // UUID, for ever.
  QualifiedName name;
  VolumeKind kind = VolumeKind::kManaged;
  std::string owner;
  std::optional<std::string> comment;
  std::string location;  // URI of the folder.
  Instant created;
  Instant updated;
  int64_t revision = 0;
};

// "MANAGED_SHALLOW_CLONE" for one that has loans, else the name of its kind.
std::string TableTypeName(const TableInfo& info);

// What a function of SQL takes, returns and computes.
struct FunctionDefinition {
  bool is_table = false;        // It returns rows.
  std::string parameters_json;  // As the fields of a schema (types/schema_json.h).
  std::string returns_json;     // The columns likewise; of a scalar function one.
  std::string body;             // The text of an expression, or of a query where it is_table.
  bool deterministic = true;
  bool reads_data = false;
  std::string catalog;  // The names in force when it was made.
  std::string schema;
  std::optional<std::string> time_zone = {};  // Likewise; nothing: not known, the caller's.
};
// A function that users defined. Its name may be that of a table or volume, too.
struct FunctionInfo {
  std::string id;  // UUID, for ever.
  QualifiedName name;
  std::string owner;
  std::optional<std::string> comment;
  FunctionDefinition definition;
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
  kReadVolume,
  kWriteVolume,
  kCreateVolume,
  kExecute,
  kCreateFunction,
  kManage,
  kAllPrivileges,
};
std::string_view PrivilegeName(Privilege privilege);  // "USE CATALOG"
std::optional<Privilege> ParsePrivilege(std::string_view name);

enum class SecurableKind { kMetastore, kCatalog, kSchema, kTable, kVolume, kFunction };
struct Securable {
  SecurableKind kind = SecurableKind::kMetastore;
  std::string catalog, schema;  // As far as the kind goes.
  std::string table;            // Or view, volume, function.
  std::string ToString() const;
};
struct GrantInfo {
  std::string principal;
  Privilege privilege;
  Securable securable;
};

// One statement, from before it runs until after. Objects are full names or URIs. Of a long text
// the first 16 KiB are kept, and what looks like a secret in it is not.
struct StatementRecord {
  std::string id;
  std::string principal;
  std::string text;
  std::vector<std::string> reads;
  std::vector<std::string> writes;
  std::string decision;  // "ALLOWED", or "DENIED: ..." with what was missing.
  // Before it looked at any table; nothing: now.
  std::optional<Instant> begun = std::nullopt;
};

// A record that nobody closed.
struct AbandonedStatement {
  StatementRecord record;
  Instant begun;
};

// A record that is not closed.
struct OpenStatement {
  StatementRecord record;
  Instant begun;
  int64_t process = 0;
  bool is_abandoned = false;  // Its process is gone.
};

// Names, tables, grants and the record of statements: what every process on one home shares. Every
// permission decision is made here. All calls are transactions of their own, durable on return,
// safe from many threads and processes. Names may come in any case. Failures: kNotFound, kExists,
// kDenied, kConflict, kInvalid, each with Spark's condition; and those of state::Database.
//
// Permissions are Unity Catalog's: a grant on a container reaches what is in it, now and later; to
// reach anything one needs USE CATALOG and USE SCHEMA above it; an owner has every privilege on
// what they own, and may manage (grant, alter, drop), not read, what is inside it; MANAGE likewise;
// ALL PRIVILEGES is every privilege but MANAGE. The admins, who made the home, may do everything
// but name paths of tables and volumes. `account users` is everybody. Judgement goes from the
// outside in, and says the same of what is absent as of what one may not see.
class Catalog {
 public:
  // `managed_root`: URI of the folder that holds managed tables, each under its id. `admin` owns
  // what a new home starts with: catalog `main`, schema `main.default`; in an existing home it is
  // not looked at. `closed_roots`: URIs of more folders in which no statement may name a path, such
  // as the home's own.
  Catalog(state::Database& database, const Clock& clock, std::string managed_root,
          const std::string& admin, std::vector<std::string> closed_roots = {});
  ~Catalog();

  // Grows with every change of names or grants; a prepared statement checks that it still holds.
  int64_t Revision() const;
  // Makes it grow: what is prepared looks at its tables again, and is in the record of statements
  // before it does. Whoever deletes files asks for OpenStatements after that.
  void OutdatePrepared();

  // Names. Look-ups don't judge permissions; Require* do. Tables that are private to a pipeline are
  // absent for all that does not say otherwise.
  std::optional<CatalogInfo> FindCatalog(const std::string& name) const;
  std::optional<SchemaInfo> FindSchema(const SchemaName& name) const;
  std::optional<TableInfo> FindTable(const QualifiedName& name) const;
  // The table that the pipeline keeps to itself under this name.
  std::optional<TableInfo> FindPrivateTable(const QualifiedName& name,
                                            const std::string& pipeline_id) const;
  std::vector<CatalogInfo> ListCatalogs(
      const std::string& principal) const;  // Only what it may see.
  std::vector<SchemaInfo> ListSchemas(const std::string& principal,
                                      const std::string& catalog) const;
  std::vector<TableInfo> ListTables(const std::string& principal, const SchemaName& schema) const;
  // Those of it that are private to pipelines.
  std::vector<TableInfo> ListPrivateTables(const std::string& principal,
                                           const SchemaName& schema) const;
  // What a pipeline fills, its event log and what is private to it too, of that which the principal
  // may see.
  std::vector<TableInfo> TablesOfPipeline(const std::string& principal,
                                          const std::string& pipeline_id) const;
  // The event logs of the pipelines with this id or name (the id without the `@` and what follows).
  std::vector<TableInfo> EventLogs(const std::string& pipeline) const;
  std::optional<VolumeInfo> FindVolume(const QualifiedName& name) const;
  std::vector<VolumeInfo> ListVolumes(const std::string& principal, const SchemaName& schema) const;
  std::optional<FunctionInfo> FindFunction(const QualifiedName& name) const;
  std::vector<FunctionInfo> ListFunctions(const std::string& principal,
                                          const SchemaName& schema) const;
  // Whether the folder of a table or volume, or one that is lent, is `uri`, holds it, or lies
  // inside it. URIs as io::Stores gives them.
  bool IsTaken(const std::string& uri) const;
  // The table whose folder is just that.
  std::optional<TableInfo> FindTableIn(const std::string& uri) const;

  // With a schema `default` in it. A managed location must not overlap the folder of a table or
  // volume, nor another managed location: kExists.
  void CreateCatalog(const CatalogInfo& info);
  void CreateSchema(const SchemaInfo& info);
  // A new id and, for what is managed in that schema, where its folder is to be.
  struct Reservation {
    std::string id;
    std::string location;
  };
  Reservation Reserve(const SchemaName& schema) const;
  // The row is what makes the table exist: write its log first. kExists when the name is taken, or
  // when the folder of another table or volume overlaps. `created`, `updated`, `revision` are not
  // looked at. With `loans` as Borrow gives them, and `keys` as ReplaceKeys does.
  void CreateTable(const TableInfo& info, const std::vector<Loan>& loans = {},
                   const std::vector<KeyInfo>& keys = {});
  // Same id, new row: views redefined, comments, properties, owner, kind, pipeline claim. Its name
  // and location stay. kConflict when somebody changed it since `info.revision`; kExists when it
  // takes the table from another pipeline, which has to let go of it first ("").
  void UpdateTable(const TableInfo& info);
  // Of a streaming table or materialised view that no pipeline fills, by the table's id. Goes with
  // the table.
  std::optional<DatasetDefinition> FindDefinition(const std::string& table_id) const;
  void PutDefinition(const std::string& table_id, const DatasetDefinition& definition);
  // Within one catalog. `renamed` makes of the statement that defines the table, where one does,
  // the one that defines it under its new name.
  void RenameTable(const QualifiedName& from, const QualifiedName& to,
                   const std::function<std::string(const std::string&)>& renamed = {});
  // The row goes first; the caller then deletes a managed table's files. Returns what was dropped.
  TableInfo DropTable(const QualifiedName& name);
  // From now on files of the table may be in these folders too, until it is dropped. kConflict when
  // one of them, in managed storage, is no table's any more and nobody else's loan.
  void Borrow(const std::string& table_id, const std::vector<Loan>& loans);
  std::vector<Loan> LoansOf(const std::string& table_id) const;
  // The tables that borrow `uri`, what holds it, or what lies inside it.
  std::vector<TableInfo> BorrowersOf(const std::string& uri) const;
  bool IsManaged(const std::string& uri) const;  // Whether it overlaps managed storage.
  // Whether it is in managed storage and no table's or volume's: left behind for those who borrow.
  bool IsLeftBehind(const std::string& uri) const;
  // The primary key first, then by name.
  std::vector<KeyInfo> KeysOf(const std::string& table_id) const;
  // kExists when the table has such a key, or a key of that name is in its schema; kNotFound when
  // the table that a foreign key refers to, or its primary key, is gone.
  void AddKey(const std::string& table_id, const KeyInfo& key);
  // Instead of those that it has. Foreign keys of other tables that referred to them go.
  void ReplaceKeys(const std::string& table_id, const std::vector<KeyInfo>& keys);
  // With foreign keys that refer to it.
  void DropKey(const std::string& table_id, const std::string& name);
  // The tables, but for this one itself, with foreign keys that refer to its primary key.
  std::vector<TableInfo> TablesReferringTo(const std::string& table_id) const;
  void RenameKeyColumn(const std::string& table_id, const std::string& from, const std::string& to);
  // A volume is its row: its folder comes with the first file, and goes after the row. Else as for
  // tables, of whose functions these are the like; UpdateVolume changes owner and comment.
  void CreateVolume(const VolumeInfo& info);
  void UpdateVolume(const VolumeInfo& info);
  void RenameVolume(const QualifiedName& from, const QualifiedName& to);
  VolumeInfo DropVolume(const QualifiedName& name);
  // As for volumes. UpdateFunction keeps id and name: owner, comment, definition.
  void CreateFunction(const FunctionInfo& info);
  void UpdateFunction(const FunctionInfo& info);
  FunctionInfo DropFunction(const QualifiedName& name);
  void UpdateCatalog(const CatalogInfo& info);  // Owner and comment.
  void UpdateSchema(const SchemaInfo& info);
  // kConflict (SCHEMA_NOT_EMPTY) unless empty. Event logs and private tables of pipelines don't
  // count: they go with the schema, and the caller then deletes the files of those returned.
  std::vector<TableInfo> DropSchema(const SchemaName& name);
  // Likewise; an empty schema `default` is no matter.
  std::vector<TableInfo> DropCatalog(const std::string& name);

  // Permissions, with USE CATALOG and USE SCHEMA as needed. Require throws kDenied (condition
  // PERMISSION_DENIED) with what is missing and on what, else kNotFound when `on` is absent.
  bool Allows(const std::string& principal, Privilege privilege, const Securable& on) const;
  void Require(const std::string& principal, Privilege privilege, const Securable& on) const;
  // The same for a table or view.
  void RequireTable(const std::string& principal, Privilege privilege,
                    const QualifiedName& name) const;
  // The same for a volume; gives what was judged. Who is told that there is none (RequireAbsence):
  // kNotFound, UC_VOLUME_NOT_FOUND.
  VolumeInfo RequireVolume(const std::string& principal, Privilege privilege,
                           const QualifiedName& name) const;
  // The same for a function (ROUTINE_NOT_FOUND).
  FunctionInfo RequireFunction(const std::string& principal, Privilege privilege,
                               const QualifiedName& name) const;
  // What it takes to be told that there is no such table or volume: to be allowed `privilege`
  // (MANAGE: to manage it) if it were there, or to make one of that name. Throws kDenied, in the
  // words for one that is there.
  void RequireAbsence(const std::string& principal, Privilege privilege, const Securable& on) const;
  // What it takes to be told what is in a schema, or absent from it: USE CATALOG and USE SCHEMA,
  // whether there is such a schema or not. Throws kDenied.
  void RequireLook(const std::string& principal, const SchemaName& schema) const;
  // Owner, MANAGE, or owner of a container.
  void RequireManage(const std::string& principal, const Securable& on) const;
  // To make `owner` the owner of a table, view or function: RequireManage. Views and functions read
  // with their owner's rights, so only an admin makes somebody else than themselves the owner of
  // one.
  void RequireGive(const std::string& principal, const std::string& owner,
                   const Securable& on) const;
  // A folder that weir itself writes on somebody's behalf: refused where RequirePath refuses
  // whoever asks.
  void RequireOutside(const std::string& principal, const std::string& uri,
                      const std::string& written = "") const;
  // A path a statement names by itself, as the URI io::Stores gave: refused inside managed storage
  // and closed roots, above them, and where it overlaps a table or volume, whoever asks; else
  // judged by READ FILES or WRITE FILES, which are granted on the metastore. `written`: as the
  // statement has it; a refusal says that, and not where a link in it leads.
  void RequirePath(const std::string& principal, Privilege privilege, const std::string& uri,
                   const std::string& written = "") const;
  // kInvalid when that privilege means nothing there.
  void Grant(const std::string& principal, Privilege privilege, const Securable& on);
  void Revoke(const std::string& principal, Privilege privilege, const Securable& on);
  std::vector<GrantInfo> Grants(const Securable& on) const;

  // Statement records. Durable before the statement runs. Kept for 90 days, and a million of them
  // at most; each new one removes some that are older. Those of statements that run stay.
  void BeginStatement(const StatementRecord& record);
  // `outcome`: "SUCCEEDED", "FAILED: CODE message", "CANCELLED"; versions by table name.
  void FinishStatement(const std::string& id, const std::string& outcome,
                       const std::map<std::string, int64_t>& versions);
  // Those that run or were abandoned, oldest first.
  std::vector<OpenStatement> OpenStatements() const;
  // Closes the records of processes that are gone, with the outcome "ABANDONED", and gives them.
  std::vector<AbandonedStatement> CloseAbandonedStatements();

  struct Impl;  // For the files that implement this.

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::catalog
