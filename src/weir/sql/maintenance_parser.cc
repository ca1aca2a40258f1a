#include <charconv>
#include <set>

#include "weir/sql/grammar.h"

// TRUNCATE, OPTIMIZE, REORG, VACUUM, RESTORE, CONVERT TO DELTA, FSCK REPAIR TABLE, ANALYZE TABLE.
namespace weir::sql {

// TRUNCATE TABLE t: every row is deleted.
StatementPtr Grammar::ReadTruncate() {
  const size_t first = position();
  Expect(Keyword::kTRUNCATE);
  Expect(Keyword::kTABLE);
  Delete all;
  all.target = ReadTableName();
  all.is_truncate = true;
  if (At(Keyword::kPARTITION)) {
    RefuseRest(
        Unsupported("TRUNCATE TABLE ... PARTITION", Here(), "DELETE FROM ... WHERE does it"));
  }
  return MakeStatement(first, std::move(all));
}

// t, or '/path' as another way to write delta.`/path`.
Name Grammar::ReadTableOrPath() {
  if (!At(TokenKind::kString)) return ReadTableName();
  const size_t first = position();
  std::string path = ReadStringText();
  const Span span = SpanFrom(first);
  return Name{{Identifier{"delta", span}, Identifier{std::move(path), span}}, span};
}

// (a, b.c)
std::vector<Name> Grammar::ReadColumnNames() {
  std::vector<Name> columns;
  Expect(TokenKind::kLeftParen);
  do {
    columns.push_back(ReadName());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return columns;
}

// OPTIMIZE t [FULL] [WHERE condition] [ZORDER BY (a, b)]
StatementPtr Grammar::ReadOptimize() {
  const size_t first = position();
  Expect(Keyword::kOPTIMIZE);
  Optimize optimize;
  optimize.target = ReadTableOrPath();
  optimize.full = Accept(Keyword::kFULL);
  if (Accept(Keyword::kWHERE)) optimize.where = ReadExpression();
  if (AcceptWord("zorder")) {
    Expect(Keyword::kBY);
    if (At(TokenKind::kLeftParen)) {
      optimize.zorder_by = ReadColumnNames();
    } else {
      do {
        optimize.zorder_by.push_back(ReadName());
      } while (Accept(TokenKind::kComma));
    }
  }
  return MakeStatement(first, std::move(optimize));
}

// REORG TABLE t [WHERE condition] APPLY (PURGE)
StatementPtr Grammar::ReadReorg() {
  const size_t first = position();
  ExpectWord("reorg");
  Expect(Keyword::kTABLE);
  Optimize reorg;
  reorg.purge = true;
  reorg.target = ReadTableName();
  if (Accept(Keyword::kWHERE)) reorg.where = ReadExpression();
  Expect(Keyword::kAPPLY);
  Expect(TokenKind::kLeftParen);
  if (AtWord("upgrade")) {
    RefuseRest(Unsupported("REORG TABLE ... APPLY (UPGRADE UNIFORM)", Here(),
                           "weir writes Delta tables only"));
  }
  Expect(Keyword::kPURGE);
  Expect(TokenKind::kRightParen);
  return MakeStatement(first, std::move(reorg));
}

// VACUUM t {FULL | LITE | RETAIN n HOURS | DRY RUN}..., each at most once, in any order
StatementPtr Grammar::ReadVacuum() {
  const size_t first = position();
  Expect(Keyword::kVACUUM);
  Vacuum vacuum;
  vacuum.target = ReadTableOrPath();
  std::set<std::string> seen;
  while (!AtEnd()) {
    if (At(Keyword::kFULL) || AtWord("lite")) {
      NoteClause(seen, "FULL or LITE");
      vacuum.lite = !Accept(Keyword::kFULL);
      if (vacuum.lite) Next();
    } else if (AtWord("retain")) {
      NoteClause(seen, "RETAIN");
      Next();
      const size_t number = position();
      Accept(TokenKind::kMinus);
      Expect(TokenKind::kNumber);
      vacuum.retain_span = SpanFrom(number);
      vacuum.retain_hours = ReadHours(vacuum.retain_span);
      ExpectWord("hours");
    } else if (AtWord("dry")) {
      NoteClause(seen, "DRY RUN");
      Next();
      ExpectWord("run");
      vacuum.dry_run = true;
    } else if (At(Keyword::kUSING)) {
      RefuseRest(Unsupported("VACUUM ... USING INVENTORY", Here(),
                             "leave it out; weir lists the folder itself"));
    } else {
      FailHere("RETAIN n HOURS, DRY RUN, FULL or LITE is expected here");
    }
  }
  return MakeStatement(first, std::move(vacuum));
}

double Grammar::ReadHours(const Span& span) {
  const std::string_view text = span.Text();
  double hours = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hours);
  if (error == std::errc() && end == text.data() + text.size()) return hours;
  Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", span, "a number of hours is expected here"));
}

// CONVERT TO DELTA parquet.`path` [NO STATISTICS] [PARTITIONED BY (a INT, b STRING)]
StatementPtr Grammar::ReadConvert() {
  const size_t first = position();
  ExpectAll({Keyword::kCONVERT, Keyword::kTO});
  ExpectWord("delta");
  const size_t name_first = position();
  const Name name = ReadTableName();
  const Span name_span = SpanFrom(name_first);
  const std::string kind = name.parts.size() == 2 ? LowerName(name.parts[0].text) : "";
  if (kind != "parquet") {
    RefuseRest(Unsupported("CONVERT TO DELTA of " + name.ToString(), name_span,
                           "name a folder of Parquet files: parquet.`/path/of/folder`"));
  }
  ConvertToDelta convert;
  convert.path = name.parts[1].text;
  convert.path_span = name_span;
  if (AcceptWord("no")) {
    ExpectWord("statistics");
    convert.statistics = false;
  }
  if (Accept(Keyword::kPARTITIONED)) {
    Expect(Keyword::kBY);
    Expect(TokenKind::kLeftParen);
    do {
      convert.partitioned_by.push_back(ReadConvertedColumn());
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen);
  }
  return MakeStatement(first, std::move(convert));
}

// Nobody has asked whether the files keep a rule.
ColumnDefinition Grammar::ReadConvertedColumn() {
  ColumnDefinition column = ReadColumnDefinition(ColumnTypes::kRequired);
  if (column.default_value || column.generated || column.identity || column.not_null) {
    Refuse(Unsupported("rules of the columns of CONVERT TO DELTA", column.span,
                       "name the column and its type; ALTER TABLE gives the table rules"));
  }
  return column;
}

// FSCK REPAIR TABLE t [DRY RUN]
StatementPtr Grammar::ReadFsck() {
  const size_t first = position();
  ExpectWord("fsck");
  ExpectAll({Keyword::kREPAIR, Keyword::kTABLE});
  RepairTable repair;
  repair.target = ReadTableOrPath();
  if (AcceptWord("dry")) {
    ExpectWord("run");
    repair.dry_run = true;
  } else if (AtWord("metadata")) {
    RefuseRest(Unsupported("FSCK REPAIR TABLE ... METADATA ONLY", Here(), "leave it out"));
  }
  return MakeStatement(first, std::move(repair));
}

// ANALYZE TABLE t [PARTITION (...)] COMPUTE [DELTA] STATISTICS [NOSCAN | FOR [ALL] COLUMNS ...]
// ANALYZE TABLES [IN schema] COMPUTE STATISTICS [NOSCAN]
StatementPtr Grammar::ReadAnalyze() {
  const size_t first = position();
  Expect(Keyword::kANALYZE);
  AnalyzeTable analyze;
  const auto refuse = [&](std::string_view what, std::string hint) {
    Refuse(Unsupported(what, SpanFrom(first), std::move(hint)));
  };
  const bool all = Accept(Keyword::kTABLES);
  if (all) {
    if (Accept(Keyword::kFROM) || Accept(Keyword::kIN)) ReadTableName();
    refuse("ANALYZE TABLES", "name each table: ANALYZE TABLE t COMPUTE STATISTICS");
  } else {
    Expect(Keyword::kTABLE);
    analyze.target = ReadTableName();
    if (Accept(Keyword::kPARTITION)) {
      SkipParentheses();
      refuse("ANALYZE TABLE ... PARTITION", "leave it out; files without statistics get them");
    }
  }
  ExpectWord("compute");
  analyze.delta = AcceptWord("delta");
  ExpectWord("statistics");
  if (AcceptWord("noscan")) {
    refuse("ANALYZE TABLE ... NOSCAN", "sizes are in the log already: DESCRIBE DETAIL shows them");
  } else if (!all && Accept(Keyword::kFOR)) {
    if (Accept(Keyword::kALL)) {
      Expect(Keyword::kCOLUMNS);
    } else {
      Expect(Keyword::kCOLUMNS);
      do {
        ReadCheckedIdentifier();
      } while (Accept(TokenKind::kComma));
      refuse("ANALYZE TABLE ... FOR COLUMNS",
             "delta.dataSkippingStatsColumns says which columns have statistics");
    }
  }
  return MakeStatement(first, std::move(analyze));
}

// RESTORE [TABLE] t TO VERSION AS OF n | TIMESTAMP AS OF e
StatementPtr Grammar::ReadRestore() {
  const size_t first = position();
  Expect(Keyword::kRESTORE);
  (void)Accept(Keyword::kTABLE);
  Restore restore;
  restore.target = ReadTableName();
  Expect(Keyword::kTO);
  TableFrom moment;
  ReadTimeTravel(moment);
  if (std::holds_alternative<std::monostate>(moment.as_of)) {
    FailHere("VERSION AS OF or TIMESTAMP AS OF is expected here");
  }
  restore.as_of = std::move(moment.as_of);
  return MakeStatement(first, std::move(restore));
}

}  // namespace weir::sql
