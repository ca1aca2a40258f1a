#include "weir/sql/sql_writer.h"

// AUTO CDC, as it is read.
namespace weir::sql {

void SqlWriter::Write(const AutoCdc& cdc) {
  if (cdc.source != nullptr) {
    Put(" FROM ");
    Write(*cdc.source);
  } else {
    Put(" FROM SNAPSHOT (");
    Write(*cdc.snapshot);
    Put(")");
  }
  if (cdc.version != nullptr) {
    Put(" WITH VERSION (");
    Write(*cdc.version);
    Put(")");
  }
  Put(" KEYS ");
  PutNames(cdc.keys);
  if (cdc.ignore_null_updates) Put(" IGNORE NULL UPDATES");
  const auto clause = [&](const char* words, const ExprPtr& expr) {
    if (expr == nullptr) return;
    Put(words);
    Write(*expr);
  };
  clause(" APPLY AS DELETE WHEN ", cdc.delete_when);
  clause(" APPLY AS TRUNCATE WHEN ", cdc.truncate_when);
  clause(" SEQUENCE BY ", cdc.sequence_by);
  if (cdc.columns) {
    Put(" COLUMNS ");
    Write(*cdc.columns);
  }
  Put(cdc.scd_type == 1 ? " STORED AS SCD TYPE 1" : " STORED AS SCD TYPE 2");
  if (!cdc.track_history) return;
  Put(" TRACK HISTORY ON ");
  Write(*cdc.track_history);
}

void SqlWriter::Write(const ColumnChoice& choice) {
  if (choice.except) Put("* EXCEPT ");
  PutNames(choice.names);
}

}  // namespace weir::sql
