#include "model/merge_statement.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "model/condition.h"

namespace weir::test::model {
namespace {

constexpr int64_t kMostSourceRows = 6;
constexpr int64_t kMergedIds = 60;
constexpr int64_t kMergedParts = 4;
constexpr int64_t kMergedValues = 40;

struct SourceRow {
  int64_t id = 0;
  int64_t part = 0;
  int64_t v = 0;
};

// The clauses are asked in this order.
struct Merge {
  std::vector<SourceRow> source;
  std::string value;  // The column that takes v.
  bool on_part = false;
  bool deletes = false;  // WHEN MATCHED AND src.v % 3 = 0 THEN DELETE
  bool updates = false;  // WHEN MATCHED THEN UPDATE SET <value> = src.v
  bool moves = false;    // ..., part = src.part
  bool inserts = false;  // WHEN NOT MATCHED [AND src.v % 2 = 0] THEN INSERT
  bool inserts_even = false;
  // WHEN NOT MATCHED BY SOURCE AND <condition> THEN DELETE or UPDATE SET <value> = 7
  std::optional<Condition> others;
  bool deletes_others = false;

  static constexpr int64_t kMark = 7;

  std::string Sql() const;
  std::optional<Content> Apply(const Content& before) const;

 private:
  bool Matches(const SourceRow& from, Cell id, Cell part) const {
    return id == from.id && (!on_part || part == from.part);
  }
};

std::string Merge::Sql() const {
  std::string sql = "MERGE INTO t USING (SELECT * FROM VALUES ";
  for (size_t i = 0; i < source.size(); ++i) {
    sql += (i == 0 ? "(" : ", (") + std::to_string(source[i].id) + ", " +
           std::to_string(source[i].part) + ", " + std::to_string(source[i].v) + ")";
  }
  sql += " AS r (id, part, v)) AS src ON t.id = src.id";
  if (on_part) sql += " AND t.part = src.part";
  if (deletes) sql += " WHEN MATCHED AND src.v % 3 = 0 THEN DELETE";
  if (updates) {
    sql += " WHEN MATCHED THEN UPDATE SET " + value + " = src.v";
    if (moves) sql += ", part = src.part";
  }
  if (inserts) {
    sql += std::string(" WHEN NOT MATCHED") + (inserts_even ? " AND src.v % 2 = 0" : "") +
           " THEN INSERT (id, part, " + value + ") VALUES (src.id, src.part, src.v)";
  }
  if (others) {
    sql += " WHEN NOT MATCHED BY SOURCE AND " + others->Sql("t") + " THEN " +
           (deletes_others ? "DELETE" : "UPDATE SET " + value + " = " + std::to_string(kMark));
  }
  return sql;
}

std::optional<Content> Merge::Apply(const Content& before) const {
  const auto into = before.Find(value);
  if (!into || (others && !others->Fits(before))) return std::nullopt;
  const size_t id = *before.Find("id");
  const size_t part = *before.Find("part");
  Content after{before.columns, {}};
  std::vector<bool> matched(source.size());
  for (const Row& old : before.rows) {
    Row row = old;
    bool keep = true;
    int changes = 0;
    bool any = false;
    for (size_t i = 0; i < source.size(); ++i) {
      if (!Matches(source[i], old[id], old[part])) continue;
      any = matched[i] = true;
      if (deletes && source[i].v % 3 == 0) {
        keep = false;
        ++changes;
      } else if (updates) {
        row[*into] = source[i].v;
        if (moves) row[part] = source[i].part;
        ++changes;
      }
    }
    if (changes > 1) return std::nullopt;
    if (!any && others && others->Holds(before, old)) {
      keep = !deletes_others;
      if (keep) row[*into] = kMark;
    }
    if (keep) after.rows.push_back(std::move(row));
  }
  for (size_t i = 0; i < source.size(); ++i) {
    if (!inserts || matched[i] || (inserts_even && source[i].v % 2 != 0)) continue;
    Row row(before.columns.size());
    row[id] = source[i].id;
    row[part] = source[i].part;
    row[*into] = source[i].v;
    after.rows.push_back(std::move(row));
  }
  return after;
}

// Some ids of rows that are there, some of others, each once.
std::vector<SourceRow> DrawSource(const Content& now, Draw& draw) {
  std::vector<SourceRow> source;
  std::set<int64_t> ids;
  const int64_t rows = draw.Between(1, kMostSourceRows);
  for (int64_t i = 0; i < rows; ++i) {
    SourceRow row{draw.Between(0, kMergedIds - 1), draw.Between(0, kMergedParts - 1),
                  draw.Between(0, kMergedValues - 1)};
    if (!now.rows.empty() && draw.OneIn(2)) {
      const Row& there = draw.Of(now.rows);
      row.id = there[*now.Find("id")].value_or(row.id);
      row.part = draw.OneIn(2) ? there[*now.Find("part")].value_or(row.part) : row.part;
    }
    if (ids.insert(row.id).second) source.push_back(row);
  }
  return source;
}

}  // namespace

Statement DrawMerge(const Content& now, Draw& draw) {
  Merge merge;
  merge.source = DrawSource(now, draw);
  std::vector<std::string> numbers;
  for (const Column& column : now.columns) {
    const bool is_key = column.name == "id" || column.name == "part";
    if (!is_key && IsNumber(column.kind)) numbers.push_back(column.name);
  }
  merge.value = draw.Of(numbers);
  merge.on_part = draw.OneIn(3);
  merge.deletes = draw.OneIn(3);
  merge.updates = draw.OneIn(2);
  merge.moves = draw.OneIn(4);
  merge.inserts = draw.OneIn(2) || !(merge.deletes || merge.updates);
  merge.inserts_even = draw.OneIn(3);
  if (draw.OneIn(4)) {
    merge.others = DrawCondition(now, draw);
    merge.deletes_others = draw.OneIn(2);
  }
  // It is not decided which of two counts.
  if (merge.updates && !merge.deletes && draw.OneIn(8)) {
    merge.source.push_back(merge.source.back());
    ++merge.source.back().v;
    merge.inserts = false;
  }
  Statement statement;
  statement.kind = StatementKind::kMerge;
  statement.sql = merge.Sql();
  statement.effect = [merge](const Content& content) { return merge.Apply(content); };
  return statement;
}

}  // namespace weir::test::model
