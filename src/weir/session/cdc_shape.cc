#include "weir/session/cdc_shape.h"

#include <algorithm>
#include <utility>

#include "weir/session/cdc_query.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/functions.h"
#include "weir/types/column_rules.h"

namespace weir::session {
namespace {

using Names = std::vector<sql::Identifier>;

std::string ListOf(const Schema& schema) {
  std::string list;
  for (const Field& field : schema.fields()) list += (list.empty() ? "" : ", ") + field.name;
  return list;
}

Field NullableColumn(const Field& field) { return WithoutRules(AsNullable(field)); }

class ShapeReader {
 public:
  ShapeReader(const Flow& flow, const Schema& source) : cdc_(*flow.cdc), flow_(flow) {
    std::vector<Field> fields;
    for (const Field& field : source.fields()) {
      if (field.name == kSequenceColumn && cdc_.source != nullptr) {
        shape_.sequence = field.type;
      } else if (cdc_.source == nullptr ||
                 (field.name != kDeleteColumn && field.name != kTruncateColumn)) {
        fields.push_back(NullableColumn(field));
      }
    }
    source_ = Schema(std::move(fields));
  }

  std::variant<CdcShape, Diagnostics> Read(const DataType& version) {
    shape_.scd_type = cdc_.scd_type;
    shape_.ignores_nulls = cdc_.ignore_null_updates;
    shape_.truncates = cdc_.truncate_when != nullptr;
    shape_.is_snapshot = cdc_.source == nullptr;
    if (shape_.is_snapshot) shape_.sequence = version;
    ReadColumns();
    ReadKeys();
    ReadTracked();
    CheckTypes();
    if (shape_.truncates && shape_.scd_type == 2) {
      Report("AUTOCDC_TRUNCATE_REQUIRES_SCD1", "42613", cdc_.truncate_when->span,
             "APPLY AS TRUNCATE WHEN empties the table, and SCD TYPE 2 keeps what was",
             "leave it out, or store the newest rows as SCD TYPE 1");
    }
    if (!diagnostics_.empty()) return std::move(diagnostics_);
    return std::move(shape_);
  }

 private:
  void Report(const char* condition, const char* sqlstate, const Span& span,
              const std::string& message, const std::string& hint) {
    diagnostics_.push_back({condition, sqlstate, span, message, hint});
  }

  // The names, each once and each of a column there is.
  std::set<std::string> Known(const Names& names, const char* clause, const Schema& schema) {
    std::set<std::string> known;
    for (const sql::Identifier& name : names) {
      if (!schema.Find(name.text)) {
        Report("AUTOCDC_COLUMNS_NOT_FOUND_IN_SCHEMA", "42703", name.span,
               std::string(clause) + " names `" + name.text + "`, which the flow does not have",
               "its columns: " + ListOf(schema));
      } else if (!known.insert(LowerName(name.text)).second) {
        Report("COLUMN_ALREADY_EXISTS", "42711", name.span,
               std::string(clause) + " names `" + name.text + "` twice", "name it once");
      }
    }
    return known;
  }

  void ReadColumns() {
    shape_.columns = source_;
    if (cdc_.columns) {
      const auto named = Known(cdc_.columns->names, "COLUMNS", source_);
      std::vector<Field> chosen;
      for (const Field& field : source_.fields()) {
        if ((named.count(LowerName(field.name)) > 0) != cdc_.columns->except) {
          chosen.push_back(field);
        }
      }
      shape_.columns = Schema(std::move(chosen));
    }
    std::set<std::string> seen;
    for (const Field& field : shape_.columns.fields()) {
      const std::string name = LowerName(field.name);
      if (!seen.insert(name).second) {
        Report("COLUMN_ALREADY_EXISTS", "42711", flow_.span,
               "the source has two columns called `" + field.name + "`", "rename one of them");
      }
      if (name.starts_with(kCdcPrefix)) {
        Report("AUTOCDC_RESERVED_COLUMN_NAME_PREFIX_CONFLICT", "42710", flow_.span,
               "the source's column `" + field.name + "` begins with " + kCdcPrefix +
                   ", as columns of weir's own do",
               "rename it, or leave it out with COLUMNS * EXCEPT (" + field.name + ")");
      }
      const bool is_end = name == LowerName(kStartColumn) || name == LowerName(kEndColumn);
      if (is_end && shape_.scd_type == 2) {
        Report("AUTOCDC_RESERVED_COLUMN_NAME_CONFLICT", "42710", flow_.span,
               "the source's column `" + field.name + "` is called as an end of the history is",
               "rename it, or leave it out with COLUMNS * EXCEPT (" + field.name + ")");
      }
    }
  }

  void ReadKeys() {
    for (const std::string& name : Known(cdc_.keys, "KEYS", source_)) {
      const Field& field = source_[*source_.Find(name)];
      if (!shape_.columns.Find(name)) {
        Report("AUTOCDC_KEY_NOT_IN_SELECTED_SCHEMA", "22023", cdc_.columns->span,
               "COLUMNS leaves out the key `" + field.name + "`",
               "the table needs every key: take it in");
      } else if (!sql::IsOrderable(field.type)) {
        Report("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09", cdc_.keys.front().span,
               "the key `" + field.name + "` is of type " + field.type.ToSql() +
                   ", whose values can't be compared",
               "take another column as key, or a text of it");
      }
    }
    for (const sql::Identifier& name : cdc_.keys) {
      if (const auto at = source_.Find(name.text)) shape_.keys.push_back(source_[*at].name);
    }
  }

  void ReadTracked() {
    if (!cdc_.track_history) return;
    if (shape_.scd_type != 2) {
      Report("AUTOCDC_TRACK_HISTORY_REQUIRES_SCD2", "42613", cdc_.track_history->span,
             "TRACK HISTORY ON goes with STORED AS SCD TYPE 2", "add it, or leave this out");
      return;
    }
    shape_.tracks_all = false;
    shape_.tracks_others = cdc_.track_history->except;
    shape_.named = Known(cdc_.track_history->names, "TRACK HISTORY ON", shape_.columns);
  }

  void CheckTypes() {
    for (const Field& field : shape_.columns.fields()) {
      if (sql::CanBeHeld(field.type)) continue;
      Report("UNSUPPORTED_FEATURE", "0A000", flow_.span,
             "the source's column `" + field.name + "` is of type " + field.type.ToSql() +
                 ", which AUTO CDC can't keep",
             "CAST it in a temporary view, or leave it out with COLUMNS * EXCEPT (" + field.name +
                 ")");
    }
    const Span& span = shape_.is_snapshot ? cdc_.span : cdc_.sequence_by->span;
    if (!sql::IsOrderable(shape_.sequence) || !sql::CanBeHeld(shape_.sequence)) {
      Report("AUTOCDC_MICROBATCH_VALIDATION.NON_ORDERABLE_SEQUENCE", "22000", span,
             "the sequence is of type " + shape_.sequence.ToSql() + ", which has no order",
             "name a number, a time, a text or a STRUCT of those");
    }
  }

  const sql::AutoCdc& cdc_;
  const Flow& flow_;
  Schema source_;
  CdcShape shape_;
  Diagnostics diagnostics_;
};

// Sets of names, order aside.
bool SameType(const DataType& left, const DataType& right) {
  return left.EqualsIgnoringNullability(right);
}

}  // namespace

bool CdcShape::IsKey(const std::string& column) const {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return LowerName(key) == LowerName(column); });
}

bool CdcShape::IsTracked(const std::string& column) const {
  return tracks_all || (named.count(LowerName(column)) > 0) != tracks_others;
}

Schema CdcShape::Target() const {
  std::vector<Field> fields = columns.fields();
  if (scd_type == 2) {
    fields.push_back({kStartColumn, sequence, true, "{}"});
    fields.push_back({kEndColumn, sequence, true, "{}"});
  }
  return Schema(std::move(fields));
}

std::variant<CdcShape, Diagnostics> CdcShapeOf(const Flow& flow, const Schema& source,
                                               const DataType& version) {
  return ShapeReader(flow, source).Read(version);
}

std::variant<CdcTable, Diagnostics> CdcTableOf(const Dataset& dataset, const Flow& flow,
                                               const CdcShape& shape, const Schema& table) {
  Diagnostics wrong;
  const auto report = [&](const std::string& message, const std::string& hint) {
    wrong.push_back({"INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA", "KD000", flow.span,
                     dataset.name.ToString() + " " + message, hint});
  };
  for (const Field& field : shape.columns.fields()) {
    if (table.Find(field.name)) continue;
    report("declares no column `" + field.name + "`, which the flow's source has",
           "declare it, or leave it out with COLUMNS * EXCEPT (" + field.name + ")");
  }
  CdcTable columns;
  for (const std::string& key : shape.keys) {
    if (const auto at = table.Find(key)) columns.keys.push_back(table[*at]);
  }
  for (const char* end : {kStartColumn, kEndColumn}) {
    if (shape.scd_type != 2) break;
    const auto at = table.Find(end);
    if (at && SameType(table[*at].type, shape.sequence)) continue;
    report(std::string(at ? "has another type for `" : "declares no column `") + end +
               "` than the sequence's, " + shape.sequence.ToSql(),
           "SCD TYPE 2 keeps there from when to when a row held: declare `" + std::string(end) +
               "` " + shape.sequence.ToSql() + ", or no columns at all");
  }
  for (const Field& field : table.fields()) {
    const std::string name = LowerName(field.name);
    const bool is_end =
        shape.scd_type == 2 && (name == LowerName(kStartColumn) || name == LowerName(kEndColumn));
    // What is generated from the others is so in the table's rows, which may be those of several
    // events.
    const bool made = MetadataText(field, kGenerationKey) && !shape.columns.Find(field.name);
    if (!is_end && !made && !shape.IsKey(field.name)) columns.values.push_back(field);
  }
  if (!wrong.empty()) return wrong;
  return columns;
}

}  // namespace weir::session
