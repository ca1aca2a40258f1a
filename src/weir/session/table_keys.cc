#include "weir/session/table_keys.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/statement.h"

namespace weir::session {
namespace {

using catalog::KeyInfo;
using catalog::QualifiedName;

constexpr const char* kTimeseries = "TIMESERIES ";

std::string Quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + QuoteName(name);
  return text;
}

[[noreturn]] void BadKey(const std::string& condition, const Span& span, const std::string& message,
                         const std::string& hint) {
  throw DiagnosticError({{condition, "42000", span, message, hint}});
}

// As the schema spells them.
std::vector<std::string> ColumnsOf(const std::vector<sql::Identifier>& names, const Schema& schema,
                                   const std::string& table) {
  std::vector<std::string> columns;
  for (const sql::Identifier& name : names) {
    const auto at = schema.Find(name.text);
    if (!at) {
      BadKey("UNRESOLVED_COLUMN.WITH_SUGGESTION", name.span,
             "the table " + table + " has no column `" + name.text + "` for a key",
             "its columns: " + schema.ToDdl());
    }
    const std::string& column = schema[*at].name;
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      BadKey("COLUMN_ALREADY_EXISTS", name.span, "the key has the column `" + column + "` twice",
             "name it once");
    }
    columns.push_back(column);
  }
  return columns;
}

// One that is free in the table: "pets_pk", "pets_persons_fk", "pets_persons_fk_2".
std::string FreeName(const std::string& wanted, const std::set<std::string>& taken) {
  std::string name = wanted;
  for (int number = 2; taken.contains(name); ++number) name = wanted + "_" + std::to_string(number);
  return name;
}

void CheckIsNotNull(const KeyInfo& key, const Schema& schema, const Span& span) {
  for (const std::string& column : key.columns) {
    if (!schema[*schema.Find(column)].nullable) continue;
    BadKey("INVALID_PARAMETER_VALUE", span,
           "a primary key can't have the column `" + column + "`, which may be NULL",
           "ALTER TABLE ... ALTER COLUMN " + column + " SET NOT NULL first");
  }
}

class KeyReader {
 public:
  KeyReader(const Services& services, const KeyPlace& place, std::vector<KeyInfo> there)
      : services_(services), place_(place), keys_(std::move(there)), first_(keys_.size()) {
    for (const KeyInfo& key : keys_) names_.insert(LowerName(key.name));
  }

  void Read(const sql::KeyDefinition& definition) {
    KeyInfo key;
    key.columns = ColumnsOf(definition.columns, place_.columns, place_.table.ToString());
    key.options = definition.options;
    if (definition.timeseries) {
      const auto at = place_.columns.Find(definition.timeseries->text);
      key.options.push_back(kTimeseries + place_.columns[*at].name);
    }
    if (definition.parent) {
      Refer(definition, key);
    } else {
      if (Primary() != nullptr) {
        BadKey("MULTIPLE_PRIMARY_KEYS", definition.span,
               "the table " + place_.table.ToString() + " can have one primary key", "drop one");
      }
      CheckIsNotNull(key, place_.columns, definition.span);
    }
    const std::string of =
        key.parent ? place_.table.name + "_" + key.parent->name + "_fk" : place_.table.name + "_pk";
    key.name = definition.name ? LowerName(definition.name->text) : FreeName(of, names_);
    if (!names_.insert(key.name).second) {
      BadKey("DELTA_CONSTRAINT_ALREADY_EXISTS", definition.name->span,
             "there are two keys of the name " + QuoteName(key.name), "rename one of them");
    }
    keys_.push_back(std::move(key));
  }

  std::vector<KeyInfo> Take() && {
    keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(first_));
    return std::move(keys_);
  }

 private:
  const KeyInfo* Primary() const {
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [](const KeyInfo& key) { return key.IsPrimary(); });
    return found == keys_.end() ? nullptr : &*found;
  }

  void Refer(const sql::KeyDefinition& definition, KeyInfo& key) {
    key.parent = Qualify(*definition.parent, place_.catalog, place_.schema);
    const KeyParent parent = FindParent(definition, *key.parent);
    const auto& primary = parent.primary;
    if (!primary) {
      BadKey("INVALID_PARAMETER_VALUE", definition.span,
             "the table " + key.parent->ToString() +
                 " has no primary key that a foreign key could refer to",
             "ALTER TABLE ... ADD PRIMARY KEY gives it one; that of a streaming table or "
             "materialized view stands in its definition");
    }
    key.parent_key = primary->name;
    key.parent_columns =
        definition.parent_columns.empty()
            ? primary->columns
            : ColumnsOf(definition.parent_columns, parent.columns, key.parent->ToString());
    CheckFits(definition, key, parent.columns, *primary);
  }

  KeyParent FindParent(const sql::KeyDefinition& definition, const QualifiedName& name) const {
    if (name == place_.table) {
      const KeyInfo* own = Primary();
      return {place_.columns, own == nullptr ? std::nullopt : std::optional(*own)};
    }
    if (place_.planned) {
      if (auto planned = place_.planned(name)) return *std::move(planned);
    }
    const auto info = services_.catalog.FindTable(name);
    if (!info || info->location.empty()) {
      BadKey("TABLE_OR_VIEW_NOT_FOUND", definition.parent->span,
             "there is no table " + name.ToString() + " that a foreign key could refer to",
             "SHOW TABLES lists what is there");
    }
    KeyParent parent{LatestOf(OpenTable(services_, info->location), *info)->schema(), {}};
    for (KeyInfo& other : services_.catalog.KeysOf(info->id)) {
      if (other.IsPrimary()) parent.primary = std::move(other);
    }
    return parent;
  }

  void CheckFits(const sql::KeyDefinition& definition, const KeyInfo& key, const Schema& parent,
                 const KeyInfo& primary) const {
    const std::set<std::string> named(key.parent_columns.begin(), key.parent_columns.end());
    if (named != std::set<std::string>(primary.columns.begin(), primary.columns.end()) ||
        key.columns.size() != primary.columns.size()) {
      BadKey("INVALID_PARAMETER_VALUE", definition.span,
             "a foreign key refers to all columns of the primary key, and that of " +
                 key.parent->ToString() + " is (" + Quoted(primary.columns) + ")",
             "name as many columns, and the same ones");
    }
    for (size_t i = 0; i < key.columns.size(); ++i) {
      const DataType& own = place_.columns[*place_.columns.Find(key.columns[i])].type;
      const auto at = parent.Find(key.parent_columns[i]);
      if (!at || own == parent[*at].type) continue;
      BadKey("DATATYPE_MISMATCH", definition.span,
             "the column `" + key.columns[i] + "` is " + own.ToSql() + ", and `" +
                 key.parent_columns[i] + "`, which it refers to, is " + parent[*at].type.ToSql(),
             "columns of a foreign key have the types of those that they refer to");
    }
  }

  const Services& services_;
  const KeyPlace& place_;
  std::vector<KeyInfo> keys_;
  const size_t first_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<KeyInfo> KeysFrom(const Services& services, const KeyPlace& place,
                              const std::vector<sql::KeyDefinition>& definitions,
                              const std::vector<KeyInfo>& there) {
  std::vector<const sql::KeyDefinition*> all;
  for (const sql::KeyDefinition& definition : definitions) all.push_back(&definition);
  return KeysFrom(services, place, all, there);
}

std::vector<KeyInfo> KeysFrom(const Services& services, const KeyPlace& place,
                              const std::vector<const sql::KeyDefinition*>& definitions,
                              const std::vector<KeyInfo>& there) {
  KeyReader reader(services, place, there);
  // A foreign key may refer to the table itself.
  for (const bool primary : {true, false}) {
    for (const sql::KeyDefinition* definition : definitions) {
      if (!definition->parent == primary) reader.Read(*definition);
    }
  }
  return std::move(reader).Take();
}

Schema WithKeyColumns(Schema schema, const std::vector<sql::KeyDefinition>& definitions) {
  std::vector<Field> fields = schema.fields();
  for (const sql::KeyDefinition& key : definitions) {
    for (const sql::Identifier& column : key.columns) {
      const auto at = schema.Find(column.text);
      if (at && !key.parent) fields[*at].nullable = false;
    }
  }
  return Schema(std::move(fields));
}

std::string KeyText(const KeyInfo& key) {
  std::string timeseries, options, columns;
  for (const std::string& option : key.options) {
    if (option.starts_with(kTimeseries)) {
      timeseries = option.substr(std::string(kTimeseries).size());
    } else {
      options += " " + option;
    }
  }
  for (const std::string& column : key.columns) {
    columns += (columns.empty() ? "" : ", ") + QuoteName(column);
    if (column == timeseries) columns += " TIMESERIES";
  }
  if (key.IsPrimary()) return "PRIMARY KEY (" + columns + ")" + options;
  return "FOREIGN KEY (" + columns + ") REFERENCES " + key.parent->ToString() + " (" +
         Quoted(key.parent_columns) + ")" + options;
}

void CheckIsNoKeyColumn(const Services& services, const catalog::TableInfo& table,
                        const std::string& column, const std::string& change, bool only_primary) {
  for (const KeyInfo& key : services.catalog.KeysOf(table.id)) {
    if (only_primary && !key.IsPrimary()) continue;
    const bool has = std::any_of(key.columns.begin(), key.columns.end(), [&](const auto& one) {
      return LowerName(one) == LowerName(column);
    });
    if (!has) continue;
    throw Error(ErrorCode::kInvalid, "column `" + column + "` can't " + change + ": it is of the " +
                                         "key " + QuoteName(key.name) +
                                         "; ALTER TABLE ... DROP CONSTRAINT " +
                                         QuoteName(key.name) + " drops that first");
  }
}

// ALTER TABLE ... ADD and DROP of keys.

void Preparer::PrepareKeys(const std::vector<sql::KeyDefinition>& keys,
                           const QualifiedName& table) {
  for (const sql::KeyDefinition& key : keys) {
    if (!key.parent) continue;
    const auto parent = Qualify(*key.parent, options_.catalog, options_.schema);
    if (parent == table) continue;
    services_.catalog.RequireTable(principal(), catalog::Privilege::kSelect, parent);
  }
}

void Preparer::PrepareKeys(const sql::AlterTable& statement) {
  if (statement.kind != sql::ObjectKind::kTable) return;
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  if (const auto* add = std::get_if<sql::AlterTable::AddKey>(&statement.action)) {
    return PrepareKeys({add->key}, name);
  }
  const auto* constraint = std::get_if<sql::AlterTable::DropConstraint>(&statement.action);
  const auto* key = std::get_if<sql::AlterTable::DropKey>(&statement.action);
  const bool cascades =
      (constraint != nullptr && constraint->cascade) || (key != nullptr && key->cascade);
  const auto info = services_.catalog.FindTable(name);
  if (!cascades || !info) return;
  // Theirs go too.
  for (const catalog::TableInfo& other : services_.catalog.TablesReferringTo(info->id)) {
    services_.catalog.RequireManage(principal(), SecurableOf(other.name));
  }
}

namespace {

void RequireOwnKeys(const catalog::TableInfo& info) {
  if (info.kind != catalog::TableKind::kManaged && info.kind != catalog::TableKind::kExternal) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is " + std::string(catalog::TableKindPhrase(info.kind)) +
                    (info.view ? ", and tables have keys" : ", whose definition says its keys"))
        .WithCondition(info.view ? "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE" : "UNSUPPORTED_FEATURE");
  }
}

}  // namespace

void Executor::AddKey(const catalog::TableInfo& info, const sql::KeyDefinition& definition) {
  RequireOwnKeys(info);
  const Schema schema = LatestOf(OpenTable(services_, info.location), info)->schema();
  const KeyPlace place{info.name, schema, prepared_.catalog, prepared_.schema};
  const auto keys = KeysFrom(services_, place, {definition}, services_.catalog.KeysOf(info.id));
  services_.catalog.AddKey(info.id, keys.at(0));
}

bool Executor::DropKey(const catalog::TableInfo& info, const catalog::KeyInfo& key, bool cascade) {
  RequireOwnKeys(info);
  if (key.IsPrimary() && !cascade) {
    bool referred = !services_.catalog.TablesReferringTo(info.id).empty();
    for (const KeyInfo& own : services_.catalog.KeysOf(info.id)) {
      referred = referred || own.parent == info.name;
    }
    if (referred) {
      throw Error(ErrorCode::kConflict, "a foreign key refers to the primary key " +
                                            QuoteName(key.name) + " of " + info.name.ToString() +
                                            "; CASCADE drops such keys too");
    }
  }
  services_.catalog.DropKey(info.id, key.name);
  return true;
}

bool Executor::DropKeyNamed(const catalog::TableInfo& info,
                            const sql::AlterTable::DropConstraint& drop) {
  for (const KeyInfo& key : services_.catalog.KeysOf(info.id)) {
    if (LowerName(key.name) == LowerName(drop.name.text)) return DropKey(info, key, drop.cascade);
  }
  return false;
}

void Executor::DropKey(const catalog::TableInfo& info, const sql::AlterTable::DropKey& drop) {
  std::vector<std::string> wanted;
  for (const sql::Identifier& column : drop.columns) wanted.push_back(LowerName(column.text));
  for (const KeyInfo& key : services_.catalog.KeysOf(info.id)) {
    std::vector<std::string> columns;
    for (const std::string& column : key.columns) columns.push_back(LowerName(column));
    const bool is_it = wanted.empty() ? key.IsPrimary() : !key.IsPrimary() && columns == wanted;
    if (is_it) {
      DropKey(info, key, drop.cascade);
      return;
    }
  }
  if (drop.if_exists) return;
  throw DiagnosticError(
      {{"DELTA_CONSTRAINT_DOES_NOT_EXIST", "42704", drop.span,
        "the table " + info.name.ToString() + " has no such key", "IF EXISTS does nothing then"}});
}

}  // namespace weir::session
