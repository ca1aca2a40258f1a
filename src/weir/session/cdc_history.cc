#include <algorithm>
#include <functional>

#include "weir/session/cdc_run.h"

// SCD TYPE 2: every row that each key had, from when to when. The state holds all events, one for
// each place, and the history of a key follows from them alone.
namespace weir::session {
namespace {

std::string EachOf(size_t count, const std::function<std::string(size_t)>& each) {
  std::string list;
  for (size_t i = 0; i < count; ++i) list += ", " + each(i);
  return list;
}

std::string Digits(size_t i) { return std::to_string(i); }

constexpr const char* kUpToHere = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";

}  // namespace

// One event for each key and place: a delete, else the greatest row; with IGNORE NULL UPDATES the
// greatest of each value.
std::string CdcRun::EventsByPlace() const {
  const std::string keys = columns_.Keys();
  const size_t count = columns_.values().size();
  if (!shape_.ignores_nulls) {
    return "SELECT " + keys +
           EachOf(count,
                  [](size_t i) {
                    return "CASE WHEN NOT del THEN v" + Digits(i) + " END AS v" + Digits(i);
                  }) +
           ", seq, del FROM events QUALIFY row_number() OVER (PARTITION BY " + keys +
           ", seq ORDER BY del DESC, " + columns_.RowKey("") + " DESC) = 1";
  }
  const auto& leaves = columns_.leaves();
  std::vector<std::string> named;
  for (size_t i = 0; i < leaves.size(); ++i) {
    named.push_back("CASE WHEN NOT del THEN l" + Digits(i) + " END");
  }
  const auto values = columns_.Rebuilt(named);
  return "SELECT " + keys +
         EachOf(count, [&](size_t i) { return values[i] + " AS v" + Digits(i); }) +
         ", seq, del FROM (SELECT " + keys + ", seq, max(del) AS del" +
         EachOf(leaves.size(),
                [&](size_t i) {
                  const std::string leaf = columns_.LeafOf(leaves[i], "");
                  return "max_by(" + leaf + ", CASE WHEN " + leaf + " IS NOT NULL THEN " +
                         CdcColumns::OrderOf(leaf, leaves[i].type) + " END) AS l" + Digits(i);
                }) +
         " FROM events GROUP BY " + keys + ", seq)";
}

// Events that share their place with one that is known count where they are greater.
void CdcRun::HoldGreaterEvents() {
  const size_t count = columns_.values().size();
  const std::string state_values =
      EachOf(count, [&](size_t i) { return in_state_[i] + " AS v" + Digits(i); });
  const std::string known = "(SELECT " + columns_.Keys() + ", seq, del" + state_values +
                            " FROM state) s ON " + columns_.SameKeys("c", "s") +
                            " AND c.seq = s.seq";
  if (!shape_.ignores_nulls) {
    Hold("greater", "SELECT c.* FROM changes c LEFT JOIN " + known + " WHERE NOT c.tie OR " +
                        columns_.RowKey("c") + " > " + columns_.RowKey("s"));
    return;
  }
  const auto& leaves = columns_.leaves();
  std::vector<std::string> greater;
  for (const CdcLeaf& leaf : leaves) {
    const std::string c = columns_.LeafOf(leaf, "c"), s = columns_.LeafOf(leaf, "s");
    greater.push_back("CASE WHEN " + s + " IS NULL OR " + CdcColumns::OrderOf(c, leaf.type) +
                      " > " + CdcColumns::OrderOf(s, leaf.type) + " THEN " + c + " ELSE " + s +
                      " END");
  }
  const auto values = columns_.Rebuilt(greater);
  const std::string merged = "(SELECT " + columns_.Keys("c") +
                             EachOf(count,
                                    [&](size_t i) {
                                      return "CASE WHEN c.tie THEN " + values[i] + " ELSE c.v" +
                                             Digits(i) + " END AS v" + Digits(i);
                                    }) +
                             ", c.seq, c.del, c.old, c.tie, " + columns_.RowKey("s") +
                             " AS before FROM changes c LEFT JOIN " + known + ")";
  Hold("greater", "SELECT " + columns_.Keys() + (count == 0 ? "" : ", " + columns_.Values()) +
                      ", seq, del, old, tie FROM " + merged + " WHERE NOT tie OR NOT (" +
                      columns_.RowKey("") + " <=> before)");
}

void CdcRun::KeepHistory() {
  const std::string keys = columns_.Keys();
  const size_t count = columns_.values().size();
  const int64_t events =
      Hold("changes",
           "SELECT b.*, s.seq IS NOT NULL AS old, s.seq IS NOT NULL AND NOT b.del AS tie "
           "FROM (" +
               EventsByPlace() + ") b LEFT JOIN state s ON " + columns_.SameKeys("b", "s") +
               " AND b.seq = s.seq WHERE s.seq IS NULL OR NOT s.del");
  if (events == 0) return;
  std::string changes = "changes";
  if (Count("SELECT count(*) FROM changes WHERE tie") > 0) {
    HoldGreaterEvents();
    changes = "greater";
  }
  if (Count("SELECT count(*) FROM " + changes) == 0) return;
  ChangeEvents(changes);
  PutState();
  Hold("moves", Moves(changes));
  std::string set = std::string(kEndColumn) + " = c.stop";
  for (size_t i = 0; i < count; ++i) {
    set += ", " + columns_.NameOf(columns_.values()[i]) + " = c.v" + Digits(i);
  }
  ChangeTable("MERGE INTO target USING moves c ON " + columns_.SameKeysAsTable("c") +
              " AND target." + kStartColumn +
              " = c.start WHEN MATCHED AND c.gone THEN DELETE "
              "WHEN MATCHED THEN UPDATE SET " +
              set + " WHEN NOT MATCHED AND NOT c.gone THEN INSERT (" + columns_.KeyNames() +
              (count == 0 ? "" : ", " + columns_.ValueNames()) + ", " + kStartColumn + ", " +
              kEndColumn + ") VALUES (" + columns_.Keys("c") +
              (count == 0 ? "" : ", " + columns_.Values("c")) + ", c.start, c.stop)");
}

// Into the state: mostly they are new there.
void CdcRun::ChangeEvents(const std::string& changes) {
  const size_t count = columns_.values().size();
  if (Count("SELECT count(*) FROM " + changes + " WHERE old") == 0) {
    std::string row;
    for (const Field& field : state_now_->schema().fields()) {
      std::string value = field.name;
      if (field.name.starts_with("v")) {
        const auto at = std::find(in_state_.begin(), in_state_.end(), field.name);
        value = at == in_state_.end() ? "NULL"
                                      : "v" + Digits(static_cast<size_t>(at - in_state_.begin()));
      }
      row += (row.empty() ? "" : ", ") + std::string("CAST(") + value + " AS " +
             field.type.ToSql() + ") AS " + field.name;
    }
    AddToState("SELECT " + row + " FROM " + changes);
    return;
  }
  std::string set = "del = c.del";
  std::string names = columns_.Keys() + ", seq, del";
  for (size_t i = 0; i < count; ++i) {
    set += ", " + in_state_[i] + " = c.v" + Digits(i);
    names += ", " + in_state_[i];
  }
  ChangeState("MERGE INTO target USING " + changes + " c ON " + columns_.SameKeys("target", "c") +
              " AND target.seq = c.seq WHEN MATCHED THEN UPDATE SET " + set +
              " WHEN NOT MATCHED THEN INSERT (" + names + ") VALUES (" + columns_.Keys("c") +
              ", c.seq, c.del" + (count == 0 ? "" : ", " + columns_.Values("c")) + ")");
}

// The events of the keys that changed, as rows that follow each other. A row lasts from its first
// event to the next one that begins another, or deletes; of values that are not tracked the last
// event of the row tells.
std::string CdcRun::History(const std::string& changes) const {
  const std::string keys = columns_.Keys();
  const size_t count = columns_.values().size();
  const std::string by_place = "PARTITION BY " + keys + " ORDER BY seq";
  std::string events =
      "SELECT " + columns_.Keys("s") + ", s.seq, s.del" +
      EachOf(count, [&](size_t i) { return "s." + in_state_[i] + " AS v" + Digits(i); }) +
      " FROM state s LEFT SEMI JOIN " + changes + " c ON " + columns_.SameKeys("s", "c");
  if (shape_.ignores_nulls) {
    const auto& leaves = columns_.leaves();
    std::vector<std::string> names;
    for (size_t i = 0; i < leaves.size(); ++i) names.push_back("l" + Digits(i));
    const auto values = columns_.Rebuilt(names);
    events = "SELECT " + keys + ", seq, del" +
             EachOf(count, [&](size_t i) { return values[i] + " AS v" + Digits(i); }) +
             " FROM (SELECT *" +
             EachOf(leaves.size(),
                    [&](size_t i) {
                      return "last_value(" + columns_.LeafOf(leaves[i], "") +
                             ") IGNORE NULLS OVER (PARTITION BY " + keys + ", life ORDER BY seq" +
                             kUpToHere + ") AS l" + Digits(i);
                    }) +
             " FROM (SELECT *, sum(CASE WHEN del THEN 1 ELSE 0 END) OVER (" + by_place + kUpToHere +
             ") AS life FROM (" + events + ")))";
  }
  const std::string tracked = columns_.RowKey("", true);
  const std::string marked = "SELECT *, CASE WHEN del OR coalesce(lag(del) OVER (" + by_place +
                             "), true) OR NOT (" + tracked + " <=> lag(" + tracked + ") OVER (" +
                             by_place + ")) THEN 1 ELSE 0 END AS head FROM (" + events + ")";
  const std::string numbered =
      "SELECT *, sum(head) OVER (" + by_place + kUpToHere + ") AS run FROM (" + marked + ")";
  std::string last = "struct(seq" + EachOf(count, [](size_t i) { return "v" + Digits(i); }) + ")";
  const std::string runs = "SELECT " + keys + ", run, min(seq) AS start, max(del) AS del, max_by(" +
                           last + ", seq) AS latest FROM (" + numbered + ") GROUP BY " + keys +
                           ", run";
  const std::string spans = "SELECT *, lead(start) OVER (PARTITION BY " + keys +
                            " ORDER BY start) AS stop FROM (" + runs + ")";
  return "SELECT " + keys +
         EachOf(count, [](size_t i) { return "latest.v" + Digits(i) + " AS v" + Digits(i); }) +
         ", start, stop FROM (" + spans + ") WHERE NOT del";
}

// What is to become of the table's rows of these keys: rows that are to be, and starts that go.
std::string CdcRun::Moves(const std::string& changes) const {
  const size_t keys = columns_.keys().size();
  const size_t count = columns_.values().size();
  const std::string now = "SELECT " + columns_.TableColumns() + ", target." + kStartColumn +
                          " AS start, target." + kEndColumn +
                          " AS stop FROM target LEFT SEMI JOIN " + changes + " c ON " +
                          columns_.SameKeysAsTable("c");
  return "SELECT " +
         EachOf(keys,
                [](size_t i) {
                  return "coalesce(w.k" + Digits(i) + ", t.k" + Digits(i) + ") AS k" + Digits(i);
                })
             .substr(2) +
         EachOf(count, [](size_t i) { return "w.v" + Digits(i) + " AS v" + Digits(i); }) +
         ", coalesce(w.start, t.start) AS start, w.stop AS stop, w.start IS NULL AS gone FROM (" +
         History(changes) + ") w FULL JOIN (" + now + ") t ON " + columns_.SameKeys("w", "t") +
         " AND w.start = t.start WHERE w.start IS NULL OR t.start IS NULL OR NOT (w.stop <=> "
         "t.stop) "
         "OR NOT (" +
         columns_.RowKey("w") + " <=> " + columns_.RowKey("t") + ")";
}

}  // namespace weir::session
