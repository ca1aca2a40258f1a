#include "weir/session/row_rules.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/lent_files.h"
#include "weir/session/statement.h"
#include "weir/sql/ast_printer.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/column_values.h"
#include "weir/sql/row_rules.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

// ALTER TABLE ... ADD CONSTRAINT, DROP CONSTRAINT, ALTER COLUMN ... SET and DROP DEFAULT.
namespace weir::session {
namespace {

constexpr sql::InputId kRuledTable = 0;

void ThrowAny(Diagnostics found) {
  if (!found.empty()) throw DiagnosticError(std::move(found));
}

Span SpanOf(const sql::TableClauses& clauses, size_t column) {
  return column < clauses.columns.size() ? clauses.columns[column].span : Span{};
}

sql::PlanPtr ScanOfTable(const delta::Snapshot& table, const std::string& name) {
  return sql::MakePlan(sql::NumberedColumns(table.schema()), sql::ScanPlan{kRuledTable, name});
}

// A column at the top of the schema: those alone have defaults.
size_t TopColumn(const sql::Name& name, const Schema& schema) {
  const auto at = schema.Find(name.parts[0].text);
  if (!at) {
    throw DiagnosticError(
        {{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", name.span,
          "there is no column " + name.ToString(), "columns: " + schema.ToDdl()}});
  }
  if (name.parts.size() > 1) {
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", name.span,
          "a field of a struct has no DEFAULT of its own", "give the whole column one"}});
  }
  return *at;
}

void SetDefault(delta::Metadata& metadata, const sql::Name& column,
                const sql::AlterTable::ColumnDefault& change, const sql::BindOptions& options) {
  const Schema schema = SchemaFromJson(metadata.schema_json);
  const size_t at = TopColumn(column, schema);
  std::vector<Field> fields = schema.fields();
  if (change.value == nullptr) {
    fields[at] = WithMetadataText(fields[at], kDefaultKey, std::nullopt);
  } else {
    if (MetadataText(fields[at], kGenerationKey) || IdentityOf(fields[at])) {
      throw DiagnosticError(
          {{"GENERATED_COLUMN_WITH_DEFAULT_VALUE", "42623", column.span,
            "column `" + fields[at].name + "` is generated, so it can't have a DEFAULT", ""}});
    }
    fields[at] = WithMetadataText(fields[at], kDefaultKey, change.text);
    ThrowAny(sql::CheckDefault(fields[at], change.value->span, options));
  }
  metadata.schema_json = SchemaToJson(Schema(std::move(fields)));
}

}  // namespace

bool HasRules(const sql::TableClauses& clauses) {
  const bool of_columns =
      std::any_of(clauses.columns.begin(), clauses.columns.end(), [](const auto& column) {
        return column.default_value || column.generated || column.identity;
      });
  const bool of_properties = std::any_of(
      clauses.properties.begin(), clauses.properties.end(),
      [](const auto& property) { return property.first.starts_with(sql::kConstraintPrefix); });
  return of_columns || of_properties || !clauses.checks.empty();
}

void CheckRules(const TableDeclaration& declaration, const sql::TableClauses& clauses,
                const sql::BindOptions& options) {
  const Schema& schema = declaration.schema;
  Diagnostics found;
  const auto take = [&](Diagnostics more) {
    found.insert(found.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  };
  for (size_t i = 0; i < schema.size(); ++i) {
    const Span span = SpanOf(clauses, i);
    const bool has_default = MetadataText(schema[i], kDefaultKey).has_value();
    const bool generated = MetadataText(schema[i], kGenerationKey).has_value();
    const bool numbered = IdentityOf(schema[i]).has_value();
    if (has_default && (generated || numbered)) {
      take({{generated ? "GENERATED_COLUMN_WITH_DEFAULT_VALUE"
                       : "IDENTITY_COLUMN_WITH_DEFAULT_VALUE",
             "42623", span,
             "column `" + schema[i].name + "` can't have both a DEFAULT and be GENERATED",
             "leave one of them out"}});
      continue;
    }
    if (has_default) take(sql::CheckDefault(schema[i], span, options));
    if (generated) take(sql::CheckGenerated(schema, i, span, options));
    if (numbered && schema[i].type.id() != TypeId::kLong) {
      take({{"DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", "428H2", span,
             "Identity column `" + schema[i].name + "` does not support data type " +
                 schema[i].type.ToSql(),
             "make it BIGINT"}});
    }
    if (numbered && generated) {
      take({{"IDENTITY_COLUMN_WITH_GENERATION_EXPRESSION", "42601", span,
             "column `" + schema[i].name + "` can't both count and be generated",
             "leave one of them out"}});
    }
    if (numbered &&
        std::find(declaration.partition_columns.begin(), declaration.partition_columns.end(),
                  schema[i].name) != declaration.partition_columns.end()) {
      take({{"DELTA_IDENTITY_COLUMNS_PARTITION_NOT_SUPPORTED", "42601", span,
             "PARTITIONED BY IDENTITY column `" + schema[i].name + "` is not supported",
             "partition by another column"}});
    }
  }
  for (const auto& [name, text] : ConstraintsOf(declaration.properties)) {
    Span span;
    for (const auto& check : clauses.checks) {
      if (check.text == text) span = check.condition->span;
    }
    take(sql::CheckConstraint(schema, sql::CheckConstraintRule(name, text), span, options));
  }
  ThrowAny(std::move(found));
}

std::vector<std::pair<std::string, std::string>> ConstraintsOf(
    const std::map<std::string, std::string>& properties) {
  const std::string_view prefix = sql::kConstraintPrefix;
  std::vector<std::pair<std::string, std::string>> constraints;
  for (const auto& [key, text] : properties) {
    if (key.starts_with(prefix)) constraints.emplace_back(key.substr(prefix.size()), text);
  }
  return constraints;
}

std::string ColumnDdl(const Field& field) {
  const auto raw = RawTypeOf(field.metadata);
  const std::string declared = raw ? WithRawType("{}", *raw) : "{}";
  std::string text = Schema({{field.name, field.type, field.nullable, declared}}).ToDdl();
  if (const auto value = MetadataText(field, kDefaultKey)) text += " DEFAULT " + *value;
  if (const auto made = MetadataText(field, kGenerationKey)) {
    text += " GENERATED ALWAYS AS (" + *made + ")";
  }
  if (const auto rule = IdentityOf(field)) {
    text += std::string(" GENERATED ") + (rule->always ? "ALWAYS" : "BY DEFAULT") +
            " AS IDENTITY (START WITH " + std::to_string(rule->start) + " INCREMENT BY " +
            std::to_string(rule->step) + ")";
  }
  if (const auto comment = field.Comment()) text += " COMMENT " + sql::QuoteString(*comment);
  return text;
}

void CheckIsNoConstraint(const std::string& property) {
  if (!LowerName(property).starts_with(sql::kConstraintPrefix)) return;
  throw Error(ErrorCode::kInvalid,
              "a CHECK constraint is no property to set or unset; write ALTER TABLE ... ADD "
              "CONSTRAINT name CHECK (condition), or DROP CONSTRAINT name")
      .WithCondition("DELTA_ADD_CONSTRAINTS");
}

void CheckNoRuleLooksAt(const delta::Metadata& metadata, const std::string& column,
                        const std::string& change, const sql::BindOptions& options) {
  const Schema schema = SchemaFromJson(metadata.schema_json);
  const auto looks = [&](const std::string& text) {
    const auto names = sql::ColumnsOfText(schema, text, options);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return LowerName(name) == LowerName(column);
    });
  };
  for (const auto& [name, text] : ConstraintsOf(metadata.configuration)) {
    if (!looks(text)) continue;
    throw Error(ErrorCode::kInvalid, "column `" + column + "` can't " + change +
                                         ": the CHECK constraint " + name + " (" + text +
                                         ") looks at it; drop that first")
        .WithCondition("DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE");
  }
  for (const Field& field : schema.fields()) {
    const auto text = MetadataText(field, kGenerationKey);
    if (!text || LowerName(field.name) == LowerName(column) || !looks(*text)) continue;
    throw Error(ErrorCode::kInvalid, "column `" + column + "` can't " + change +
                                         ": the generated column `" + field.name + "` (" + *text +
                                         ") is made of it")
        .WithCondition("DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE");
  }
}

namespace {

// The rules of a table, each of which may be found not to fit its columns.
class Fitting {
 public:
  Fitting(const delta::Metadata& metadata, const sql::BindOptions& options)
      : schema_(SchemaFromJson(metadata.schema_json)), options_(options) {}

  const Schema& schema() const { return schema_; }

  bool Fits(const sql::RowRule& rule) const {
    return sql::CheckConstraint(schema_, rule, {}, options_).empty();
  }
  // Columns without the rule are well.
  bool GeneratedFits(const std::string& column) const {
    const auto at = schema_.Find(column);
    return !at || !MetadataText(schema_[*at], kGenerationKey) ||
           sql::CheckGenerated(schema_, *at, {}, options_).empty();
  }
  bool DefaultFits(const std::string& column) const {
    const auto at = schema_.Find(column);
    return !at || !MetadataText(schema_[*at], kDefaultKey) ||
           sql::CheckDefault(schema_[*at], {}, options_).empty();
  }

 private:
  const Schema schema_;
  const sql::BindOptions& options_;
};

[[noreturn]] void NoLongerFits(const std::string& rule, const char* condition) {
  throw Error(ErrorCode::kInvalid,
              rule + " goes with the columns as they are, and would not any more; drop it first")
      .WithCondition(condition);
}

}  // namespace

void CheckRulesHold(const delta::Metadata& before, const delta::Metadata& now,
                    const sql::BindOptions& options) {
  const Fitting old(before, options);
  const Fitting own(now, options);
  for (const auto& [name, text] : ConstraintsOf(now.configuration)) {
    const auto rule = sql::CheckConstraintRule(name, text);
    if (own.Fits(rule) || !old.Fits(rule)) continue;
    NoLongerFits("the CHECK constraint " + name + " (" + text + ")",
                 "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE");
  }
  for (const Field& field : own.schema().fields()) {
    if (!own.GeneratedFits(field.name) && old.GeneratedFits(field.name)) {
      NoLongerFits("the generated column `" + field.name + "` (" +
                       MetadataText(field, kGenerationKey).value_or("") + ")",
                   "DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE");
    }
    if (!own.DefaultFits(field.name) && old.DefaultFits(field.name)) {
      NoLongerFits("the DEFAULT of column `" + field.name + "` (" +
                       MetadataText(field, kDefaultKey).value_or("") + ")",
                   "INVALID_DEFAULT_VALUE.DATA_TYPE");
    }
  }
}

void Preparer::PrepareRules(const sql::AlterTable& statement) {
  const auto* add = std::get_if<sql::AlterTable::AddConstraint>(&statement.action);
  // Whether the rows that are there meet it tells of them.
  const auto* sync = std::get_if<sql::AlterTable::SyncIdentity>(&statement.action);
  if ((add != nullptr || sync != nullptr) && statement.kind == sql::ObjectKind::kTable) {
    RequireReadable(statement.name);
  }
}

bool Executor::ChangeRules(const catalog::TableInfo& info, const sql::AlterTable& statement) {
  if (const auto* add = std::get_if<sql::AlterTable::AddConstraint>(&statement.action)) {
    AddConstraint(info, add->constraint);
    return true;
  }
  if (const auto* add = std::get_if<sql::AlterTable::AddKey>(&statement.action)) {
    AddKey(info, add->key);
    return true;
  }
  if (const auto* drop = std::get_if<sql::AlterTable::DropKey>(&statement.action)) {
    DropKey(info, *drop);
    return true;
  }
  if (const auto* drop = std::get_if<sql::AlterTable::DropConstraint>(&statement.action)) {
    if (DropKeyNamed(info, *drop)) return true;
    if (info.kind != catalog::TableKind::kView && drop->if_exists) {
      const auto base = LatestOf(OpenTable(services_, info.location), info);
      if (!FindConstraint(base->metadata().configuration, drop->name.text)) return true;
    }
    ChangeMetadata(info, "DROP CONSTRAINT", [&](delta::Metadata& metadata) {
      const auto key = FindConstraint(metadata.configuration, drop->name.text);
      if (!key) {
        throw DiagnosticError({{"DELTA_CONSTRAINT_DOES_NOT_EXIST", "42704", drop->name.span,
                                "Cannot drop nonexistent constraint " + drop->name.text +
                                    " from table " + info.name.ToString(),
                                "DROP CONSTRAINT IF EXISTS does nothing then"}});
      }
      metadata.configuration.erase(*key);
    });
    return true;
  }
  if (const auto* sync = std::get_if<sql::AlterTable::SyncIdentity>(&statement.action)) {
    SyncIdentity(info, *sync);
    return true;
  }
  return false;
}

void Executor::AddConstraint(const catalog::TableInfo& info,
                             const sql::CheckConstraintDefinition& check) {
  if (info.kind == catalog::TableKind::kView) {
    return ChangeMetadata(info, "ADD CONSTRAINT", [](delta::Metadata&) {});  // Throws.
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  TableChange change{base, base->metadata(), false, {}, {}, CommitOptions("ADD CONSTRAINT")};
  const std::string name = AddCheck(check, change.metadata->configuration);
  const auto options = RuleOptions(services_, options_);
  const auto rule = sql::CheckConstraintRule(name, check.text, info.name.ToString());
  ThrowAny(sql::CheckConstraint(base->schema(), rule, check.condition->span, options));
  JudgeFiles(services_, options_.principal, *base, table.location());
  const auto broken =
      PlanOrThrow(sql::Violating(ScanOfTable(*base, info.name.ToString()), rule, options));
  const auto rows = services_.engine.Query(
      {id_,
       broken,
       {{kRuledTable, engine::TableInput{table.location(), base, std::nullopt}}},
       std::nullopt});
  int64_t count = 0;
  while (const auto batch = rows->Next()) count += batch->rows();
  if (count > 0) {
    throw Error(ErrorCode::kInvalid, std::to_string(count) + (count == 1 ? " row" : " rows") +
                                         " in " + info.name.ToString() +
                                         " violate the new CHECK constraint (" + rule.condition +
                                         "); change or delete them first")
        .WithCondition("DELTA_NEW_CHECK_CONSTRAINT_VIOLATION");
  }
  // Rows that come in between were not looked at.
  change.reads_table = true;
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

void SetDefaults(delta::Metadata& metadata, const sql::AlterTable::ChangeColumns& alter,
                 const sql::BindOptions& options) {
  for (const auto& change : alter.changes) {
    if (change.default_value) SetDefault(metadata, change.column, *change.default_value, options);
  }
}

}  // namespace weir::session
