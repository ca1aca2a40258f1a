#include <algorithm>
#include <functional>

#include "weir/base/error.h"
#include "weir/session/cdc_run.h"

// FROM SNAPSHOT: what changed is found by comparing with the table, which holds the snapshot
// before.
namespace weir::session {
namespace {

std::string All(size_t count, const std::function<std::string(size_t)>& each) {
  std::string list;
  for (size_t i = 0; i < count; ++i) list += ", " + each(i);
  return list;
}

std::string Nth(const char* letter, size_t i) { return letter + std::to_string(i); }

}  // namespace

void CdcRun::KeepSnapshot() {
  PutTable();
  CheckKeysAreUnique();
  if (shape_.scd_type == 1) {
    KeepLastSnapshot();
  } else {
    KeepSnapshots();
  }
}

void CdcRun::CheckKeysAreUnique() {
  const int64_t several =
      Count("SELECT count(*) FROM (SELECT " + columns_.Keys() + " FROM events GROUP BY " +
            columns_.Keys() + " HAVING count(*) > 1)");
  if (several == 0) return;
  throw Error(ErrorCode::kInvalid,
              "the snapshot of flow " + batch_.flow.name + " into " +
                  batch_.dataset.name.ToString() + " has several rows for " +
                  std::to_string(several) + (several == 1 ? " key" : " keys") +
                  ", so which of them counts is not known; nothing was applied. Name more KEYS, or "
                  "let its query give one row for each")
      .WithCondition("AUTOCDC_MICROBATCH_VALIDATION.DUPLICATE_KEY");
}

std::string CdcRun::SetValues() const {
  std::string set;
  for (size_t i = 0; i < columns_.values().size(); ++i) {
    set += (i == 0 ? "" : ", ") + columns_.NameOf(columns_.values()[i]) + " = c." + Nth("v", i);
  }
  return set;
}

void CdcRun::KeepLastSnapshot() {
  const size_t count = columns_.values().size();
  const int64_t moves = Hold(
      "moves", "SELECT " +
                   All(columns_.keys().size(),
                       [](size_t i) {
                         return "coalesce(n." + Nth("k", i) + ", t." + Nth("k", i) + ") AS " +
                                Nth("k", i);
                       })
                       .substr(2) +
                   All(count, [](size_t i) { return "n." + Nth("v", i) + " AS " + Nth("v", i); }) +
                   ", n.k0 IS NULL AS gone FROM events n FULL JOIN (SELECT " +
                   columns_.TableColumns() + " FROM target) t ON " + columns_.SameKeys("n", "t") +
                   " WHERE n.k0 IS NULL OR t.k0 IS NULL OR NOT (" + columns_.RowKey("n") + " <=> " +
                   columns_.RowKey("t") + ")");
  if (moves == 0) return;
  ChangeTable("MERGE INTO target USING moves c ON " + columns_.SameKeysAsTable("c") +
              " WHEN MATCHED AND c.gone THEN DELETE" +
              (count == 0 ? "" : " WHEN MATCHED THEN UPDATE SET " + SetValues()) +
              " WHEN NOT MATCHED AND NOT c.gone THEN INSERT (" + columns_.KeyNames() +
              (count == 0 ? "" : ", " + columns_.ValueNames()) + ") VALUES (" + columns_.Keys("c") +
              (count == 0 ? "" : ", " + columns_.Values("c")) + ")");
}

// Rows that hold are compared; where what is tracked is another, one ends and one begins.
void CdcRun::KeepSnapshots() {
  const size_t count = columns_.values().size();
  const std::string& version = batch_.bound.cdc->version;
  const std::string keys = columns_.Keys();
  Hold("compared",
       "SELECT " +
           All(columns_.keys().size(),
               [](size_t i) {
                 return "coalesce(n." + Nth("k", i) + ", t." + Nth("k", i) + ") AS " + Nth("k", i);
               })
               .substr(2) +
           All(count,
               [](size_t i) {
                 return "n." + Nth("v", i) + " AS " + Nth("v", i) + ", t." + Nth("v", i) + " AS " +
                        Nth("w", i);
               }) +
           ", t.start AS start, n.k0 IS NOT NULL AS here, t.k0 IS NOT NULL AS was, NOT (" +
           columns_.RowKey("n", true) + " <=> " + columns_.RowKey("t", true) +
           ") AS begins, NOT (" + columns_.RowKey("n") + " <=> " + columns_.RowKey("t") +
           ") AS differs FROM events n FULL JOIN (SELECT " + columns_.TableColumns() + ", target." +
           kStartColumn + " AS start FROM target WHERE target." + kEndColumn + " IS NULL) t ON " +
           columns_.SameKeys("n", "t"));
  const std::string old =
      keys + All(count, [](size_t i) { return Nth("w", i) + " AS " + Nth("v", i); });
  const std::string now = keys + All(count, [](size_t i) { return Nth("v", i); });
  const std::string none = "CAST(NULL AS " + shape_.sequence.ToSql() + ")";
  const int64_t moves = Hold(
      "moves", "SELECT " + old + ", start, " + version +
                   " AS stop FROM compared WHERE was AND (NOT here OR begins) UNION ALL SELECT " +
                   now + ", " + version + " AS start, " + none +
                   " AS stop FROM compared WHERE here AND (NOT was OR begins) UNION ALL SELECT " +
                   now + ", start, " + none +
                   " AS stop FROM compared WHERE here AND was AND NOT begins AND differs");
  if (moves == 0) return;
  ChangeTable("MERGE INTO target USING moves c ON " + columns_.SameKeysAsTable("c") +
              " AND target." + kStartColumn + " = c.start WHEN MATCHED THEN UPDATE SET " +
              kEndColumn + " = c.stop" + (count == 0 ? "" : ", " + SetValues()) +
              " WHEN NOT MATCHED THEN INSERT (" + columns_.KeyNames() +
              (count == 0 ? "" : ", " + columns_.ValueNames()) + ", " + kStartColumn + ", " +
              kEndColumn + ") VALUES (" + columns_.Keys("c") +
              (count == 0 ? "" : ", " + columns_.Values("c")) + ", c.start, c.stop)");
}

}  // namespace weir::session
