#include "model/checks.h"

#include <algorithm>
#include <utility>

#include "model/condition.h"
#include "support/test_app.h"
#include "weir/types/diagnostic.h"

namespace weir::test::model {
namespace {

constexpr int64_t kMostFeedVersions = 6;

void Expect(const std::string& sql, const Rows& got, const Content& wanted) {
  const std::string columns = ColumnsText(wanted);
  if (got.columns != columns) {
    throw Mismatch(sql + " has the columns " + got.columns + " instead of " + columns);
  }
  const std::string difference = Difference(got.texts, RowsTexts(wanted));
  if (!difference.empty()) throw Mismatch(sql + " gives other rows:\n" + difference);
}

void ExpectOne(const std::string& sql, const Rows& got, const std::string& wanted) {
  if (got.texts != std::vector<std::string>{wanted}) {
    throw Mismatch(sql + " gives " + (got.texts.empty() ? "nothing" : got.texts.front()) +
                   " instead of " + wanted);
  }
}

Content Picked(const Content& all, const Condition& condition) {
  Content picked{all.columns, {}};
  for (const Row& row : all.rows) {
    if (condition.Holds(all, row)) picked.rows.push_back(row);
  }
  return picked;
}

// count(c)|min(c)|max(c)
std::string CountsText(const Content& content, size_t column) {
  int64_t count = 0;
  Cell least;
  Cell most;
  for (const Row& row : content.rows) {
    const Cell& cell = row[column];
    if (!cell) continue;
    ++count;
    least = least ? std::min(*least, *cell) : *cell;
    most = most ? std::max(*most, *cell) : *cell;
  }
  const auto kind = content.columns[column].kind;
  return std::to_string(count) + "|" + ShownCell(kind, least) + "|" + ShownCell(kind, most);
}

// What the feed says of one version: rows as texts.
struct VersionChanges {
  std::vector<std::string> removed;
  std::vector<std::string> added;
  int64_t updated_from = 0;
  int64_t updated_to = 0;
};

// "<row>|<version>|<kind of change>"
VersionChanges ChangesOf(const std::vector<std::string>& feed, int64_t version) {
  const std::string mark = "|" + std::to_string(version) + "|";
  VersionChanges changes;
  for (const std::string& text : feed) {
    const size_t kind_at = text.rfind('|') + 1;
    const size_t mark_at = kind_at - mark.size();
    if (kind_at < mark.size() || text.compare(mark_at, mark.size(), mark) != 0) continue;
    const std::string kind = text.substr(kind_at);
    const bool is_added = kind == "insert" || kind == "update_postimage";
    (is_added ? changes.added : changes.removed).push_back(text.substr(0, mark_at));
    changes.updated_from += kind == "update_preimage" ? 1 : 0;
    changes.updated_to += kind == "update_postimage" ? 1 : 0;
  }
  return changes;
}

void Apply(const std::string& sql, const VersionChanges& changes, std::vector<std::string>& rows) {
  if (changes.updated_from != changes.updated_to) {
    throw Mismatch(sql + " updates " + std::to_string(changes.updated_from) + " rows to " +
                   std::to_string(changes.updated_to));
  }
  for (const std::string& row : changes.removed) {
    const auto there = std::find(rows.begin(), rows.end(), row);
    if (there == rows.end()) throw Mismatch(sql + " removes a row that was not there: " + row);
    rows.erase(there);
  }
  rows.insert(rows.end(), changes.added.begin(), changes.added.end());
}

std::string NamesOf(const Content& content) {
  std::string names;
  for (const Column& column : content.columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

}  // namespace

Ended Try(const std::function<void()>& act) {
  try {
    act();
    return {};
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
}

Rows Ask(Instance& instance, const std::string& sql) {
  const auto result = instance.session().Run(sql, "<model>");
  Rows rows{ColumnsText(result->schema()), RowTexts(*result)};
  std::sort(rows.texts.begin(), rows.texts.end());
  return rows;
}

void Checks::Present(Draw& draw) {
  const size_t first = draw.Below(Lake::kInstances);
  AllRows(lake_.instance(first));
  Instance& instance = lake_.instance(draw.Below(Lake::kInstances));
  if (draw.OneIn(3)) AllRows(lake_.instance(Lake::kInstances - 1 - first));
  if (draw.OneIn(2)) SomeRows(instance, draw);
  if (draw.OneIn(3)) Counts(instance, draw);
  if (draw.OneIn(3)) OlderVersion(instance, draw);
  if (shape_.row_tracking && draw.OneIn(3)) IdsAreDistinct(instance);
}

void Checks::AllRows(Instance& instance) {
  const std::string sql = "SELECT * FROM t";
  Expect(sql, Ask(instance, sql), history_.now());
}

void Checks::SomeRows(Instance& instance, Draw& draw) {
  const Condition condition = DrawCondition(history_.now(), draw);
  const std::string sql = "SELECT * FROM t WHERE " + condition.Sql();
  Expect(sql, Ask(instance, sql), Picked(history_.now(), condition));
}

void Checks::Counts(Instance& instance, Draw& draw) {
  const Content& now = history_.now();
  Condition condition;
  if (draw.OneIn(2)) condition = DrawCondition(now, draw);
  // Text is in another order than its numbers.
  size_t column = draw.Below(now.columns.size());
  if (!IsNumber(now.columns[column].kind)) column = 0;
  const std::string name = now.columns[column].name;
  const std::string sql = "SELECT count(*), count(" + name + "), min(" + name + "), max(" + name +
                          ") FROM t WHERE " + condition.Sql();
  const Content picked = Picked(now, condition);
  ExpectOne(sql, Ask(instance, sql),
            std::to_string(picked.rows.size()) + "|" + CountsText(picked, column));
}

void Checks::IdsAreDistinct(Instance& instance) {
  const std::string sql = "SELECT count(_metadata.row_id), count(DISTINCT _metadata.row_id) FROM t";
  const std::string rows = std::to_string(history_.now().rows.size());
  ExpectOne(sql, Ask(instance, sql), rows + "|" + rows);
}

void Checks::OlderVersion(Instance& instance, Draw& draw) {
  const int64_t oldest = draw.OneIn(5) ? 0 : history_.oldest();
  const int64_t version = draw.Between(oldest, history_.version());
  const std::string sql = "SELECT * FROM t VERSION AS OF " + std::to_string(version);
  Rows rows;
  const Ended ended = Try([&] { rows = Ask(instance, sql); });
  if (!ended.failed) return Expect(sql, rows, *history_.At(version));
  if (version >= history_.oldest() || *ended.failed == ErrorCode::kInternal) {
    throw Mismatch(sql + " fails: " + ended.message);
  }
}

void Checks::WithFault(Instance& instance, Draw& draw) {
  constexpr int64_t kCalls = 12;
  const Condition condition = DrawCondition(history_.now(), draw);
  const std::string sql = "SELECT * FROM t WHERE " + condition.Sql();
  instance.faults().Before(static_cast<size_t>(draw.Between(1, kCalls)),
                           io::Faults::Fail(ErrorCode::kUnavailable));
  Rows rows;
  const Ended ended = Try([&] { rows = Ask(instance, sql); });
  instance.faults().Clear();
  if (!ended.failed) return Expect(sql, rows, Picked(history_.now(), condition));
  if (*ended.failed != ErrorCode::kUnavailable) {
    throw Mismatch(sql + " on a store that fails once ends with another failure, " +
                   std::string(ErrorCodeName(*ended.failed)) + ": " + ended.message);
  }
}

std::optional<std::vector<std::string>> Checks::RowIds(Instance& instance) {
  if (!shape_.row_tracking || shape_.maps_columns()) return std::nullopt;
  return Ask(instance, "SELECT " + NamesOf(history_.now()) + ", _metadata.row_id FROM t").texts;
}

void Checks::ChangesSince(int64_t version, Draw& draw) {
  if (!shape_.change_feed) return;
  for (++version; version <= history_.version(); ++version) Changes(version, version);
  if (!draw.OneIn(4) || history_.version() == 0) return;
  const int64_t last = draw.Between(1, history_.version());
  Changes(draw.Between(std::max<int64_t>(1, last - kMostFeedVersions), last), last);
}

// What is removed by them and added, on the rows of the version before.
void Checks::Changes(int64_t first, int64_t last) {
  const Content& before = *history_.At(first - 1);
  const Content& after = *history_.At(last);
  for (int64_t version = first - 1; version < last; ++version) {
    if (history_.At(version)->columns != after.columns) return;
  }
  const std::string sql = "SELECT " + NamesOf(after) +
                          ", _commit_version, _change_type FROM table_changes('t', " +
                          std::to_string(first) + ", " + std::to_string(last) + ")";
  Rows changes;
  const Ended ended = Try([&] { changes = Ask(lake_.instance(0), sql); });
  if (ended.failed) {
    if (first <= history_.oldest() && *ended.failed != ErrorCode::kInternal) return;
    throw Mismatch(sql + " fails: " + ended.message);
  }
  std::vector<std::string> rows = RowsTexts(before);
  for (int64_t version = first; version <= last; ++version) {
    Apply(sql, ChangesOf(changes.texts, version), rows);
  }
  std::sort(rows.begin(), rows.end());
  const std::string difference = Difference(rows, RowsTexts(after));
  if (!difference.empty()) throw Mismatch(sql + " comes to other rows:\n" + difference);
}

}  // namespace weir::test::model
