#include "weir/session/information_schema.h"

#include <functional>
#include <map>

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/routine.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::FunctionInfo;
using catalog::QualifiedName;
using catalog::SchemaName;
using catalog::TableInfo;

namespace {

constexpr TypeId kText = TypeId::kString;

// A column and what it holds of one object.
template <typename Object>
struct Column {
  std::string name;
  TypeId type;
  std::function<Value(const Object&)> value;
};

template <typename Object>
InformationRows RowsOf(const std::vector<Column<Object>>& columns,
                       const std::vector<Object>& objects) {
  InformationRows result;
  std::vector<Field> fields;
  for (const auto& column : columns) fields.push_back({column.name, column.type});
  result.schema = Schema(std::move(fields));
  for (const Object& object : objects) {
    std::vector<Value>& row = result.rows.emplace_back();
    for (const auto& column : columns) row.push_back(column.value(object));
  }
  return result;
}

Value YesNo(bool yes) { return Text(yes ? "YES" : "NO"); }
Value Moment(Instant instant) { return Value(TypeId::kTimestamp, instant.micros); }
Value Number(std::optional<int> number) {
  return number ? Value::Int(*number) : Value::Null(TypeId::kInt);
}

// "DECIMAL" of DECIMAL(10,2), "ARRAY" of ARRAY<INT>.
std::string TypeName(const DataType& type) {
  const std::string full = type.ToSql();
  return full.substr(0, full.find_first_of("(<"));
}

std::optional<int> Precision(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return 8;
    case TypeId::kShort:
      return 16;
    case TypeId::kInt:
      return 32;
    case TypeId::kLong:
      return 64;
    case TypeId::kFloat:
      return 24;
    case TypeId::kDouble:
      return 53;
    case TypeId::kDecimal:
      return type.precision();
    default:
      return std::nullopt;
  }
}

std::optional<int> Radix(const DataType& type) {
  if (type.id() == TypeId::kDecimal) return 10;
  return type.IsNumeric() ? std::optional(2) : std::nullopt;
}

std::optional<int> Scale(const DataType& type) {
  if (type.id() == TypeId::kDecimal) return type.scale();
  return type.IsIntegral() ? std::optional(0) : std::nullopt;
}

// One of several: a column of a table, a parameter of a function.
struct Member {
  QualifiedName owner;
  int position = 0;  // From 0.
  Field field;
};

// What describes the type of each, under the standard's names.
template <typename Object>
void AddTypeColumns(std::vector<Column<Object>>& columns,
                    const std::function<DataType(const Object&)>& type) {
  const auto number = [&](const char* name, std::optional<int> (*of)(const DataType&)) {
    columns.push_back(
        {name, TypeId::kInt, [type, of](const Object& one) { return Number(of(type(one))); }});
  };
  columns.push_back(
      {"data_type", kText, [type](const Object& one) { return Text(TypeName(type(one))); }});
  columns.push_back(
      {"full_data_type", kText, [type](const Object& one) { return Text(type(one).ToSql()); }});
  number("numeric_precision", Precision);
  number("numeric_precision_radix", Radix);
  number("numeric_scale", Scale);
}

class Information {
 public:
  Information(const Services& services, const std::string& principal, const std::string& catalog)
      : services_(services), principal_(principal), catalog_(catalog) {}

  InformationRows Schemata() const {
    using Info = catalog::SchemaInfo;
    return RowsOf<Info>(
        {{"catalog_name", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"schema_name", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"schema_owner", kText, [](const Info& one) { return Text(one.owner); }},
         {"comment", kText, [](const Info& one) { return TextOrNull(one.comment); }}},
        services_.catalog.ListSchemas(principal_, catalog_));
  }

  InformationRows Tables() const {
    using Info = TableInfo;
    return RowsOf<Info>(
        {{"table_catalog", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"table_schema", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"table_name", kText, [](const Info& one) { return Text(one.name.name); }},
         {"table_type", kText, [](const Info& one) { return Text(TableTypeName(one)); }},
         {"is_insertable_into", kText,
          [](const Info& one) {
            return YesNo(one.pipeline_id.empty() && one.kind != catalog::TableKind::kView);
          }},
         {"table_owner", kText, [](const Info& one) { return Text(one.owner); }},
         {"comment", kText, [](const Info& one) { return TextOrNull(one.comment); }},
         {"created", TypeId::kTimestamp, [](const Info& one) { return Moment(one.created); }},
         {"last_altered", TypeId::kTimestamp, [](const Info& one) { return Moment(one.updated); }},
         {"data_source_format", kText,
          [](const Info& one) { return one.view ? Value::Null(TypeId::kString) : Text("DELTA"); }}},
        AllTables());
  }

  InformationRows Views() const {
    using Info = TableInfo;
    std::vector<Info> views;
    for (Info& info : AllTables()) {
      if (info.view) views.push_back(std::move(info));
    }
    // The text is for those who may change it.
    const auto definition = [this](const Info& one) {
      try {
        services_.catalog.RequireManage(principal_, SecurableOf(one.name));
        return Text(one.view->query);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kDenied) throw;
        return Value::Null(TypeId::kString);
      }
    };
    return RowsOf<Info>(
        {{"table_catalog", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"table_schema", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"table_name", kText, [](const Info& one) { return Text(one.name.name); }},
         {"view_definition", kText, definition},
         {"check_option", kText, [](const Info&) { return Text("NONE"); }},
         {"is_updatable", kText, [](const Info&) { return YesNo(false); }},
         {"is_insertable_into", kText, [](const Info&) { return YesNo(false); }}},
        views);
  }

  InformationRows Columns() const {
    std::vector<Member> members;
    for (const TableInfo& info : AllTables()) {
      if (const auto schema = ColumnsOf(info)) AddMembers(info.name, schema->fields(), members);
    }
    auto columns = MemberColumns("table_catalog", "table_schema", "table_name");
    columns.push_back(
        {"column_name", kText, [](const Member& one) { return Text(one.field.name); }});
    columns.push_back(
        {"is_nullable", kText, [](const Member& one) { return YesNo(one.field.nullable); }});
    AddTypeColumns<Member>(columns, [](const Member& one) { return one.field.type; });
    AddValueColumns(columns);
    columns.push_back(
        {"comment", kText, [](const Member& one) { return TextOrNull(one.field.Comment()); }});
    return RowsOf(columns, members);
  }

  InformationRows TableConstraints() const {
    auto constraints = AllConstraints();
    for (const Key& key : AllKeys()) {
      constraints.push_back(
          {key.table, key.info.name, "", key.info.IsPrimary() ? "PRIMARY KEY" : "FOREIGN KEY"});
    }
    using One = const Constraint&;
    std::vector<Column<Constraint>> columns;
    AddName<Constraint>(columns, "constraint", [](One one) { return In(one.table, one.name); });
    AddName<Constraint>(columns, "table", [](One one) { return one.table; });
    columns.push_back({"constraint_type", kText, [](One one) { return Text(one.type); }});
    columns.push_back({"is_deferrable", kText, [](One) { return YesNo(false); }});
    columns.push_back({"initially_deferred", kText, [](One) { return YesNo(false); }});
    columns.push_back({"enforced", kText, [](One one) { return YesNo(!one.condition.empty()); }});
    return RowsOf(columns, constraints);
  }

  InformationRows KeyColumnUsage() const {
    using One = const KeyColumn&;
    std::vector<Column<KeyColumn>> columns;
    AddName<KeyColumn>(columns, "constraint",
                       [](One one) { return In(one.key.table, one.key.info.name); });
    AddName<KeyColumn>(columns, "table", [](One one) { return one.key.table; });
    columns.push_back(
        {"column_name", kText, [](One one) { return Text(one.key.info.columns[one.at]); }});
    columns.push_back({"ordinal_position", TypeId::kInt,
                       [](One one) { return Value::Int(static_cast<int>(one.at) + 1); }});
    columns.push_back({"position_in_unique_constraint", TypeId::kInt,
                       [this](One one) { return Number(PlaceInParent(one)); }});
    return RowsOf(columns, ColumnsOfKeys());
  }

  InformationRows ReferentialConstraints() const {
    std::vector<Key> keys = AllKeys();
    std::erase_if(keys, [](const Key& key) { return key.info.IsPrimary(); });
    using One = const Key&;
    std::vector<Column<Key>> columns;
    AddName<Key>(columns, "constraint", [](One one) { return In(one.table, one.info.name); });
    AddName<Key>(columns, "unique_constraint",
                 [](One one) { return In(*one.info.parent, one.info.parent_key); });
    columns.push_back({"match_option", kText, [](One) { return Text("FULL"); }});
    columns.push_back({"update_rule", kText, [](One) { return Text("NO ACTION"); }});
    columns.push_back({"delete_rule", kText, [](One) { return Text("NO ACTION"); }});
    return RowsOf(columns, keys);
  }

  // The tables, and their columns, on which constraints rest: of a foreign key what it refers to.
  InformationRows ConstraintTableUsage() const {
    using One = const Key&;
    std::vector<Column<Key>> columns;
    AddName<Key>(columns, "constraint", [](One one) { return In(one.table, one.info.name); });
    AddName<Key>(columns, "table",
                 [](One one) { return one.info.parent ? *one.info.parent : one.table; });
    return RowsOf(columns, AllKeys());
  }

  InformationRows ConstraintColumnUsage() const {
    using One = const KeyColumn&;
    std::vector<Column<KeyColumn>> columns;
    AddName<KeyColumn>(columns, "constraint",
                       [](One one) { return In(one.key.table, one.key.info.name); });
    AddName<KeyColumn>(columns, "table", [](One one) {
      return one.key.info.parent ? *one.key.info.parent : one.key.table;
    });
    columns.push_back({"column_name", kText, [](One one) {
                         const auto& key = one.key.info;
                         return Text((key.parent ? key.parent_columns : key.columns)[one.at]);
                       }});
    return RowsOf(columns, ColumnsOfKeys());
  }

  InformationRows CheckConstraints() const {
    return RowsOf<Constraint>(
        {{"constraint_catalog", kText, [](const auto& one) { return Text(one.table.catalog); }},
         {"constraint_schema", kText, [](const auto& one) { return Text(one.table.schema); }},
         {"constraint_name", kText, [](const auto& one) { return Text(one.name); }},
         {"table_name", kText, [](const auto& one) { return Text(one.table.name); }},
         {"check_clause", kText, [](const auto& one) { return Text(one.condition); }}},
        AllConstraints());
  }

  InformationRows Volumes() const {
    using Info = catalog::VolumeInfo;
    std::vector<Info> volumes;
    ForEachSchema([&](const SchemaName& schema) {
      for (Info& info : services_.catalog.ListVolumes(principal_, schema)) {
        volumes.push_back(std::move(info));
      }
    });
    return RowsOf<Info>(
        {{"volume_catalog", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"volume_schema", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"volume_name", kText, [](const Info& one) { return Text(one.name.name); }},
         {"volume_type", kText,
          [](const Info& one) { return Text(std::string(VolumeKindName(one.kind))); }},
         {"volume_owner", kText, [](const Info& one) { return Text(one.owner); }},
         {"comment", kText, [](const Info& one) { return TextOrNull(one.comment); }},
         {"created", TypeId::kTimestamp, [](const Info& one) { return Moment(one.created); }},
         {"last_altered", TypeId::kTimestamp, [](const Info& one) { return Moment(one.updated); }}},
        volumes);
  }

  InformationRows Routines() const {
    using Info = FunctionInfo;
    const auto returned = [](const Info& one) {
      const auto fields = SchemaFromJson(one.definition.returns_json).fields();
      return one.definition.is_table ? DataType::Struct(fields) : fields.at(0).type;
    };
    const auto type = [returned](const Info& one, bool full) {
      if (!one.definition.is_table) {
        return full ? returned(one).ToSql() : TypeName(returned(one));
      }
      return full ? "TABLE (" + SchemaFromJson(one.definition.returns_json).ToDdl() + ")"
                  : std::string("TABLE");
    };
    return RowsOf<Info>(
        {{"specific_catalog", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"specific_schema", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"specific_name", kText, [](const Info& one) { return Text(one.name.name); }},
         {"routine_catalog", kText, [](const Info& one) { return Text(one.name.catalog); }},
         {"routine_schema", kText, [](const Info& one) { return Text(one.name.schema); }},
         {"routine_name", kText, [](const Info& one) { return Text(one.name.name); }},
         {"routine_type", kText, [](const Info&) { return Text("FUNCTION"); }},
         {"data_type", kText, [type](const Info& one) { return Text(type(one, false)); }},
         {"full_data_type", kText, [type](const Info& one) { return Text(type(one, true)); }},
         {"routine_body", kText, [](const Info&) { return Text("SQL"); }},
         {"routine_definition", kText, [](const Info& one) { return Text(one.definition.body); }},
         {"is_deterministic", kText,
          [](const Info& one) { return YesNo(one.definition.deterministic); }},
         {"sql_data_access", kText,
          [](const Info& one) {
            return Text(one.definition.reads_data ? "READS SQL DATA" : "CONTAINS SQL");
          }},
         {"is_null_call", kText, [](const Info&) { return YesNo(true); }},
         {"security_type", kText, [](const Info&) { return Text("DEFINER"); }},
         {"routine_owner", kText, [](const Info& one) { return Text(one.owner); }},
         {"comment", kText, [](const Info& one) { return TextOrNull(one.comment); }},
         {"created", TypeId::kTimestamp, [](const Info& one) { return Moment(one.created); }},
         {"last_altered", TypeId::kTimestamp, [](const Info& one) { return Moment(one.updated); }}},
        AllFunctions());
  }

  InformationRows Parameters() const {
    std::vector<Member> members;
    for (const FunctionInfo& info : AllFunctions()) {
      AddMembers(info.name, SchemaFromJson(info.definition.parameters_json).fields(), members);
    }
    auto columns = MemberColumns("specific_catalog", "specific_schema", "specific_name");
    columns.push_back({"parameter_mode", kText, [](const Member&) { return Text("IN"); }});
    columns.push_back({"is_result", kText, [](const Member&) { return YesNo(false); }});
    columns.push_back(
        {"parameter_name", kText, [](const Member& one) { return Text(one.field.name); }});
    AddTypeColumns<Member>(columns, [](const Member& one) { return one.field.type; });
    columns.push_back({"parameter_default", kText,
                       [](const Member& one) { return TextOrNull(DefaultText(one.field)); }});
    columns.push_back(
        {"comment", kText, [](const Member& one) { return TextOrNull(one.field.Comment()); }});
    return RowsOf(columns, members);
  }

  InformationRows RoutineColumns() const {
    std::vector<Member> members;
    for (const FunctionInfo& info : AllFunctions()) {
      if (!info.definition.is_table) continue;
      AddMembers(info.name, SchemaFromJson(info.definition.returns_json).fields(), members);
    }
    auto columns = MemberColumns("specific_catalog", "specific_schema", "specific_name");
    columns.push_back(
        {"column_name", kText, [](const Member& one) { return Text(one.field.name); }});
    AddTypeColumns<Member>(columns, [](const Member& one) { return one.field.type; });
    columns.push_back(
        {"comment", kText, [](const Member& one) { return TextOrNull(one.field.Comment()); }});
    return RowsOf(columns, members);
  }

 private:
  static void AddMembers(const QualifiedName& owner, const std::vector<Field>& fields,
                         std::vector<Member>& members) {
    for (size_t i = 0; i < fields.size(); ++i) {
      members.push_back({owner, static_cast<int>(i), fields[i]});
    }
  }

  // Positions of columns and parameters are counted from 1.
  static std::vector<Column<Member>> MemberColumns(const char* catalog, const char* schema,
                                                   const char* name) {
    return {{catalog, kText, [](const Member& one) { return Text(one.owner.catalog); }},
            {schema, kText, [](const Member& one) { return Text(one.owner.schema); }},
            {name, kText, [](const Member& one) { return Text(one.owner.name); }},
            {"ordinal_position", TypeId::kInt,
             [](const Member& one) { return Value::Int(one.position + 1); }}};
  }

  // Those that the principal may look into.
  void ForEachSchema(const std::function<void(const SchemaName&)>& visit) const {
    for (const auto& info : services_.catalog.ListSchemas(principal_, catalog_)) {
      const catalog::Securable on{catalog::SecurableKind::kSchema, info.name.catalog,
                                  info.name.schema, ""};
      if (services_.catalog.Allows(principal_, catalog::Privilege::kUseSchema, on)) {
        visit(info.name);
      }
    }
  }

  std::vector<TableInfo> AllTables() const {
    std::vector<TableInfo> tables;
    ForEachSchema([&](const SchemaName& schema) {
      for (TableInfo& info : services_.catalog.ListTables(principal_, schema)) {
        tables.push_back(std::move(info));
      }
    });
    return tables;
  }

  std::vector<FunctionInfo> AllFunctions() const {
    std::vector<FunctionInfo> functions;
    ForEachSchema([&](const SchemaName& schema) {
      for (FunctionInfo& info : services_.catalog.ListFunctions(principal_, schema)) {
        functions.push_back(std::move(info));
      }
    });
    return functions;
  }

  // What the table gives each column.
  static void AddValueColumns(std::vector<Column<Member>>& columns) {
    using One = const Member&;
    const auto of_identity = [&](const char* name, std::function<Value(const IdentityRule&)> of) {
      columns.push_back({name, kText, [of = std::move(of)](One one) {
                           const auto rule = IdentityOf(one.field);
                           return rule ? of(*rule) : Value::Null(kText);
                         }});
    };
    const auto metadata = [&](const char* name, const char* key) {
      columns.push_back(
          {name, kText, [key](One one) { return TextOrNull(MetadataText(one.field, key)); }});
    };
    metadata("column_default", kDefaultKey);
    columns.push_back({"is_generated", kText, [](One one) {
                         return Text(MetadataText(one.field, kGenerationKey) ? "ALWAYS" : "NEVER");
                       }});
    metadata("generation_expression", kGenerationKey);
    columns.push_back(
        {"is_identity", kText, [](One one) { return YesNo(IdentityOf(one.field).has_value()); }});
    of_identity("identity_generation", [](const IdentityRule& rule) {
      return Text(rule.always ? "ALWAYS" : "BY DEFAULT");
    });
    of_identity("identity_start",
                [](const IdentityRule& rule) { return Text(std::to_string(rule.start)); });
    of_identity("identity_increment",
                [](const IdentityRule& rule) { return Text(std::to_string(rule.step)); });
  }

  struct Constraint {
    QualifiedName table;
    std::string name;
    std::string condition;  // Of a CHECK; "" of a key.
    std::string type = "CHECK";
  };
  struct Key {
    QualifiedName table;
    catalog::KeyInfo info;
  };
  struct KeyColumn {
    Key key;
    size_t at;  // In its columns.
  };

  static QualifiedName In(const QualifiedName& table, const std::string& constraint) {
    return {table.catalog, table.schema, constraint};
  }

  // "constraint_catalog", "constraint_schema", "constraint_name" for "constraint".
  template <typename Object>
  static void AddName(std::vector<Column<Object>>& columns, const std::string& of,
                      const std::function<QualifiedName(const Object&)>& name) {
    columns.push_back(
        {of + "_catalog", kText, [name](const Object& one) { return Text(name(one).catalog); }});
    columns.push_back(
        {of + "_schema", kText, [name](const Object& one) { return Text(name(one).schema); }});
    columns.push_back(
        {of + "_name", kText, [name](const Object& one) { return Text(name(one).name); }});
  }

  std::vector<Key> AllKeys() const {
    std::vector<Key> keys;
    for (const TableInfo& info : AllTables()) {
      if (!services_.catalog.Allows(principal_, catalog::Privilege::kSelect,
                                    SecurableOf(info.name))) {
        continue;
      }
      for (catalog::KeyInfo& key : services_.catalog.KeysOf(info.id)) {
        keys.push_back({info.name, std::move(key)});
      }
    }
    return keys;
  }

  std::vector<KeyColumn> ColumnsOfKeys() const {
    std::vector<KeyColumn> columns;
    for (const Key& key : AllKeys()) {
      for (size_t at = 0; at < key.info.columns.size(); ++at) columns.push_back({key, at});
    }
    return columns;
  }

  // Of a column of a foreign key: where the one that it stands for is in the primary key.
  std::optional<int> PlaceInParent(const KeyColumn& column) const {
    const catalog::KeyInfo& key = column.key.info;
    if (!key.parent) return std::nullopt;
    const auto parent = services_.catalog.FindTable(*key.parent);
    if (!parent) return std::nullopt;
    for (const catalog::KeyInfo& other : services_.catalog.KeysOf(parent->id)) {
      if (!other.IsPrimary()) continue;
      for (size_t i = 0; i < other.columns.size(); ++i) {
        if (other.columns[i] == key.parent_columns[column.at]) return static_cast<int>(i) + 1;
      }
    }
    return std::nullopt;
  }

  std::vector<Constraint> AllConstraints() const {
    std::vector<Constraint> constraints;
    for (const TableInfo& info : AllTables()) {
      const auto snapshot = SnapshotOf(info);
      if (snapshot == nullptr) continue;
      for (auto& [name, condition] : ConstraintsOf(snapshot->metadata().configuration)) {
        constraints.push_back({info.name, name, condition});
      }
    }
    return constraints;
  }

  // Null where the principal may not read the table, or nobody can; and for views.
  std::shared_ptr<const delta::Snapshot> SnapshotOf(const TableInfo& info) const {
    if (info.view || !services_.catalog.Allows(principal_, catalog::Privilege::kSelect,
                                               SecurableOf(info.name))) {
      return nullptr;
    }
    try {
      return OpenTable(services_, info.location).Latest();
    } catch (const Error&) {
      return nullptr;  // Whoever reads the table is told what is wrong with it.
    }
  }

  // Nothing where the principal may not read the table, or nobody can.
  std::optional<Schema> ColumnsOf(const TableInfo& info) const {
    if (info.view) {
      const bool may =
          services_.catalog.Allows(principal_, catalog::Privilege::kSelect, SecurableOf(info.name));
      return may ? std::optional(SchemaFromJson(info.view->schema_json)) : std::nullopt;
    }
    const auto snapshot = SnapshotOf(info);
    return snapshot == nullptr ? std::nullopt : std::optional(snapshot->schema());
  }

  const Services& services_;
  const std::string& principal_;
  const std::string& catalog_;
};

const std::map<std::string, InformationRows (Information::*)() const>& Relations() {
  static const std::map<std::string, InformationRows (Information::*)() const> relations = {
      {"schemata", &Information::Schemata},
      {"tables", &Information::Tables},
      {"views", &Information::Views},
      {"columns", &Information::Columns},
      {"volumes", &Information::Volumes},
      {"routines", &Information::Routines},
      {"parameters", &Information::Parameters},
      {"routine_columns", &Information::RoutineColumns},
      {"table_constraints", &Information::TableConstraints},
      {"check_constraints", &Information::CheckConstraints},
      {"key_column_usage", &Information::KeyColumnUsage},
      {"referential_constraints", &Information::ReferentialConstraints},
      {"constraint_table_usage", &Information::ConstraintTableUsage},
      {"constraint_column_usage", &Information::ConstraintColumnUsage}};
  return relations;
}

// All of the rows, in one batch.
class InformationStream : public BatchStream {
 public:
  explicit InformationStream(std::shared_ptr<const InformationRows> rows)
      : rows_(std::move(rows)) {}

  const Schema& schema() const override { return rows_->schema; }
  std::optional<Batch> Next() override {
    if (done_ || rows_->rows.empty()) return std::nullopt;
    done_ = true;
    BatchBuilder builder(rows_->schema);
    for (const auto& row : rows_->rows) {
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
    }
    return builder.Finish();
  }

 private:
  std::shared_ptr<const InformationRows> rows_;
  bool done_ = false;
};

}  // namespace

Relation InformationRows::AsRelation(std::shared_ptr<const InformationRows> rows) {
  const Schema& schema = rows->schema;
  return BatchSequence{
      schema, [rows = std::move(rows)] { return std::make_unique<InformationStream>(rows); }};
}

std::optional<InformationRows> InformationOf(const Services& services, const std::string& principal,
                                             const std::string& catalog,
                                             const std::string& relation) {
  const auto found = Relations().find(relation);
  if (found == Relations().end()) return std::nullopt;
  return (Information(services, principal, catalog).*found->second)();
}

std::string InformationRelations() {
  std::string names;
  for (const auto& [name, rows] : Relations()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace weir::session
