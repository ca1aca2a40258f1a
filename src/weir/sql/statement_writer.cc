#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

namespace weir::sql {
namespace {

std::string_view KindWords(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kMetastore:
      return "METASTORE";
    case ObjectKind::kCatalog:
      return "CATALOG";
    case ObjectKind::kSchema:
      return "SCHEMA";
    case ObjectKind::kTable:
      return "TABLE";
    case ObjectKind::kView:
      return "VIEW";
    case ObjectKind::kMaterializedView:
      return "MATERIALIZED VIEW";
    case ObjectKind::kStreamingTable:
      return "STREAMING TABLE";
    case ObjectKind::kVolume:
      return "VOLUME";
    case ObjectKind::kFunction:
      return "FUNCTION";
  }
  return "";
}

}  // namespace

namespace {
std::string_view WordsOf(ViewSchema schema) {
  static constexpr std::string_view kWords[] = {" WITH SCHEMA BINDING", " WITH SCHEMA COMPENSATION",
                                                " WITH SCHEMA TYPE EVOLUTION",
                                                " WITH SCHEMA EVOLUTION"};
  return kWords[static_cast<size_t>(schema)];
}
}  // namespace

void SqlWriter::Write(const AlterTable& alter) {
  Put("ALTER ");
  Put(KindWords(alter.kind));
  Put(" ");
  PutName(alter.name);
  if (const auto* rename = std::get_if<AlterTable::RenameTo>(&alter.action)) {
    Put(" RENAME TO ");
    PutName(rename->name);
  } else if (const auto* set = std::get_if<AlterTable::SetProperties>(&alter.action)) {
    Put(alter.kind == ObjectKind::kSchema ? " SET DBPROPERTIES " : " SET TBLPROPERTIES ");
    Write(set->properties);
  } else if (const auto* unset = std::get_if<AlterTable::UnsetProperties>(&alter.action)) {
    Put(alter.kind == ObjectKind::kSchema ? " UNSET DBPROPERTIES " : " UNSET TBLPROPERTIES ");
    Put(unset->if_exists ? "IF EXISTS (" : "(");
    PutList(unset->keys, [&](const std::string& key) { Put(QuoteString(key)); });
    Put(")");
  } else if (const auto* add = std::get_if<AlterTable::AddColumns>(&alter.action)) {
    Put(" ADD COLUMNS (");
    PutList(add->columns, [&](const AlterTable::AddedColumn& added) { Write(added); });
    Put(")");
  } else if (const auto* replace = std::get_if<AlterTable::ReplaceColumns>(&alter.action)) {
    Put(" REPLACE COLUMNS (");
    PutList(replace->columns, [&](const ColumnDefinition& column) { Write(column); });
    Put(")");
  } else if (const auto* renamed = std::get_if<AlterTable::RenameColumn>(&alter.action)) {
    Put(" RENAME COLUMN ");
    PutName(renamed->column);
    Put(" TO ");
    PutName(renamed->to);
  } else if (const auto* dropped = std::get_if<AlterTable::DropColumns>(&alter.action)) {
    Put(dropped->if_exists ? " DROP COLUMNS IF EXISTS (" : " DROP COLUMNS (");
    PutList(dropped->columns, [&](const Name& column) { PutName(column); });
    Put(")");
  } else if (const auto* change = std::get_if<AlterTable::ChangeColumns>(&alter.action)) {
    Write(*change);
  } else if (const auto* schema = std::get_if<AlterTable::SetViewSchema>(&alter.action)) {
    Put(WordsOf(schema->schema));
  } else if (const auto* more = std::get_if<AlterTable::AddConstraint>(&alter.action)) {
    Put(" ADD ");
    Write(more->constraint);
  } else if (const auto* less = std::get_if<AlterTable::DropConstraint>(&alter.action)) {
    Put(less->if_exists ? " DROP CONSTRAINT IF EXISTS " : " DROP CONSTRAINT ");
    PutName(less->name);
    if (less->cascade) Put(" CASCADE");
  } else if (const auto* key = std::get_if<AlterTable::AddKey>(&alter.action)) {
    Put(" ADD ");
    Write(key->key);
  } else if (const auto* gone = std::get_if<AlterTable::DropKey>(&alter.action)) {
    Put(gone->columns.empty() ? " DROP PRIMARY KEY" : " DROP FOREIGN KEY");
    if (gone->if_exists) Put(" IF EXISTS");
    if (!gone->columns.empty()) {
      Put(" ");
      PutNames(gone->columns);
    }
    if (gone->cascade) Put(" CASCADE");
  } else if (const auto* sync = std::get_if<AlterTable::SyncIdentity>(&alter.action)) {
    Put(" ALTER COLUMN ");
    PutName(sync->column);
    Put(" SYNC IDENTITY");
  } else if (const auto* cluster = std::get_if<AlterTable::ClusterBy>(&alter.action)) {
    Put(" CLUSTER BY ");
    if (cluster->columns.empty()) return Put("NONE");
    WriteColumnNames(cluster->columns);
  } else if (const auto* drop = std::get_if<AlterTable::DropFeature>(&alter.action)) {
    Put(" DROP FEATURE ");
    PutName(drop->feature);
    if (drop->truncate_history) Put(" TRUNCATE HISTORY");
  } else {
    Put(" SET OWNER TO ");
    PutName(std::get<AlterTable::SetOwner>(alter.action).owner);
  }
}

void SqlWriter::Write(const AlterTable::AddedColumn& added) {
  for (const Identifier& part : added.inside.parts) {
    PutName(part);
    Put(".");
  }
  Write(added.definition);
  if (added.place) Write(*added.place);
}

void SqlWriter::Write(const AlterTable::ColumnPlace& place) {
  Put(place.after ? " AFTER " : " FIRST");
  if (place.after) PutName(*place.after);
}

void SqlWriter::Write(const AlterTable::ChangeColumns& alter) {
  // What changes the type and more is written as Hive does, and stands alone.
  const auto& first = alter.changes.front();
  const bool is_whole = first.type && (first.comment || first.place);
  Put(is_whole ? " CHANGE COLUMN " : " ALTER COLUMN ");
  PutList(alter.changes, [&](const AlterTable::ColumnChange& change) {
    PutName(change.column);
    if (is_whole) {
      Put(" ");
      PutName(change.column.parts.back());
    }
    if (change.type) Put((is_whole ? " " : " TYPE ") + change.type->ToSql());
    if (change.comment) Put(" COMMENT " + QuoteString(*change.comment));
    if (change.nullable) Put(*change.nullable ? " DROP NOT NULL" : " SET NOT NULL");
    if (change.place) Write(*change.place);
    if (!change.default_value) return;
    Put(change.default_value->value == nullptr ? " DROP DEFAULT" : " SET DEFAULT ");
    if (change.default_value->value != nullptr) Write(*change.default_value->value);
  });
}

void SqlWriter::Write(const Show& show) {
  static constexpr std::string_view kWords[] = {
      "CATALOGS",     "SCHEMAS", "TABLES",    "VIEWS",   "COLUMNS",   "TBLPROPERTIES",
      "CREATE TABLE", "GRANTS",  "FUNCTIONS", "VOLUMES", "PARTITIONS"};
  Put("SHOW ");
  if (show.whose == Show::Whose::kUser) Put("USER ");
  if (show.whose == Show::Whose::kSystem) Put("SYSTEM ");
  Put(kWords[static_cast<size_t>(show.what)]);
  if (show.principal) {
    Put(" ");
    PutWord(*show.principal);
  }
  if (show.in) {
    const bool bare = show.what == Show::What::kTblProperties ||
                      show.what == Show::What::kCreateTable || show.what == Show::What::kPartitions;
    if (show.what == Show::What::kGrants) {
      Put(" ON ");
      Put(KindWords(show.in_kind));
      if (show.in_kind == ObjectKind::kMetastore) return;
    } else if (!bare) {
      Put(" IN");
    }
    Put(" ");
    PutName(*show.in);
  }
  if (show.key) Put(" (" + QuoteString(*show.key) + ")");
  if (show.pattern) Put(" LIKE " + QuoteString(*show.pattern));
}

struct StatementWriter {
  SqlWriter& w;

  void Words(std::string_view words, bool when = true) const {
    if (when) w.Put(words);
  }
  void Text(std::string_view word, const std::optional<std::string>& text) const {
    if (text) w.Put(" " + std::string(word) + " " + QuoteString(*text));
  }
  void As(const QueryPtr& query) const {
    if (!query) return;
    w.Put(" AS ");
    w.Write(*query);
  }

  void operator()(const QueryStatement& s) const { w.Write(*s.query); }
  void operator()(const CreateTable& s) const {
    Words(s.must_exist   ? "REPLACE TABLE "
          : s.or_replace ? "CREATE OR REPLACE TABLE "
                         : "CREATE TABLE ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    w.Write(s.clauses);
    As(s.query);
  }
  void operator()(const CreateView& s) const {
    Words(s.or_replace ? "CREATE OR REPLACE " : "CREATE ");
    Words("GLOBAL ", s.global);
    Words("TEMPORARY ", s.temporary);
    Words("VIEW ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    if (!s.columns.empty()) {
      w.Put(" (");
      w.PutList(s.columns, [&](const ColumnDefinition& column) { w.Write(column); });
      w.Put(")");
    }
    Text("COMMENT", s.comment);
    if (!s.properties.empty()) {
      w.Put(" TBLPROPERTIES ");
      w.Write(s.properties);
    }
    if (s.schema) Words(WordsOf(*s.schema));
    As(s.query);
  }
  void operator()(const CreateDataset& s) const {
    Words(s.or_refresh ? "CREATE OR REFRESH " : "CREATE ");
    Words("PRIVATE ", s.is_private);
    Words(s.kind == CreateDataset::Kind::kStreamingTable ? "STREAMING TABLE "
                                                         : "MATERIALIZED VIEW ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    w.Write(s.clauses);
    As(s.query);
    if (!s.flow) return;
    Words(s.flow->cdc ? " FLOW AUTO CDC" : s.flow->replace ? " FLOW" : " FLOW INSERT");
    Words(" ONCE", s.flow->once);
    if (s.flow->replace) Replace(*s.flow->replace);
    Words(" BY NAME ", s.flow->by_name);
    Body(*s.flow);
  }
  void Body(const FlowBody& body) const {
    if (body.cdc) {
      w.Write(*body.cdc);
    } else {
      w.Write(*body.query);
    }
  }
  void Replace(const FlowReplace& replace) const {
    if (replace.where) {
      w.Put(" REPLACE WHERE ");
      w.Write(*replace.where);
      return;
    }
    w.Put(" REPLACE USING ");
    w.PutNames(replace.columns);
    w.Put(" SEQUENCE BY ");
    w.PutName(*replace.sequence);
  }
  void operator()(const RefreshDataset& s) const {
    using Kind = RefreshDataset::Kind;
    w.Put(s.kind == Kind::kMaterializedView ? "REFRESH MATERIALIZED VIEW "
          : s.kind == Kind::kStreamingTable ? "REFRESH STREAMING TABLE "
                                            : "REFRESH TABLE ");
    w.PutName(s.target);
    if (s.full) w.Put(" FULL");
  }
  void operator()(const CreateFlow& s) const {
    Words("CREATE FLOW ");
    w.PutName(s.name);
    Text("COMMENT", s.comment);
    Words(s.body.cdc ? " AS AUTO CDC" : " AS INSERT");
    Words(s.body.cdc && s.body.once ? " ONCE INTO " : " INTO ");
    Words("ONCE ", !s.body.cdc && s.body.once);
    w.PutName(s.target);
    Words(s.body.by_name ? " BY NAME" : "");
    if (s.body.replace) Replace(*s.body.replace);
    Words(" ", !s.body.cdc);
    Body(s.body);
  }
  void operator()(const CreateSchema& s) const {
    Words("CREATE SCHEMA ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    Text("COMMENT", s.comment);
    Text("LOCATION", s.location);
    Text("MANAGED LOCATION", s.managed_location);
    if (s.properties.empty()) return;
    w.Put(" WITH DBPROPERTIES ");
    w.Write(s.properties);
  }
  void operator()(const CreateCatalog& s) const {
    Words("CREATE CATALOG ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    Text("COMMENT", s.comment);
    Text("MANAGED LOCATION", s.managed_location);
  }
  void operator()(const CreateVolume& s) const {
    Words(s.location ? "CREATE EXTERNAL VOLUME " : "CREATE VOLUME ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    Text("LOCATION", s.location);
    Text("COMMENT", s.comment);
  }
  void Parameters(const std::vector<RoutineParameter>& parameters) const {
    w.Put("(");
    w.PutList(parameters, [&](const RoutineParameter& parameter) {
      w.PutName(parameter.name);
      w.Put(" " + parameter.type.ToSql());
      if (parameter.otherwise) {
        w.Put(" DEFAULT ");
        w.Write(*parameter.otherwise);
      }
      Text("COMMENT", parameter.comment);
    });
    w.Put(")");
  }
  void operator()(const CreateFunction& s) const {
    Words(s.or_replace ? "CREATE OR REPLACE " : "CREATE ");
    Words("TEMPORARY ", s.temporary);
    Words("FUNCTION ");
    Words("IF NOT EXISTS ", s.if_not_exists);
    w.PutName(s.name);
    Parameters(s.parameters);
    if (s.returns) w.Put(" RETURNS " + s.returns->ToSql());
    Words(" RETURNS TABLE", s.is_table);
    if (!s.columns.empty()) Parameters(s.columns);
    Text("COMMENT", s.comment);
    if (s.deterministic) Words(*s.deterministic ? " DETERMINISTIC" : " NOT DETERMINISTIC");
    if (s.reads_data) Words(*s.reads_data ? " READS SQL DATA" : " CONTAINS SQL");
    Words(" RETURN ");
    if (s.query) return w.Write(*s.query);
    w.Write(*s.body);
  }
  void operator()(const Drop& s) const {
    Words(s.temporary ? "DROP TEMPORARY " : "DROP ");
    Words(KindWords(s.kind));
    Words(s.if_exists ? " IF EXISTS " : " ");
    w.PutName(s.name);
    Words(" CASCADE", s.cascade);
  }
  void operator()(const AlterTable& s) const { w.Write(s); }
  void operator()(const AlterViewAs& s) const {
    Words("ALTER VIEW ");
    w.PutName(s.name);
    As(s.query);
  }
  void operator()(const CommentOn& s) const {
    Words("COMMENT ON ");
    Words(KindWords(s.kind));
    Words(" ");
    w.PutName(s.name);
    w.Put(" IS " + (s.comment ? QuoteString(*s.comment) : "NULL"));
  }
  void operator()(const Insert& s) const {
    Words(s.schema_evolution ? "INSERT WITH SCHEMA EVOLUTION " : "INSERT ");
    Words(s.overwrite ? "OVERWRITE " : "INTO ");
    w.PutName(s.target);
    if (s.matching && s.matching->alias) {
      w.Put(" AS ");
      w.PutName(*s.matching->alias);
    }
    if (!s.partition.empty()) {
      w.Put(" PARTITION (");
      w.PutList(s.partition, [&](const auto& part) {
        w.PutName(part.first);
        w.Put(" = ");
        w.Write(*part.second);
      });
      w.Put(")");
    }
    Words(" BY NAME", s.by_name);
    if (!s.columns.empty()) {
      w.Put(" ");
      w.PutNames(s.columns);
    }
    if (s.replace_where) {
      w.Put(" REPLACE WHERE ");
      w.Write(*s.replace_where);
    }
    if (s.matching && s.matching->on != nullptr) {
      w.Put(" REPLACE ON ");
      w.Write(*s.matching->on);
    } else if (s.matching) {
      w.Put(" REPLACE USING ");
      w.PutNames(s.matching->columns);
    }
    w.Put(" ");
    w.Write(*s.query);
    if (s.matching && s.matching->query_alias) {
      w.Put(" AS ");
      w.PutName(*s.matching->query_alias);
    }
  }
  void operator()(const CopyInto& s) const { w.Write(s); }
  void operator()(const Describe& s) const {
    static constexpr std::string_view kWords[] = {"TABLE ",  "SCHEMA ", "CATALOG ", "HISTORY ",
                                                  "DETAIL ", "QUERY ",  "VOLUME ",  "FUNCTION "};
    Words("DESCRIBE ");
    Words(kWords[static_cast<size_t>(s.what)]);
    if (s.what == Describe::What::kQuery) return w.Write(*s.query);
    Words("EXTENDED ", s.extended);
    w.PutName(s.name);
    if (s.column) {
      w.Put(" ");
      w.PutName(*s.column);
    }
    if (s.limit) w.Put(" LIMIT " + std::to_string(*s.limit));
    Words(" AS JSON", s.as_json);
  }
  void operator()(const Show& s) const { w.Write(s); }
  void operator()(const Use& s) const {
    Words(s.kind == ObjectKind::kCatalog ? "USE CATALOG " : "USE SCHEMA ");
    w.PutName(s.name);
  }
  void operator()(const Explain& s) const {
    Words(s.extended ? "EXPLAIN EXTENDED " : "EXPLAIN ");
    w.Write(*s.statement);
  }
  void operator()(const Grant& s) const {
    Words(s.revoke ? "REVOKE " : "GRANT ");
    w.PutList(s.privileges, [&](const std::string& privilege) { w.Put(privilege); });
    Words(" ON ");
    Words(KindWords(s.kind));
    if (s.kind != ObjectKind::kMetastore) {
      Words(" ");
      w.PutName(s.name);
    }
    Words(s.revoke ? " FROM " : " TO ");
    w.PutWord(s.principal);
  }
  void operator()(const Update& s) const { w.Write(s); }
  void operator()(const Delete& s) const { w.Write(s); }
  void operator()(const Merge& s) const { w.Write(s); }
  void operator()(const Optimize& s) const { w.Write(s); }
  void operator()(const Restore& s) const { w.Write(s); }
  void operator()(const Vacuum& s) const { w.Write(s); }
  void operator()(const CloneTable& s) const { w.Write(s); }
  void operator()(const ConvertToDelta& s) const { w.Write(s); }
  void operator()(const RepairTable& s) const { w.Write(s); }
  void operator()(const AnalyzeTable& s) const { w.Write(s); }
  // Always refused, so that its text is written.
  void operator()(const RefusedStatement&) const {}
  void operator()(const SetConfig& s) const {
    if (s.is_local_zone) return w.Put("SET TIME ZONE LOCAL");
    w.Put(s.key.empty() ? "SET" : "SET ");
    if (!s.key.empty()) w.PutWord(s.key);
    if (s.value) w.Put(" = " + QuoteString(*s.value));
  }
  void operator()(const ResetConfig& s) const {
    w.Put("RESET");
    if (!s.key) return;
    w.Put(" ");
    w.PutWord(*s.key);
  }
  void Names(const std::vector<Name>& names) const {
    w.PutList(names, [&](const Name& name) { w.PutName(name); });
  }
  void operator()(const DeclareVariable& s) const {
    Words(s.or_replace ? "DECLARE OR REPLACE VARIABLE " : "DECLARE VARIABLE ");
    Names(s.names);
    if (s.type) w.Put(" " + s.type->ToString());
    if (!s.initial) return;
    w.Put(" DEFAULT ");
    w.Write(*s.initial);
  }
  void operator()(const SetVariable& s) const {
    Words("SET VARIABLE ");
    if (s.query) {
      Words("(");
      Names(s.targets);
      Words(") = (");
      w.Write(*s.query);
      return Words(")");
    }
    for (size_t i = 0; i < s.targets.size(); ++i) {
      Words(", ", i > 0);
      w.PutName(s.targets[i]);
      Words(" = ");
      if (s.values[i]) {
        w.Write(*s.values[i]);
      } else {
        Words("DEFAULT");
      }
    }
  }
  void operator()(const DropVariable& s) const {
    Words("DROP TEMPORARY VARIABLE ");
    Words("IF EXISTS ", s.if_exists);
    w.PutName(s.name);
  }
  void operator()(const ExecuteImmediate& s) const {
    Words("EXECUTE IMMEDIATE ");
    w.Write(*s.text);
    if (!s.into.empty()) {
      Words(" INTO ");
      Names(s.into);
    }
    if (s.arguments.empty()) return;
    Words(" USING ");
    w.PutList(s.arguments, [&](const Argument& argument) {
      w.Write(*argument.value);
      if (!argument.name) return;
      Words(" AS ");
      w.PutName(*argument.name);
    });
  }
  void operator()(const PutFile& s) const {
    w.Put("PUT " + QuoteString(s.from) + " INTO " + QuoteString(s.to));
    Words(" OVERWRITE", s.overwrite);
  }
  void operator()(const GetFile& s) const {
    w.Put("GET " + QuoteString(s.from) + " TO " + QuoteString(s.to));
  }
  void operator()(const RemoveFile& s) const { w.Put("REMOVE " + QuoteString(s.path)); }
  void operator()(const ListFiles& s) const {
    w.Put("LIST " + QuoteString(s.path));
    if (s.limit) w.Put(" LIMIT " + std::to_string(*s.limit));
  }
};

void SqlWriter::Write(const StatementNode& statement) {
  if (!statement.refused.empty()) return Put(statement.span.Text());
  std::visit(StatementWriter{*this}, statement.node);
}

std::string ToSql(const StatementNode& statement) {
  SqlWriter writer;
  writer.Write(statement);
  return writer.Take();
}

}  // namespace weir::sql
