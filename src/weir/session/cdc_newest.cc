#include <algorithm>
#include <functional>

#include "weir/session/cdc_run.h"

// SCD TYPE 1: the newest row of each key. The state holds for each key where its newest event
// stands and whether that deleted it. Of events in one place a delete counts, else the greatest
// row.
namespace weir::session {
namespace {

// The later of two places, of which either may be NULL.
std::string Later(const std::string& one, const std::string& other) {
  return "CASE WHEN " + one + " IS NULL OR " + other + " > " + one + " THEN " + other + " ELSE " +
         one + " END";
}

std::string Each(size_t count, const std::function<std::string(size_t)>& each) {
  std::string list;
  for (size_t i = 0; i < count; ++i) list += ", " + each(i);
  return list;
}

std::string No(size_t i) { return std::to_string(i); }

}  // namespace

// Where the table was truncated last, by these events or before: a relation of one row. Whether
// that is new: rows that no event names may go then.
bool CdcRun::HoldTruncation() {
  if (!shape_.truncates) return false;
  Hold("truncated",
       "SELECT max(seq) AS seq, max(fresh) AS fresh, max(seq) IS NOT NULL AND max(fresh) IS NOT "
       "NULL "
       "AND (max(old) IS NULL OR max(fresh) > max(old)) AS is_new FROM ("
       "SELECT seq, seq AS fresh, NULL AS old FROM events WHERE trunc UNION ALL "
       "SELECT seq, NULL, seq FROM state WHERE k0 IS NULL)");
  return Count("SELECT count(*) FROM truncated WHERE is_new") > 0;
}

void CdcRun::KeepNewest() {
  const bool truncates = HoldTruncation();
  const std::string keys = columns_.Keys();
  const std::string newest =
      "(SELECT * FROM events WHERE NOT trunc QUALIFY row_number() OVER (PARTITION BY " + keys +
      " ORDER BY seq DESC, del DESC, " + columns_.RowKey("") + " DESC) = 1)";
  // What a truncation takes is gone from the state too: it is told once, for all.
  std::string gone = "false";
  std::string after = "true";
  std::string from = newest + " n LEFT JOIN state s ON " + columns_.SameKeys("n", "s");
  if (shape_.truncates) {
    from = newest + " n " + (truncates ? "FULL" : "LEFT") +
           " JOIN (SELECT * FROM state WHERE k0 IS "
           "NOT NULL) s ON " +
           columns_.SameKeys("n", "s") + " CROSS JOIN truncated t";
    after = "(t.seq IS NULL OR n.seq > t.seq)";
  }
  if (truncates) gone = "(n.seq IS NULL OR n.seq <= t.seq) AND s.seq <= t.seq";
  const std::string wins = "n.seq IS NOT NULL AND " + after +
                           " AND (s.seq IS NULL OR n.seq > s.seq OR (n.seq = s.seq AND NOT s.del))";
  const int64_t changes = Hold(
      "changes",
      "SELECT " +
          Each(
              columns_.keys().size(),
              [&](size_t i) { return "coalesce(n.k" + No(i) + ", s.k" + No(i) + ") AS k" + No(i); })
              .substr(2) +
          Each(columns_.values().size(),
               [&](size_t i) { return "n.v" + No(i) + " AS v" + No(i); }) +
          ", n.seq AS seq, coalesce(n.del, true) AS del, coalesce(" + gone +
          ", false) AS gone, coalesce(n.seq = s.seq AND NOT n.del, false) AS tie, CASE WHEN n.del "
          "THEN current_timestamp() END AS at FROM " +
          from + " WHERE (" + wins + ") OR (" + gone + ")");
  if (truncates) MarkTruncation("true");
  if (changes == 0) return;
  const bool ties = Count("SELECT count(*) FROM changes WHERE tie AND NOT gone") > 0;
  ChangeState("MERGE INTO target USING (SELECT * FROM changes WHERE NOT tie OR gone) c ON " +
              columns_.SameKeys("target", "c") +
              " WHEN MATCHED AND c.gone THEN DELETE"
              " WHEN MATCHED THEN UPDATE SET seq = c.seq, del = c.del, at = c.at"
              " WHEN NOT MATCHED AND NOT c.gone THEN INSERT (" +
              keys + ", seq, del, at) VALUES (" + columns_.Keys("c") + ", c.seq, c.del, c.at)");
  // Only where places are shared are the rows of the table asked for more than their keys.
  const std::string counts =
      ties ? "NOT c.tie OR " + columns_.RowKey("c") + " > " + columns_.TableRowKey() : "true";
  std::string set;
  for (size_t i = 0; i < columns_.values().size(); ++i) {
    set += (i == 0 ? "" : ", ") + columns_.NameOf(columns_.values()[i]) + " = c.v" + No(i);
  }
  const std::string update =
      set.empty() ? "" : " WHEN MATCHED AND (" + counts + ") THEN UPDATE SET " + set;
  ChangeTable("MERGE INTO target USING changes c ON " + columns_.SameKeysAsTable("c") +
              " WHEN MATCHED AND (c.del OR c.gone) THEN DELETE" + update +
              " WHEN NOT MATCHED AND NOT c.del AND NOT c.gone AND NOT c.tie THEN INSERT (" +
              columns_.KeyNames() + (set.empty() ? "" : ", " + columns_.ValueNames()) +
              ") VALUES (" + columns_.Keys("c") + (set.empty() ? "" : ", " + columns_.Values("c")) +
              ")");
}

// One more row without keys; the greatest of them counts. `deleted`: what the state's own column
// says of it.
void CdcRun::MarkTruncation(const std::string& deleted) {
  std::string row;
  for (const Field& field : state_now_->schema().fields()) {
    std::string value = "NULL";
    if (field.name == "seq") value = "seq";
    if (field.name == "del") value = deleted;
    row += (row.empty() ? "" : ", ") + std::string("CAST(") + value + " AS " + field.type.ToSql() +
           ") AS " + field.name;
  }
  AddToState("SELECT " + row + " FROM truncated");
}

// With IGNORE NULL UPDATES each value has a place of its own: that of the newest event that gave
// it. What was given before the key was deleted, or the table truncated, does not count.
void CdcRun::KeepNewestValues() {
  const bool truncates = HoldTruncation();
  const auto& leaves = columns_.leaves();
  const size_t count = leaves.size();
  const std::string keys = columns_.Keys();
  // Of these events: the last delete, the last row, the newest of each value.
  const std::string newest =
      "(SELECT " + keys +
      ", max(CASE WHEN del THEN seq END) AS d, max(CASE WHEN NOT del THEN seq END) AS u" +
      Each(count,
           [&](size_t i) {
             const std::string leaf = columns_.LeafOf(leaves[i], "");
             const std::string given = "CASE WHEN NOT del AND " + leaf + " IS NOT NULL THEN ";
             return "max_by(struct(seq AS s, " + leaf + " AS v), " + given + "struct(seq AS s, " +
                    CdcColumns::OrderOf(leaf, leaves[i].type) + " AS v) END) AS b" + No(i);
           }) +
      " FROM events WHERE NOT trunc GROUP BY " + keys + ")";
  std::string from = newest + " n LEFT JOIN state s ON " + columns_.SameKeys("n", "s");
  if (shape_.truncates) {
    from = newest + " n " + (truncates ? "FULL" : "LEFT") +
           " JOIN (SELECT * FROM state WHERE k0 IS "
           "NOT NULL) s ON " +
           columns_.SameKeys("n", "s") + " CROSS JOIN truncated t";
  }
  const std::string deleted = Later("n.d", "s.dseq");
  const std::string joined =
      "(SELECT " +
      Each(columns_.keys().size(),
           [&](size_t i) { return "coalesce(n.k" + No(i) + ", s.k" + No(i) + ") AS k" + No(i); })
          .substr(2) +
      ", s.k0 IS NOT NULL AS known, s.seq AS su, s.dseq AS sd, " + Later("n.u", "s.seq") +
      " AS u, " + deleted + " AS d" + (shape_.truncates ? ", t.seq AS t" : "") +
      Each(count,
           [&](size_t i) { return "n.b" + No(i) + ", s." + in_state_[i] + " AS c" + No(i); }) +
      " FROM " + from + ")";
  // From when on values count.
  const std::string since = shape_.truncates ? Later("d", "t") : "d";
  const std::string dated = "(SELECT *, " + since + " AS since FROM " + joined + ")";
  const std::string valid = "(SELECT *" +
                            Each(count,
                                 [&](size_t i) {
                                   const std::string b = "b" + No(i) + ".s", c = "c" + No(i);
                                   return "CASE WHEN since IS NULL OR " + b + " > since THEN " + b +
                                          " END AS nb" + No(i) + ", CASE WHEN since IS NULL OR " +
                                          c + " > since THEN " + c + " END AS nc" + No(i);
                                 }) +
                            " FROM " + dated + ")";
  // What becomes of each value: 0 it is NULL, 1 it stays, 2 it is given, 3 the greater of both.
  const std::string judged = "(SELECT *, u IS NOT NULL AND (since IS NULL OR u > since) AS live" +
                             Each(count,
                                  [&](size_t i) {
                                    const std::string b = "nb" + No(i), c = "nc" + No(i);
                                    return "CASE WHEN " + b + " IS NULL AND " + c +
                                           " IS NULL THEN 0 WHEN " + b + " IS NULL OR " + c +
                                           " > " + b + " THEN 1 WHEN " + c + " IS NULL OR " + b +
                                           " > " + c + " THEN 2 ELSE 3 END AS a" + No(i);
                                  }) +
                             " FROM " + valid + ")";
  std::string differs =
      "NOT known OR NOT (u <=> su) OR NOT (d <=> sd) OR live <> (su IS NOT NULL AND (sd IS NULL OR "
      "su "
      "> sd))";
  for (size_t i = 0; i < count; ++i) {
    differs += " OR a" + No(i) + " >= 2 OR NOT (nc" + No(i) + " <=> c" + No(i) + ")";
  }
  // Nothing after the truncation: the state need not know the key.
  const std::string gone = shape_.truncates
                               ? "coalesce((u IS NULL OR u <= t) AND (d IS NULL OR d <= t), false)"
                               : "false";
  const int64_t changes =
      Hold("changes", "SELECT " + keys + ", u AS seq, d AS dseq, known, live, " + gone +
                          " AS gone, CASE WHEN NOT live THEN current_timestamp() END AS at" +
                          Each(count,
                               [&](size_t i) {
                                 return Later("nb" + No(i), "nc" + No(i)) + " AS c" + No(i) +
                                        ", b" + No(i) + ".v AS x" + No(i) + ", a" + No(i);
                               }) +
                          " FROM " + judged + " WHERE " + differs);
  if (truncates) MarkTruncation("NULL");
  if (changes == 0) return;
  std::string set = "seq = c.seq, dseq = c.dseq, at = c.at";
  std::string names = keys + ", seq, dseq, at";
  std::string given = columns_.Keys("c") + ", c.seq, c.dseq, c.at";
  for (size_t i = 0; i < count; ++i) {
    set += ", " + in_state_[i] + " = c.c" + No(i);
    names += ", " + in_state_[i];
    given += ", c.c" + No(i);
  }
  ChangeState("MERGE INTO target USING changes c ON " + columns_.SameKeys("target", "c") +
              " WHEN MATCHED AND c.gone THEN DELETE WHEN MATCHED THEN UPDATE SET " + set +
              " WHEN NOT MATCHED AND NOT c.gone THEN INSERT (" + names + ") VALUES (" + given +
              ")");
  std::vector<std::string> updated;
  std::vector<std::string> inserted;
  for (size_t i = 0; i < count; ++i) {
    const std::string x = "c.x" + No(i), t = columns_.LeafInTable(leaves[i]);
    const std::string greater =
        "CASE WHEN " + t + " IS NULL OR " + CdcColumns::OrderOf(x, leaves[i].type) + " > " +
        CdcColumns::OrderOf(t, leaves[i].type) + " THEN " + x + " ELSE " + t + " END";
    updated.push_back("CASE c.a" + No(i) + " WHEN 1 THEN " + t + " WHEN 2 THEN " + x +
                      " WHEN 3 THEN " + greater + " END");
    inserted.push_back("CASE WHEN c.a" + No(i) + " >= 2 THEN " + x + " END");
  }
  const auto after = columns_.Rebuilt(updated);
  const auto fresh = columns_.Rebuilt(inserted);
  std::string update;
  std::string insert = columns_.Keys("c");
  for (size_t i = 0; i < after.size(); ++i) {
    update += (i == 0 ? "" : ", ") + columns_.NameOf(columns_.values()[i]) + " = " + after[i];
    insert += ", " + fresh[i];
  }
  ChangeTable("MERGE INTO target USING changes c ON " + columns_.SameKeysAsTable("c") +
              " WHEN MATCHED AND NOT c.live THEN DELETE" +
              (update.empty() ? "" : " WHEN MATCHED THEN UPDATE SET " + update) +
              " WHEN NOT MATCHED AND c.live THEN INSERT (" + columns_.KeyNames() +
              (update.empty() ? "" : ", " + columns_.ValueNames()) + ") VALUES (" + insert + ")");
}

}  // namespace weir::session
