#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/properties.h"
#include "weir/session/alter_columns.h"
#include "weir/session/lent_files.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/standalone_dataset.h"
#include "weir/session/statement.h"
#include "weir/session/table_keys.h"
#include "weir/session/table_write.h"
#include "weir/session/view_schema.h"
#include "weir/session/volume_path.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

// CREATE, DROP, ALTER and COMMENT ON tables and views.
namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;
using catalog::TableKind;

void Preparer::RequireMayCreate(const QualifiedName& name, Privilege privilege) {
  services_.catalog.RequireLook(principal(), {name.catalog, name.schema});
  if (!services_.catalog.FindSchema({name.catalog, name.schema})) {
    throw Error(ErrorCode::kNotFound,
                "the schema " + catalog::SchemaName{name.catalog, name.schema}.ToString() +
                    " can't be found; CREATE SCHEMA makes it")
        .WithCondition("SCHEMA_NOT_FOUND");
  }
  const catalog::Securable schema{catalog::SecurableKind::kSchema, name.catalog, name.schema, ""};
  services_.catalog.Require(principal(), privilege, schema);
}

namespace {

// Where LOCATION is, once the principal has WRITE FILES there, and READ FILES when there is a table
// already, which they come to own.
std::string AllowedLocation(const Services& services, const std::string& principal,
                            const std::string& path, const std::string& base_folder) {
  const std::string uri = services.stores.Resolve(path, base_folder).uri;
  services.catalog.RequirePath(principal, Privilege::kWriteFiles, uri, path);
  const delta::Table table = OpenTable(services, uri);
  if (table.Exists()) {
    services.catalog.RequirePath(principal, Privilege::kReadFiles, uri, path);
    // A shallow clone that another program made reads files elsewhere.
    const auto latest = table.Latest();
    JudgeFiles(services, principal, *latest, table.location());
  }
  return uri;
}

}  // namespace

namespace {

TableDeclaration Declare(const sql::CreateTable& statement, const sql::PlanPtr& plan) {
  if (plan == nullptr && statement.clauses.columns.empty()) {
    throw Error(ErrorCode::kInvalid, "a new table needs columns, or AS SELECT ...");
  }
  if (plan != nullptr && !statement.clauses.columns.empty()) {
    throw Error(ErrorCode::kInvalid,
                "CREATE TABLE ... AS SELECT takes its columns from the query; leave the list out "
                "and name or CAST the columns in the query");
  }
  // A table that a query makes takes NULL in every column, as Spark's does.
  if (plan == nullptr) {
    return DeclarationOf(statement.clauses, WithKeyColumns(SchemaOf(statement.clauses.columns),
                                                           statement.clauses.keys));
  }
  if (!statement.clauses.keys.empty()) {
    throw Error(ErrorCode::kInvalid,
                "CREATE TABLE ... AS SELECT takes no keys: its columns may be NULL; ALTER TABLE "
                "... ADD CONSTRAINT gives the table keys");
  }
  std::vector<Field> fields;
  const Schema given = sql::SchemaOf(*plan);
  for (const Field& field : given.fields()) fields.push_back(AsNullable(field));
  return DeclarationOf(statement.clauses, Schema(std::move(fields)));
}

}  // namespace

void Preparer::operator()(const sql::CreateTable& statement) {
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  RequireMayCreate(name);
  const auto existing = services_.catalog.FindTable(name);
  if (!existing && statement.must_exist) {
    throw DiagnosticError(
        {{"TABLE_OR_VIEW_NOT_FOUND", "42P01", statement.name.span,
          "the table " + name.ToString() + " can't be found",
          "REPLACE TABLE replaces what is there; write CREATE OR REPLACE TABLE"}});
  }
  if (existing && statement.or_replace) {
    services_.catalog.RequireManage(principal(), SecurableOf(name));
    services_.catalog.RequireTable(principal(), Privilege::kModify, name);
    if (!existing->location.empty()) {
      prepared_.target = LatestOf(OpenTable(services_, existing->location), *existing);
    }
  }
  if (statement.clauses.location) {
    RefuseVolumePath(*statement.clauses.location, statement.clauses.location_span,
                     "a table can't have its folder in a volume",
                     "leave LOCATION out or name a folder outside of volumes; a Delta table in a "
                     "volume is named by its path, delta.`" +
                         *statement.clauses.location + "`");
    const std::string uri =
        services_.stores.Resolve(*statement.clauses.location, options_.base_folder).uri;
    const bool replaces = existing && statement.or_replace;
    // Its own folder is not in the table's way; to whoever may not see the table it is any other.
    const bool stays = existing && statement.if_not_exists &&
                       services_.catalog.Allows(principal(), Privilege::kSelect, SecurableOf(name));
    const bool is_its_own = (replaces || stays) && existing->location == uri;
    if (!is_its_own) {
      AllowedLocation(services_, principal(), *statement.clauses.location, options_.base_folder);
    }
    if (replaces && existing->location != uri) {
      throw DiagnosticError(
          {{"DELTA_CREATE_TABLE_WITH_DIFFERENT_LOCATION", "0A000", statement.name.span,
            "the table " + name.ToString() + " is at " + existing->location +
                ", and CREATE OR REPLACE does not move it to " + uri,
            "leave LOCATION out, or DROP TABLE " + name.ToString() + " first"}});
    }
    prepared_.access.writes.push_back(uri);
  }
  PrepareKeys(statement.clauses.keys, name);
  if (statement.query) BindQuery(*statement.query, options_);
  const bool stays_as_it_is = existing && !statement.or_replace;
  if (HasRules(statement.clauses) && !stays_as_it_is) {
    CheckRules(Declare(statement, prepared_.plan), statement.clauses,
               RuleOptions(services_, options_));
  }
  prepared_.access.writes.push_back(name.ToString());
}

bool IsToBeMade(const std::optional<TableInfo>& existing, const QualifiedName& name,
                bool if_not_exists, bool or_replace) {
  if (!existing) return true;
  if (if_not_exists) return false;
  if (or_replace) return true;
  throw Error(ErrorCode::kExists, "the table or view " + name.ToString() +
                                      " exists already; use CREATE OR REPLACE TABLE, IF NOT "
                                      "EXISTS, or another name")
      .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateTable& statement) {
  const QualifiedName name = Name(statement.name);
  const auto existing = services_.catalog.FindTable(name);
  if (!IsToBeMade(existing, name, statement.if_not_exists, statement.or_replace)) return Done();
  if (existing) {
    CheckIsAsJudged(*existing);
    ReplaceTable(statement, *existing);
  } else {
    const bool made = MakeUnlessThere(
        statement.if_not_exists, [&] { CreateNewTable(statement, name); },
        [&] { return services_.catalog.FindTable(name).has_value(); });
    if (!made) versions_.erase(name.ToString());
  }
  return Done();
}

void Executor::CreateNewTable(const sql::CreateTable& statement, const QualifiedName& name) {
  TableInfo info;
  const auto reserved = services_.catalog.Reserve({name.catalog, name.schema});
  info.id = reserved.id;
  info.name = name;
  info.owner = options_.principal;
  info.comment = statement.clauses.comment;
  info.location = reserved.location;
  if (statement.clauses.location) {
    info.kind = TableKind::kExternal;
    // Again: a link on the way may have been changed since.
    info.location = AllowedLocation(services_, options_.principal, *statement.clauses.location,
                                    options_.base_folder);
  }
  const delta::Table table = OpenTable(services_, info.location);
  if (info.kind == TableKind::kExternal && table.Exists()) {
    RegisterExisting(statement, name, info.location);
    return;
  }
  if (info.kind == TableKind::kExternal) RequireFreeFolder(table.location());
  const TableDeclaration declaration = Declare(statement, prepared_.plan);
  const auto keys =
      KeysFrom(services_, {name, declaration.schema, prepared_.catalog, prepared_.schema},
               statement.clauses.keys);
  TableChange change{
      nullptr, MetadataOf(declaration, services_.clock),
      false,   {},
      {},      CommitOptions(statement.query ? "CREATE TABLE AS SELECT" : "CREATE TABLE")};
  change.domains = ClusteringOf(declaration, *change.metadata, nullptr);
  if (prepared_.plan != nullptr) {
    const auto written = WriteFiles(
        services_, id_, prepared_.plan, prepared_.inputs, table.location(), *change.metadata,
        RuleOptions(services_, options_), prepared_.statement->span.source);
    change.files = written.files;
    change.commit.metrics = WriteMetrics(written);
    found_ = written.statistics;
  }
  // The log first, then the row: the row is what makes the table exist.
  versions_[name.ToString()] = CommitChange(services_, table, change).version;
  try {
    services_.catalog.CreateTable(info, {}, keys);
  } catch (const Error& error) {
    // After a lost answer the row may be there.
    const bool is_absent = error.code() != ErrorCode::kUnavailable;
    if (info.kind == TableKind::kManaged && is_absent) DeleteFolder(table.location());
    throw;
  }
}

void Executor::RegisterExisting(const sql::CreateTable& statement, const QualifiedName& name,
                                const std::string& location) {
  const delta::Table table = OpenTable(services_, location);
  const auto latest = table.Latest();
  const Schema& schema = latest->schema();
  if (prepared_.plan != nullptr) {
    throw Error(ErrorCode::kExists, location +
                                        " holds a Delta table already; register it without "
                                        "AS SELECT, or choose another LOCATION")
        .WithCondition("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
  }
  if (HasRules(statement.clauses)) {
    throw Error(ErrorCode::kInvalid,
                "the table at " + location +
                    " is there already and has the rules that it has; leave CHECK, DEFAULT and "
                    "GENERATED out, and change them with ALTER TABLE")
        .WithCondition("DELTA_CREATE_TABLE_SCHEME_MISMATCH");
  }
  if (!statement.clauses.columns.empty() && !(SchemaOf(statement.clauses.columns) == schema)) {
    throw Error(ErrorCode::kInvalid, "the table at " + location + " has other columns: " +
                                         schema.ToDdl() + "; leave the column list out")
        .WithCondition("DELTA_CREATE_TABLE_SCHEME_MISMATCH");
  }
  TableInfo info;
  info.id = services_.catalog.Reserve({name.catalog, name.schema}).id;
  info.name = name;
  info.kind = TableKind::kExternal;
  info.owner = options_.principal;
  info.location = location;
  // Again, for this version.
  JudgeFiles(services_, options_.principal, *latest, table.location());
  services_.catalog.CreateTable(
      info, LoansFor(services_, options_.principal, *latest, table.location(), table.location()),
      KeysFrom(services_, {name, schema, prepared_.catalog, prepared_.schema},
               statement.clauses.keys));
}

void Executor::ReplaceTable(const sql::CreateTable& statement, const TableInfo& info) {
  if (info.kind != TableKind::kManaged && info.kind != TableKind::kExternal) {
    throw Error(ErrorCode::kInvalid, info.name.ToString() + " is " +
                                         std::string(catalog::TableKindPhrase(info.kind)) +
                                         ", not a table; drop it first")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto& base = prepared_.target;
  const TableDeclaration declaration = Declare(statement, prepared_.plan);
  const auto keys =
      KeysFrom(services_, {info.name, declaration.schema, prepared_.catalog, prepared_.schema},
               statement.clauses.keys);
  TableChange change{base,
                     MetadataOf(declaration, services_.clock),
                     true,
                     {},
                     {},
                     CommitOptions(statement.query ? "CREATE OR REPLACE TABLE AS SELECT"
                                                   : "CREATE OR REPLACE TABLE")};
  change.metadata->id = base->metadata().id;
  change.metadata = delta::WithMappingOf(*std::move(change.metadata), base->metadata());
  change.domains = ClusteringOf(declaration, *change.metadata, base.get());
  if (prepared_.plan != nullptr) {
    const auto written = WriteFiles(
        services_, id_, prepared_.plan, prepared_.inputs, table.location(), *change.metadata,
        RuleOptions(services_, options_), prepared_.statement->span.source);
    change.files = written.files;
    change.commit.metrics = WriteMetrics(written);
    found_ = written.statistics;
  }
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  services_.catalog.ReplaceKeys(info.id, keys);
}

void Preparer::operator()(const sql::AlterTable& statement) {
  if (const auto* view = FindTemporary(state_, statement.kind, statement.name)) {
    return CheckAlterTemporary(statement, *view);
  }
  RequireManage(statement.kind, statement.name);
  PrepareRules(statement);
  PrepareKeys(statement);
  if (const auto* owner = std::get_if<sql::AlterTable::SetOwner>(&statement.action);
      owner != nullptr && statement.kind != sql::ObjectKind::kSchema &&
      statement.kind != sql::ObjectKind::kCatalog && statement.kind != sql::ObjectKind::kVolume) {
    services_.catalog.RequireGive(
        principal(), owner->owner.text,
        SecurableOf(statement.kind, statement.name, options_.catalog, options_.schema));
  }
  if (const auto* rename = std::get_if<sql::AlterTable::RenameTo>(&statement.action)) {
    RequireMayCreate(Qualify(rename->name, options_.catalog, options_.schema),
                     statement.kind == sql::ObjectKind::kVolume ? Privilege::kCreateVolume
                                                                : Privilege::kCreateTable);
  }
}

void Executor::ChangeMetadata(const TableInfo& info, const std::string& operation,
                              const std::function<void(delta::Metadata&)>& change) {
  if (info.kind == TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a view; " + operation + " works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  TableChange next{base, base->metadata(), false, {}, {}, CommitOptions(operation)};
  change(*next.metadata);
  next.metadata = delta::WithColumnsMappedSince(*std::move(next.metadata), base->metadata());
  if (TightensColumns(base->schema(), *next.metadata)) {
    RequireNoNulls(services_, id_, table.location(), base, *next.metadata,
                   RuleOptions(services_, options_));
    next.reads_table = true;
  }
  versions_[info.name.ToString()] = CommitChange(services_, table, next).version;
}

namespace {

class Alteration {
 public:
  explicit Alteration(delta::Metadata& metadata) : metadata_(metadata) {}

  void operator()(const sql::AlterTable::SetProperties& set) {
    for (const auto& [written, value] : set.properties) {
      const std::string key = delta::PropertyName(written);
      delta::CheckMayBeSet(key);
      CheckIsNoConstraint(key);
      if (key == "comment") {
        metadata_.description = value;
      } else {
        metadata_.configuration[key] = value;
      }
    }
  }
  void operator()(const sql::AlterTable::UnsetProperties& unset) {
    for (const std::string& written : unset.keys) {
      const std::string key = delta::PropertyName(written);
      delta::CheckMayBeSet(key);
      CheckIsNoConstraint(key);
      if (metadata_.configuration.erase(key) == 0 && !unset.if_exists) {
        throw Error(ErrorCode::kNotFound, "the table has no property `" + key +
                                              "`; UNSET TBLPROPERTIES IF EXISTS allows it")
            .WithCondition("UNSET_NONEXISTENT_PROPERTIES");
      }
    }
  }
  void operator()(const sql::AlterTable::AddColumns& change) { Alter(metadata_, change); }
  void operator()(const sql::AlterTable::ReplaceColumns& change) { Alter(metadata_, change); }
  void operator()(const sql::AlterTable::RenameColumn& change) { Alter(metadata_, change); }
  void operator()(const sql::AlterTable::DropColumns& change) { Alter(metadata_, change); }
  void operator()(const sql::AlterTable::ChangeColumns& change) { Alter(metadata_, change); }
  void operator()(const sql::AlterTable::RenameTo&) {}
  void operator()(const sql::AlterTable::SetOwner&) {}
  void operator()(const sql::AlterTable::SetViewSchema&) {}
  void operator()(const sql::AlterTable::AddConstraint&) {}
  void operator()(const sql::AlterTable::DropConstraint&) {}
  void operator()(const sql::AlterTable::SyncIdentity&) {}
  void operator()(const sql::AlterTable::ClusterBy&) {}
  void operator()(const sql::AlterTable::DropFeature&) {}
  void operator()(const sql::AlterTable::AddKey&) {}
  void operator()(const sql::AlterTable::DropKey&) {}

 private:
  delta::Metadata& metadata_;
};

const char* OperationOf(const sql::AlterTable& statement) {
  static constexpr const char* kNames[] = {
      "RENAME TABLE",    "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "ADD COLUMNS",
      "REPLACE COLUMNS", "SET OWNER",         "SET VIEW SCHEMA",     "RENAME COLUMN",
      "DROP COLUMNS",    "CHANGE COLUMN",     "ADD CONSTRAINT",      "DROP CONSTRAINT",
      "SYNC IDENTITY",   "CLUSTER BY",        "DROP FEATURE",        "ADD CONSTRAINT",
      "DROP CONSTRAINT"};
  return kNames[statement.action.index()];
}

}  // namespace

std::unique_ptr<Result> Executor::operator()(const sql::AlterTable& statement) {
  if (statement.kind == sql::ObjectKind::kSchema || statement.kind == sql::ObjectKind::kCatalog) {
    AlterNamespace(statement);
    return Done();
  }
  if (FindTemporary(state_, statement.kind, statement.name) != nullptr) {
    return RenameTemporary(statement.name,
                           std::get<sql::AlterTable::RenameTo>(statement.action).name);
  }
  if (statement.kind == sql::ObjectKind::kVolume) {
    AlterVolume(statement);
    return Done();
  }
  if (statement.kind == sql::ObjectKind::kFunction) {
    const auto* owner = std::get_if<sql::AlterTable::SetOwner>(&statement.action);
    if (owner == nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  "ALTER FUNCTION takes OWNER TO; CREATE OR REPLACE FUNCTION changes the rest")
          .WithCondition("UNSUPPORTED_FEATURE");
    }
    catalog::FunctionInfo function = GetFunction(statement.name);
    function.owner = owner->owner.text;
    services_.catalog.UpdateFunction(function);
    return Done();
  }
  const TableInfo info = GetTable(Name(statement.name));
  const bool is_table = info.kind != TableKind::kView && info.kind != TableKind::kMaterializedView;
  // WITH SCHEMA is judged below.
  const bool sets_schema = std::holds_alternative<sql::AlterTable::SetViewSchema>(statement.action);
  if (statement.kind == sql::ObjectKind::kView && is_table && !sets_schema) {
    throw Error(ErrorCode::kInvalid, info.name.ToString() + " is " +
                                         std::string(catalog::TableKindPhrase(info.kind)) +
                                         ", which ALTER TABLE changes, not ALTER VIEW")
        .WithCondition("EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE");
  }
  const bool other_kind = (statement.kind == sql::ObjectKind::kMaterializedView &&
                           info.kind != TableKind::kMaterializedView) ||
                          (statement.kind == sql::ObjectKind::kStreamingTable &&
                           info.kind != TableKind::kStreamingTable);
  if (other_kind) {
    throw Error(ErrorCode::kInvalid, info.name.ToString() + " is " +
                                         std::string(catalog::TableKindPhrase(info.kind)) +
                                         "; alter it by the name of its kind")
        .WithCondition("WRONG_COMMAND_FOR_OBJECT_TYPE");
  }
  if (ChangeRules(info, statement)) return Done();
  if (const auto* rename = std::get_if<sql::AlterTable::RenameTo>(&statement.action)) {
    const QualifiedName to = Name(rename->name);
    services_.catalog.RenameTable(info.name, to, [&](const std::string& statement) {
      return DefinitionNamed(statement, to);
    });
  } else if (const auto* owner = std::get_if<sql::AlterTable::SetOwner>(&statement.action)) {
    TableInfo changed = info;
    changed.owner = owner->owner.text;
    services_.catalog.UpdateTable(changed);
  } else if (const auto* set = std::get_if<sql::AlterTable::SetProperties>(&statement.action);
             set != nullptr && info.kind == TableKind::kView) {
    TableInfo changed = info;
    for (const auto& [key, value] : set->properties) changed.properties[key] = value;
    services_.catalog.UpdateTable(changed);
  } else if (const auto* mode = std::get_if<sql::AlterTable::SetViewSchema>(&statement.action)) {
    if (info.kind != TableKind::kView) {
      throw Error(ErrorCode::kInvalid, info.name.ToString() + " is a table, not a view")
          .WithCondition("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE");
    }
    TableInfo changed = info;
    changed.properties[kViewSchemaProperty] = ViewSchemaName(mode->schema);
    services_.catalog.UpdateTable(changed);
  } else if (const auto* cluster = std::get_if<sql::AlterTable::ClusterBy>(&statement.action)) {
    ClusterTable(info, *cluster);
  } else if (const auto* drop = std::get_if<sql::AlterTable::DropFeature>(&statement.action)) {
    DropFeature(info, *drop);
  } else {
    CheckDefinitionAllows(info, statement);
    CheckKeysAllow(info, statement);
    ChangeMetadata(info, OperationOf(statement), [&](delta::Metadata& metadata) {
      const delta::Metadata before = metadata;
      const auto options = RuleOptions(services_, options_);
      std::visit(Alteration(metadata), statement.action);
      if (metadata.schema_json != before.schema_json) {
        CheckDependents(before, metadata, statement, options);
      }
      if (const auto* alter = std::get_if<sql::AlterTable::ChangeColumns>(&statement.action)) {
        SetDefaults(metadata, *alter, options);
      }
    });
    if (const auto* column = std::get_if<sql::AlterTable::RenameColumn>(&statement.action);
        column != nullptr && column->column.parts.size() == 1) {
      services_.catalog.RenameKeyColumn(info.id, column->column.parts[0].text, column->to.text);
    }
  }
  return Done();
}

// What of the columns its own statement would undo, or not know any more.
void Executor::CheckDefinitionAllows(const TableInfo& info,
                                     const sql::AlterTable& statement) const {
  using Alter = sql::AlterTable;
  const bool is_view = info.kind == TableKind::kMaterializedView;
  const auto& action = statement.action;
  const bool of_names = std::holds_alternative<Alter::RenameColumn>(action) ||
                        std::holds_alternative<Alter::DropColumns>(action) ||
                        std::holds_alternative<Alter::ReplaceColumns>(action);
  const bool of_others = std::holds_alternative<Alter::AddColumns>(action) ||
                         std::holds_alternative<Alter::ChangeColumns>(action);
  if (!of_names && !(of_others && is_view)) return;
  if (!services_.catalog.FindDefinition(info.id)) return;
  throw Error(ErrorCode::kUnsupported,
              std::string(OperationOf(statement)) + " is not for " + info.name.ToString() +
                  ", whose own statement says what columns it has (SHOW CREATE TABLE prints it); "
                  "put another statement in its place: CREATE OR REFRESH " +
                  (is_view ? "MATERIALIZED VIEW " : "STREAMING TABLE ") + info.name.ToString() +
                  " ...")
      .WithCondition("UNSUPPORTED_FEATURE");
}

void Executor::CheckKeysAllow(const TableInfo& info, const sql::AlterTable& statement) const {
  if (const auto* drop = std::get_if<sql::AlterTable::DropColumns>(&statement.action)) {
    for (const sql::Name& column : drop->columns) {
      if (column.parts.size() > 1) continue;
      CheckIsNoKeyColumn(services_, info, column.parts[0].text, "be dropped");
    }
  } else if (const auto* changes = std::get_if<sql::AlterTable::ChangeColumns>(&statement.action)) {
    for (const sql::AlterTable::ColumnChange& change : changes->changes) {
      if (!change.nullable.value_or(false) || change.column.parts.size() > 1) continue;
      CheckIsNoKeyColumn(services_, info, change.column.parts[0].text, "become nullable", true);
    }
  } else if (const auto* all = std::get_if<sql::AlterTable::ReplaceColumns>(&statement.action)) {
    std::set<std::string> left;
    for (const auto& column : all->columns) left.insert(LowerName(column.name.text));
    for (const catalog::KeyInfo& key : services_.catalog.KeysOf(info.id)) {
      for (const std::string& column : key.columns) {
        if (!left.contains(LowerName(column))) {
          CheckIsNoKeyColumn(services_, info, column, "be dropped");
        }
      }
    }
  }
}

}  // namespace weir::session
