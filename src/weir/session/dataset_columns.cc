#include "weir/session/dataset_columns.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/schema_rules.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"

namespace weir::session {
namespace {

bool CountsAlike(const IdentityRule& left, const IdentityRule& right) {
  return left.start == right.start && left.step == right.step;
}

// One column of a streaming table on its way to what its definition says.
class ColumnChange {
 public:
  ColumnChange(const Dataset& dataset, const delta::Snapshot& base, const std::string& rebuild)
      : dataset_(dataset), base_(base), rebuild_(rebuild) {}

  // `merged`: it has the type that it is to have; else it is as in the table.
  Field Of(const Field& merged, const Field& wanted) const {
    const auto at = base_.schema().Find(merged.name);
    Field field = at ? WithRulesOf(merged, wanted, base_.schema()[*at]) : NewField(merged, wanted);
    return wanted.Comment() ? field.WithComment(*wanted.Comment()) : field;
  }

 private:
  bool HasRows() const { return !base_.files().empty(); }
  // Without a list of columns the definition has nothing to say of them.
  bool Lists() const { return !dataset_.clauses()->columns.empty(); }

  Field NewField(Field field, const Field& wanted) const {
    const bool computed = IdentityOf(wanted) || MetadataText(wanted, kGenerationKey);
    if (HasRows() && computed) {
      Refuse(wanted, "is computed by the table, and the rows that are there have no values in it");
    }
    if (HasRows() && !wanted.nullable) {
      Refuse(wanted, "is NOT NULL, and the rows that are there have no values in it");
    }
    field.nullable = wanted.nullable;
    return field;
  }

  Field WithRulesOf(Field field, const Field& wanted, const Field& now) const {
    if (Lists() || !wanted.nullable) field.nullable = wanted.nullable;
    if (!Lists()) return field;
    field = WithMetadataText(field, kDefaultKey, MetadataText(wanted, kDefaultKey));
    const auto formula = MetadataText(wanted, kGenerationKey);
    if (formula && formula != MetadataText(now, kGenerationKey) && HasRows()) {
      Refuse(wanted, "is GENERATED ALWAYS AS (" + *formula +
                         "), by which the rows that are there were not made");
    }
    field = WithMetadataText(field, kGenerationKey, formula);
    return WithNumbers(WithLengths(std::move(field), wanted, now), wanted, now);
  }

  Field WithNumbers(const Field& field, const Field& wanted, const Field& now) const {
    auto rule = IdentityOf(wanted);
    const auto before = IdentityOf(now);
    if (!rule) return before ? WithoutIdentity(field) : field;
    const bool goes_on = before && CountsAlike(*rule, *before);
    if (!goes_on && HasRows()) {
      Refuse(wanted, "counts, and the rows that are there were not numbered so");
    }
    if (goes_on) rule->high_water_mark = before->high_water_mark;
    return WithIdentity(WithoutIdentity(field), *rule);
  }

  Field WithLengths(Field field, const Field& wanted, const Field& now) const {
    const auto lengths = RawTypeOf(wanted.metadata);
    if (lengths == RawTypeOf(now.metadata)) return field;
    if (lengths && HasRows()) {
      Refuse(wanted, "is " + *lengths + ", which the rows that are there were not held to");
    }
    return WithDeclaredType(std::move(field), lengths);
  }

  [[noreturn]] void Refuse(const Field& column, const std::string& why) const {
    throw Error(ErrorCode::kUnsupported, "column " + QuoteName(column.name) + " of " +
                                             dataset_.name.ToString() + " " + why + "; " + rebuild_)
        .WithCondition("UNSUPPORTED_FEATURE");
  }

  const Dataset& dataset_;
  const delta::Snapshot& base_;
  const std::string& rebuild_;
};

std::string TextOfRule(const std::optional<IdentityRule>& rule) {
  if (!rule) return "";
  return std::string("GENERATED ") + (rule->always ? "ALWAYS" : "BY DEFAULT") +
         " AS IDENTITY (START WITH " + std::to_string(rule->start) + " INCREMENT BY " +
         std::to_string(rule->step) + ")";
}

std::string FormulaOf(const Field& field) {
  if (IdentityOf(field)) return TextOfRule(IdentityOf(field));
  const auto formula = MetadataText(field, kGenerationKey);
  return formula ? "GENERATED ALWAYS AS (" + *formula + ")" : "";
}

void TellRuleChanges(const Field& before, const Field& after, std::vector<std::string>& changes) {
  const std::string column = "the column " + QuoteName(after.name);
  if (const std::string formula = FormulaOf(after); formula != FormulaOf(before)) {
    changes.push_back(column + (formula.empty() ? " is as the query gives it, not " +
                                                      FormulaOf(before) + " any more"
                                                : " becomes " + formula));
  }
  const auto value = MetadataText(after, kDefaultKey);
  if (value != MetadataText(before, kDefaultKey)) {
    changes.push_back(column + (value ? " has the DEFAULT " + *value + " in rows to come"
                                      : " has no DEFAULT any more"));
  }
  if (before.nullable != after.nullable) {
    changes.push_back(column + (after.nullable ? " may hold NULL" : " becomes NOT NULL"));
  }
}

}  // namespace

Schema ColumnsAfter(const Dataset& dataset, const delta::Snapshot& base, const Schema& declared,
                    const delta::Configuration& properties, const std::string& rebuild) {
  const ColumnChange change(dataset, base, rebuild);
  std::vector<Field> fields = delta::MergeSchema(base.schema(), declared, properties).fields();
  for (Field& field : fields) {
    if (const auto at = declared.Find(field.name)) field = change.Of(field, declared[*at]);
  }
  return Schema(std::move(fields));
}

Schema ViewColumnsAfter(const Schema& now, const Schema& declared) {
  std::vector<Field> fields = now.fields();
  for (Field& field : fields) {
    const auto at = declared.Find(field.name);
    if (!at || !declared[*at].type.EqualsIgnoringNullability(field.type)) continue;
    if (declared[*at].nullable) field.nullable = true;
    if (const auto comment = declared[*at].Comment()) field = field.WithComment(*comment);
  }
  return Schema(std::move(fields));
}

std::vector<std::string> RuleChanges(const Schema& before, const Schema& after) {
  std::vector<std::string> changes;
  for (const Field& field : after.fields()) {
    if (const auto at = before.Find(field.name)) TellRuleChanges(before[*at], field, changes);
  }
  return changes;
}

bool ForbidsMoreNulls(const Schema& before, const Schema& after) {
  return std::any_of(after.fields().begin(), after.fields().end(), [&](const Field& field) {
    const auto at = before.Find(field.name);
    return at && !field.nullable && before[*at].nullable;
  });
}

}  // namespace weir::session
