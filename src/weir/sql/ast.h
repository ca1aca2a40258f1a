#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/sql/ast_query.h"

// The statements; what they hold of expressions and queries is in ast_query.h.
namespace weir::sql {

enum class ViolationAction { kWarn, kDropRow, kFailUpdate };
// CONSTRAINT name EXPECT (condition) [ON VIOLATION DROP ROW | FAIL UPDATE]
struct Expectation {
  Identifier name;
  ExprPtr condition;
  ViolationAction action = ViolationAction::kWarn;
};
struct IdentityColumn {  // GENERATED ... AS IDENTITY (START WITH 1 INCREMENT BY 1)
  bool always = true;    // Else BY DEFAULT: a value may be given.
  int64_t start = 1;
  int64_t step = 1;
};
struct ColumnDefinition {
  Identifier name;
  std::optional<DataType> type;  // May be left out in views and datasets with a query.
  // As it was written where strings in it have a length: "char(5)" (types/raw_type.h).
  std::optional<std::string> raw_type = {};
  bool not_null = false;
  std::optional<std::string> comment;
  std::shared_ptr<const Expr> default_value;  // DEFAULT; may be null.
  std::shared_ptr<const Expr> generated;      // GENERATED ALWAYS AS (...); may be null.
  // The texts of these, as a table keeps them; the span of an expression may lack parentheses.
  std::string default_text;
  std::string generated_text;
  std::optional<IdentityColumn> identity;
  Span span;
};
using Properties = std::map<std::string, std::string>;
// [CONSTRAINT name] CHECK (condition)
struct CheckConstraintDefinition {
  std::optional<Identifier> name;
  std::shared_ptr<const Expr> condition;
  std::string text;  // Of the condition, as the table keeps it.
};
// [CONSTRAINT name] PRIMARY KEY (a, b), [CONSTRAINT name] FOREIGN KEY (a) REFERENCES t (b)
struct KeyDefinition {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;
  std::optional<Identifier> timeseries;    // One of them.
  std::optional<Name> parent;              // Nothing: a primary key.
  std::vector<Identifier> parent_columns;  // Empty: those of its primary key.
  std::vector<std::string> options;        // "RELY", "NOT ENFORCED", ...
  Span span;
};
// What CREATE TABLE, STREAMING TABLE and MATERIALIZED VIEW share.
// How a materialised view is brought up to date: by what changed where that is possible and
// cheaper; where it is possible (refused when it never is); always so, or not at all; computed
// anew.
enum class RefreshPolicy { kAuto, kIncremental, kIncrementalStrict, kFull };
// "INCREMENTAL STRICT"
std::string_view RefreshPolicyText(RefreshPolicy policy);

struct TableClauses {
  std::vector<ColumnDefinition> columns;
  std::vector<Expectation> expectations;  // Datasets of pipelines only.
  std::vector<CheckConstraintDefinition> checks;
  std::vector<KeyDefinition> keys;
  std::optional<Identifier> using_;  // USING DELTA
  std::vector<Identifier> partitioned_by;
  std::vector<Name> cluster_by;
  std::optional<std::string> location;
  Span location_span;
  std::optional<std::string> comment;
  Properties properties;
  std::optional<RefreshPolicy> refresh_policy;  // Materialised views only.
  Span refresh_policy_span;
};

struct QueryStatement {
  QueryPtr query;
};
struct CreateTable {
  Name name;
  bool or_replace = false;
  bool must_exist = false;  // REPLACE TABLE: or_replace of what is there.
  bool if_not_exists = false;
  TableClauses clauses;
  QueryPtr query;  // May be null.
};
// What a view does when the columns of its query are others than when it was made: refuses types
// that do not fit without loss, casts to the types it had, takes the new types, takes new columns.
enum class ViewSchema { kBinding, kCompensation, kTypeEvolution, kEvolution };
struct CreateView {
  Name name;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  bool global = false;  // With temporary.
  std::vector<ColumnDefinition> columns;
  std::optional<std::string> comment;
  Properties properties;
  std::optional<ViewSchema> schema;  // WITH SCHEMA
  QueryPtr query;
};
// (a, b), or * EXCEPT (a, b).
struct ColumnChoice {
  std::vector<Identifier> names;
  bool except = false;
  Span span;
};
// AUTO CDC, which keeps a table as the events of a change feed, or snapshots, say it is.
struct AutoCdc {
  FromItemPtr source;  // FROM a stream; null: FROM SNAPSHOT.
  QueryPtr snapshot;   // FROM SNAPSHOT (query)
  QueryPtr version;    // WITH VERSION (query); may be null.
  std::vector<Identifier> keys;
  bool ignore_null_updates = false;
  ExprPtr delete_when;    // May be null.
  ExprPtr truncate_when;  // May be null.
  ExprPtr sequence_by;    // Null of FROM SNAPSHOT.
  std::optional<ColumnChoice> columns;
  int scd_type = 1;
  std::optional<ColumnChoice> track_history;
  Span span;       // From FROM on.
  Span type_span;  // Of STORED AS; of all where that was left out.
};
// What a flow's rows take the place of: REPLACE WHERE condition, REPLACE USING (columns) SEQUENCE
// BY column.
struct FlowReplace {
  ExprPtr where;  // Null of USING.
  std::vector<Identifier> columns;
  std::optional<Identifier> sequence;
  Span span;
};
// What fills a table: a query whose rows are added, or take the place of others, or AUTO CDC.
struct FlowBody {
  bool once = false;
  bool by_name = false;
  std::unique_ptr<FlowReplace> replace = nullptr;  // May be null.
  QueryPtr query;                                  // Null of AUTO CDC.
  std::unique_ptr<AutoCdc> cdc;                    // Null of a query.
};
// CREATE [OR REFRESH] [PRIVATE] STREAMING TABLE / MATERIALIZED VIEW; also the LIVE spellings.
struct CreateDataset {
  enum class Kind { kStreamingTable, kMaterializedView };
  Kind kind;
  Name name;
  bool or_refresh = false;
  bool if_not_exists = false;
  bool is_private = false;
  TableClauses clauses;
  QueryPtr query;  // May be null for a streaming table: filled by flows.
  std::optional<FlowBody> flow = std::nullopt;  // FLOW ..., instead of a query.
};
// CREATE FLOW f AS INSERT INTO [ONCE] t BY NAME query; CREATE FLOW f AS AUTO CDC [ONCE] INTO t FROM
// ..., and the older APPLY CHANGES INTO t FROM ..., a flow of the table's own name.
struct CreateFlow {
  Name name;
  std::optional<std::string> comment;
  Name target;
  FlowBody body;
};
// REFRESH {MATERIALIZED VIEW | STREAMING TABLE | [TABLE]} t [FULL] [SYNC]
struct RefreshDataset {
  enum class Kind { kAny, kStreamingTable, kMaterializedView };
  Kind kind = Kind::kAny;
  Name target;
  bool full = false;
};
struct CreateSchema {
  Name name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  std::optional<std::string> managed_location;  // MANAGED LOCATION
  Span location_span;                           // Of either.
  Properties properties;
};
struct CreateCatalog {
  Identifier name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
  std::optional<std::string> managed_location;
  Span location_span;
};
enum class ObjectKind {
  kMetastore,  // GRANT and SHOW GRANTS alone: the whole home; its name has no parts.
  kCatalog,
  kSchema,
  kTable,
  kView,
  kMaterializedView,
  kStreamingTable,
  kVolume,
  kFunction
};
// CREATE [EXTERNAL] VOLUME v [LOCATION 'path'] [COMMENT 'text']
struct CreateVolume {
  Name name;
  bool if_not_exists = false;
  std::optional<std::string> location;  // Of an external one.
  Span location_span;
  std::optional<std::string> comment;
};
// A parameter of a function, or a column that it returns.
struct RoutineParameter {
  Identifier name;
  DataType type;
  ExprPtr otherwise;  // DEFAULT; may be null.
  std::optional<std::string> comment;
};
// CREATE [OR REPLACE] [TEMPORARY] FUNCTION f (a INT DEFAULT 1) RETURNS type | TABLE (...) RETURN
// ...
struct CreateFunction {
  Name name;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  std::vector<RoutineParameter> parameters;
  bool is_table = false;
  std::optional<DataType> returns;        // Of a scalar one; nothing: the type of its body.
  std::vector<RoutineParameter> columns;  // Of a table one; empty: those of its body.
  std::optional<std::string> comment;
  std::optional<bool> deterministic;
  std::optional<bool> reads_data;  // READS SQL DATA; false: CONTAINS SQL.
  // What follows RETURN. A scalar one that returns a query has it as a sub-query; a table one that
  // returns no query has no body.
  ExprPtr body;
  QueryPtr query;
};
struct Drop {
  ObjectKind kind;  // kTable also drops streaming tables and materialised views.
  Name name;
  bool if_exists = false;
  bool cascade = false;
  bool temporary = false;  // DROP TEMPORARY VIEW, FUNCTION: nothing of the catalog.
};
struct AlterTable {
  struct RenameTo {
    Name name;
  };
  struct SetProperties {
    Properties properties;
  };
  struct UnsetProperties {
    std::vector<std::string> keys;
    bool if_exists = false;
  };
  // FIRST, or AFTER a sibling.
  struct ColumnPlace {
    std::optional<Identifier> after;  // Nothing: FIRST.
  };
  struct AddedColumn {
    Name inside;  // The struct that it becomes a field of; no parts: the table.
    ColumnDefinition definition;
    std::optional<ColumnPlace> place;
  };
  struct AddColumns {
    std::vector<AddedColumn> columns;
  };
  // All that the table is to have, in this order.
  struct ReplaceColumns {
    std::vector<ColumnDefinition> columns;
  };
  struct SetOwner {
    Identifier owner;
  };
  struct SetViewSchema {
    ViewSchema schema;
  };
  struct RenameColumn {
    Name column;  // May lead into structs, here and below.
    Identifier to;
  };
  struct DropColumns {
    std::vector<Name> columns;
    bool if_exists = false;
  };
  // SET DEFAULT expression, DROP DEFAULT
  struct ColumnDefault {
    std::shared_ptr<const Expr> value;  // Null: DROP.
    std::string text;
  };
  // What is there is to change.
  struct ColumnChange {
    Name column;
    std::optional<DataType> type;
    std::optional<bool> nullable;
    std::optional<std::string> comment;
    std::optional<ColumnPlace> place;
    std::optional<ColumnDefault> default_value;
  };
  struct ChangeColumns {
    std::vector<ColumnChange> changes;
  };
  struct AddConstraint {
    CheckConstraintDefinition constraint;
  };
  struct DropConstraint {
    Identifier name;
    bool if_exists = false;
    bool cascade = false;  // Of a primary key: the foreign keys that refer to it go too.
  };
  struct AddKey {
    KeyDefinition key;
  };
  // DROP PRIMARY KEY, DROP FOREIGN KEY (a, b)
  struct DropKey {
    std::vector<Identifier> columns;  // Empty: the primary key.
    bool if_exists = false;
    bool cascade = false;
    Span span;
  };
  // ALTER COLUMN c SYNC IDENTITY
  struct SyncIdentity {
    Name column;
  };
  // CLUSTER BY (a, b.c), CLUSTER BY NONE
  struct ClusterBy {
    std::vector<Name> columns;  // Empty: NONE.
  };
  struct DropFeature {
    Identifier feature;
    bool truncate_history = false;
  };
  ObjectKind kind = ObjectKind::kTable;  // kCatalog: SetOwner alone.
  Name name;
  std::variant<RenameTo, SetProperties, UnsetProperties, AddColumns, ReplaceColumns, SetOwner,
               SetViewSchema, RenameColumn, DropColumns, ChangeColumns, AddConstraint,
               DropConstraint, SyncIdentity, ClusterBy, DropFeature, AddKey, DropKey>
      action;
};
// ALTER VIEW v AS query
struct AlterViewAs {
  Name name;
  QueryPtr query;
};
struct CommentOn {
  ObjectKind kind;
  Name name;
  std::optional<std::string> comment;  // IS NULL removes it.
};
// REPLACE USING (columns), REPLACE ON condition: rows of the table that a row of the query matches
// make room for the new ones.
struct ReplaceMatching {
  std::vector<Identifier> columns;        // Of USING: equal by name.
  ExprPtr on;                             // Of ON; else null.
  std::optional<Identifier> alias;        // Of the table, in `on`.
  std::optional<Identifier> query_alias;  // Of the query, in `on`.
};
struct Insert {
  Name target;
  bool schema_evolution = false;
  bool overwrite = false;
  bool by_name = false;
  std::vector<std::pair<Identifier, ExprPtr>> partition;  // PARTITION (p = v): v is a LiteralExpr.
  std::vector<Identifier> columns;
  ExprPtr replace_where;  // May be null. The rows for which it is true make room for the new ones.
  std::optional<ReplaceMatching> matching;
  QueryPtr query;
};
struct Assignment {
  Name column;
  ExprPtr value;
};
struct Update {
  Name target;
  TableAlias alias;
  std::vector<Assignment> set;
  ExprPtr where;  // May be null.
};
struct Delete {
  Name target;
  TableAlias alias;
  ExprPtr where;             // May be null.
  bool is_truncate = false;  // Written as TRUNCATE TABLE.
};
// One WHEN of MERGE. The last of each kind alone may be without condition.
struct MergeClause {
  enum class When { kMatched, kNotMatched, kNotMatchedBySource };
  enum class Action { kUpdate, kUpdateAll, kDelete, kInsert, kInsertAll };
  When when;
  ExprPtr condition;  // May be null.
  Action action;
  std::vector<Assignment> values;  // kUpdate, kInsert.
};
struct Merge {
  Name target;
  std::optional<Identifier> alias;
  bool schema_evolution = false;
  FromItemPtr source;
  ExprPtr on;
  std::vector<MergeClause> clauses;
};
// OPTIMIZE t [FULL] [WHERE condition] [ZORDER BY (a, b.c)], and REORG TABLE t [WHERE condition]
// APPLY (PURGE).
struct Optimize {
  Name target;
  bool full = false;
  ExprPtr where;                // May be null. Over partition columns.
  std::vector<Name> zorder_by;  // Empty: files are packed.
  // REORG: files with deleted rows are written anew, and no others.
  bool purge = false;
};
// VACUUM t [FULL | LITE] [RETAIN n HOURS] [DRY RUN]
struct Vacuum {
  Name target;
  bool lite = false;
  std::optional<double> retain_hours;  // Nothing: what the table's property says.
  Span retain_span;
  bool dry_run = false;
};
// CREATE TABLE t [DEEP | SHALLOW] CLONE s [VERSION AS OF n | TIMESTAMP AS OF e] [TBLPROPERTIES]
//   [LOCATION]
struct CloneTable {
  bool shallow = false;  // It names the files of the source.
  Name name;
  bool or_replace = false;
  bool must_exist = false;  // As of CreateTable.
  bool if_not_exists = false;
  Name source;
  std::variant<std::monostate, VersionAsOf, TimestampAsOf> as_of;
  std::optional<std::string> location;
  Span location_span;
  Properties properties;
};
// CONVERT TO DELTA parquet.`path` [NO STATISTICS] [PARTITIONED BY (a INT)]
struct ConvertToDelta {
  std::string path;
  Span path_span;
  bool statistics = true;
  std::vector<ColumnDefinition> partitioned_by;
};
// FSCK REPAIR TABLE t [DRY RUN]
struct RepairTable {
  Name target;
  bool dry_run = false;
};
// ANALYZE TABLE t COMPUTE [DELTA] STATISTICS [FOR ALL COLUMNS]: of files that have none, or of all.
struct AnalyzeTable {
  Name target;
  bool delta = false;
};
// RESTORE [TABLE] t TO VERSION AS OF n | TIMESTAMP AS OF e
struct Restore {
  Name target;
  std::variant<std::monostate, VersionAsOf, TimestampAsOf> as_of;  // Never the first.
};
// COPY INTO t ... FROM 'path' FILEFORMAT = format ...
struct CopyInto {
  Name target;
  bool by_position = false;
  std::vector<Identifier> columns;
  std::vector<SelectItem> items;  // FROM (SELECT items FROM 'path'); empty: all columns.
  std::string path;
  Span path_span;
  Identifier format;
  bool validate = false;
  std::optional<int64_t> validate_rows;  // Nothing: all.
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  Properties format_options;
  Properties copy_options;
};
struct Describe {
  enum class What { kTable, kSchema, kCatalog, kHistory, kDetail, kQuery, kVolume, kFunction };
  What what;
  bool extended = false;
  bool as_json = false;               // AS JSON, of kTable.
  Name name;                          // Not for kQuery.
  std::optional<Name> column;         // kTable: of this column alone.
  QueryPtr query;                     // kQuery.
  std::optional<int64_t> limit = {};  // kHistory: so many of the latest versions.
};
struct Show {
  enum class What {
    kCatalogs,
    kSchemas,
    kTables,
    kViews,
    kColumns,
    kTblProperties,
    kCreateTable,
    kGrants,
    kFunctions,
    kVolumes,
    kPartitions
  };
  What what;
  std::optional<Name> in;                    // The schema, catalog or table looked into.
  ObjectKind in_kind = ObjectKind::kSchema;  // kGrants: what `in` names.
  std::optional<std::string> principal;      // kGrants: of whom.
  std::optional<std::string> pattern;        // LIKE
  std::optional<std::string> key;            // kTblProperties: of this one alone.
  enum class Whose { kAll, kUser, kSystem };
  Whose whose = Whose::kAll;  // kFunctions.
};
struct Use {
  ObjectKind kind;  // kCatalog or kSchema.
  Name name;
};
struct StatementNode;
using StatementPtr = std::unique_ptr<StatementNode>;
struct Explain {
  bool extended = false;
  StatementPtr statement;
};
// GRANT and REVOKE, privileges as Unity Catalog names them ("SELECT", "USE SCHEMA").
struct Grant {
  bool revoke = false;
  std::vector<std::string> privileges;
  ObjectKind kind;
  Name name;
  std::string principal;
};
// SET key = value; key alone shows it, nothing shows all.
struct SetConfig {
  std::string key;
  std::optional<std::string> value;
  bool is_local_zone = false;  // SET TIME ZONE LOCAL: the value is the machine's zone.
};
// RESET [key]
struct ResetConfig {
  std::optional<std::string> key;  // Nothing: all.
};
// DECLARE [OR REPLACE] [VARIABLE] a, b [type] [DEFAULT value]
struct DeclareVariable {
  bool or_replace = false;
  std::vector<Name> names;
  std::optional<DataType> type;  // Nothing: that of `initial`.
  ExprPtr initial;               // May be null where there is a type.
};
// SET VARIABLE a = value, b = DEFAULT; SET VARIABLE (a, b) = (query)
struct SetVariable {
  std::vector<Name> targets;
  std::vector<ExprPtr> values;  // One each, null for DEFAULT; empty with a query.
  QueryPtr query;               // Its one row is assigned.
};
// DROP TEMPORARY VARIABLE [IF EXISTS] a
struct DropVariable {
  Name name;
  bool if_exists = false;
};
// EXECUTE IMMEDIATE text [INTO a, b] [USING value AS name, ...]
struct ExecuteImmediate {
  ExprPtr text;
  std::vector<Name> into;
  std::vector<Argument> arguments;
};

// What stands for the parameter markers of a statement.
struct Parameters {
  std::map<std::string, Value> named;  // Of :name.
  std::vector<Value> positional;       // Of ?, in the order of the text.
};

// PUT 'file' INTO '/Volumes/...' [OVERWRITE]
struct PutFile {
  std::string from;
  std::string to;
  bool overwrite = false;
};
// GET '/Volumes/...' TO 'file'
struct GetFile {
  std::string from;
  std::string to;
};
// REMOVE '/Volumes/...'
struct RemoveFile {
  std::string path;
};
// LIST 'folder' [LIMIT n]
struct ListFiles {
  std::string path;
  std::optional<int64_t> limit;
};

// What Spark or Databricks have and weir does not; StatementNode::refused says what it is.
struct RefusedStatement {};

struct StatementNode {
  Span span;
  std::variant<QueryStatement, CreateTable, CreateView, CreateDataset, CreateFlow, RefreshDataset,
               CreateSchema, CreateCatalog, CreateVolume, CreateFunction, Drop, AlterTable,
               CommentOn, Insert, Update, Delete, Merge, Optimize, Vacuum, Restore, CloneTable,
               ConvertToDelta, RepairTable, AnalyzeTable, CopyInto, Describe, Show, Use, Explain,
               Grant, SetConfig, AlterViewAs, ResetConfig, DeclareVariable, SetVariable,
               DropVariable, ExecuteImmediate, PutFile, GetFile, RemoveFile, ListFiles,
               RefusedStatement>
      node;
  // What it asks for that weir does not do: it parses as in Spark, and whoever would run it refuses
  // it by these. What was not understood may be missing in `node` then.
  Diagnostics refused = {};
  // IDENTIFIER(...) of what has to be computed first, in the order of the text. The statement has
  // other names in their place and does not run; it is parsed again with what they give.
  std::vector<ExprPtr> identifiers = {};
  std::shared_ptr<const Parameters> parameters = nullptr;  // That it was parsed with.
  bool has_parameters = false;                             // It has a marker.
};

}  // namespace weir::sql
