#include "weir/sql/grammar.h"

// The clauses that CREATE statements share: where and how a table is kept.
namespace weir::sql {

void Grammar::ReadTableClauses(TableClauses& clauses, bool is_view) {
  std::set<std::string> seen;
  while (ReadTableClause(clauses, seen) || (is_view && ReadRefreshPolicy(clauses, seen)) ||
         RefuseTableClause(clauses, seen)) {
  }
}

// REFRESH POLICY {AUTO | INCREMENTAL [STRICT] | FULL}
bool Grammar::ReadRefreshPolicy(TableClauses& clauses, std::set<std::string>& seen) {
  if (!At(Keyword::kREFRESH) || !AtWord("policy", 1)) return false;
  NoteClause(seen, "REFRESH POLICY");
  const size_t first = position();
  Next();
  Next();
  if (Accept(Keyword::kAUTO)) {
    clauses.refresh_policy = RefreshPolicy::kAuto;
  } else if (Accept(Keyword::kFULL)) {
    clauses.refresh_policy = RefreshPolicy::kFull;
  } else {
    ExpectWord("incremental");
    clauses.refresh_policy =
        AcceptWord("strict") ? RefreshPolicy::kIncrementalStrict : RefreshPolicy::kIncremental;
  }
  clauses.refresh_policy_span = SpanFrom(first);
  return true;
}

void Grammar::NoteClause(std::set<std::string>& seen, std::string_view name) {
  if (seen.insert(std::string(name)).second) return;
  Report(MakeDiagnostic("DUPLICATE_CLAUSES", Here(),
                        "Found duplicate clauses: " + std::string(name) + ".",
                        "remove one of them"));
}

bool Grammar::ReadTableClause(TableClauses& clauses, std::set<std::string>& seen) {
  switch (Peek().keyword) {
    case Keyword::kUSING:
      NoteClause(seen, "USING");
      Next();
      clauses.using_ = ReadCheckedIdentifier();
      return true;
    case Keyword::kPARTITIONED:
      NoteClause(seen, "PARTITIONED BY");
      if (seen.contains("CLUSTER BY")) FailClusteredPartitions(position());
      ReadPartitionedBy(clauses);
      return true;
    case Keyword::kLOCATION: {
      NoteClause(seen, "LOCATION");
      Next();
      const size_t first = position();
      clauses.location = ReadStringText();
      clauses.location_span = SpanFrom(first);
      return true;
    }
    case Keyword::kCOMMENT:
      NoteClause(seen, "COMMENT");
      Next();
      clauses.comment = ReadStringText();
      return true;
    case Keyword::kTBLPROPERTIES:
      NoteClause(seen, "TBLPROPERTIES");
      Next();
      clauses.properties = ReadProperties();
      return true;
    default:
      return false;
  }
}

// Clauses that others have. Where their end is plain they are passed over, so that further mistakes
// are found.
bool Grammar::RefuseTableClause(TableClauses& clauses, std::set<std::string>& seen) {
  const size_t first = position();
  const auto refuse = [&](std::string_view name, std::string hint) {
    Refuse(Unsupported(name, SpanFrom(first), std::move(hint)));
    return true;
  };
  const auto skip_list = [&] {
    if (At(TokenKind::kLeftParen)) SkipParentheses();
  };
  if (AcceptAll({Keyword::kCLUSTER, Keyword::kBY})) {
    NoteClause(seen, "CLUSTER BY");
    if (seen.contains("CLUSTERED BY")) FailClusteredTwice(first);
    if (seen.contains("PARTITIONED BY")) FailClusteredPartitions(first);
    if (Accept(Keyword::kAUTO)) return refuse("CLUSTER BY AUTO", kNameClusteringColumns);
    if (!AcceptWord("none")) clauses.cluster_by = ReadColumnNames();
    return true;
  }
  if (At(Keyword::kOPTIONS) && At(TokenKind::kLeftParen, 1)) {
    Next();
    skip_list();
    return refuse("OPTIONS", "use TBLPROPERTIES");
  }
  if (AcceptAll({Keyword::kDEFAULT, Keyword::kCOLLATION})) {
    // What weir does anyway.
    if (LowerName(ReadIdentifier().text) == "utf8_binary") return true;
    return refuse("DEFAULT COLLATION", "leave it out; strings compare by their bytes");
  }
  if (AtAny({Keyword::kSTORED, Keyword::kCLUSTERED, Keyword::kSKEWED}) ||
      AtAll({Keyword::kROW, Keyword::kFORMAT})) {
    ReadHiveClause(clauses, seen);
    return true;
  }
  if (At(Keyword::kWITH) && At(Keyword::kROW, 1)) {
    Next();
    Next();
    Accept(Keyword::kFILTER);
    ReadName();
    if (Accept(Keyword::kON)) skip_list();
    return refuse("WITH ROW FILTER", kFilterInView);
  }
  if (ReadSchedule(seen)) return true;
  struct Refused {
    std::initializer_list<Keyword> words;
    std::string_view name;
    std::string_view hint;
  };
  static const Refused kRefused[] = {
      {{Keyword::kREFRESH}, "REFRESH POLICY", "only a MATERIALIZED VIEW has one"},
      {{Keyword::kLIKE}, "CREATE TABLE LIKE", "use CREATE TABLE ... AS SELECT ... WHERE false"},
  };
  for (const Refused& refused : kRefused) {
    if (AtAll(refused.words)) {
      RefuseRest(Unsupported(refused.name, Here(), std::string(refused.hint)));
    }
  }
  return false;
}

// SCHEDULE [REFRESH] {EVERY n HOURS | CRON 's' [AT TIME ZONE 's']},
// TRIGGER ON UPDATE [AT MOST EVERY INTERVAL n MINUTES]: refused, since nothing would run them.
bool Grammar::ReadSchedule(std::set<std::string>& seen) {
  const size_t first = position();
  const bool by_clock = At(Keyword::kSCHEDULE);
  if (!by_clock && !At(Keyword::kTRIGGER)) return false;
  const std::string name = by_clock ? "SCHEDULE" : "TRIGGER ON UPDATE";
  NoteClause(seen, "SCHEDULE");
  Next();
  if (by_clock) {
    Accept(Keyword::kREFRESH);
    ReadScheduledTimes();
  } else {
    ExpectAll({Keyword::kON, Keyword::kUPDATE});
    if (AcceptWord("at")) {
      ExpectWord("most");
      ExpectWord("every");
      Expect(Keyword::kINTERVAL);
      ReadEvery();
    }
  }
  Refuse(Unsupported(name, SpanFrom(first),
                     "leave it out: weir runs nothing by itself yet. Let cron, or whatever runs "
                     "your programs, say `weir sql -e 'REFRESH TABLE ...'`, or of a pipeline "
                     "`weir pipeline run`; `weir pipeline run --continuous` goes on by itself"));
  return true;
}

void Grammar::ReadScheduledTimes() {
  if (AcceptWord("every")) return ReadEvery();
  ExpectWord("cron");
  ReadStringText();
  if (!AcceptWord("at")) return;
  ExpectAll({Keyword::kTIME, Keyword::kZONE});
  ReadStringText();
}

// "6 HOURS"
void Grammar::ReadEvery() {
  if (At(TokenKind::kString)) {
    ReadStringText();
  } else {
    ReadInteger();
  }
  ReadIdentifier();
}

void Grammar::FailClusteredTwice(size_t first) {
  Fail(MakeDiagnostic("SPECIFY_CLUSTER_BY_WITH_BUCKETING_IS_NOT_ALLOWED", SpanFrom(first),
                      "Cannot specify both CLUSTER BY and CLUSTERED BY INTO BUCKETS.",
                      "keep one of them"));
}

void Grammar::FailClusteredPartitions(size_t first) {
  Fail(MakeDiagnostic("SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED", SpanFrom(first),
                      "Cannot specify both CLUSTER BY and PARTITIONED BY.", "keep one of them"));
}

// How Hive keeps a table: STORED AS, ROW FORMAT, CLUSTERED BY, SKEWED BY.
void Grammar::ReadHiveClause(const TableClauses& clauses, std::set<std::string>& seen) {
  const size_t first = position();
  constexpr std::string_view kHint = "leave it out; tables are Delta tables";
  const Keyword word = Next().keyword;
  if (word == Keyword::kSTORED) {
    NoteClause(seen, "STORED AS");
    if (Accept(Keyword::kBY)) {
      ReadStringText();
    } else {
      Expect(Keyword::kAS);
      const std::string format = LowerName(ReadIdentifier().text);
      seen.insert("stored as " + format);
      if (format == "inputformat") {
        ReadStringText();
        ExpectWord("outputformat");
        ReadStringText();
      }
    }
    Refuse(Unsupported("STORED AS", SpanFrom(first), std::string(kHint)));
  } else if (word == Keyword::kROW) {
    NoteClause(seen, "ROW FORMAT");
    ReadRowFormat(seen);
    Refuse(Unsupported("ROW FORMAT", SpanFrom(first), std::string(kHint)));
  } else if (word == Keyword::kCLUSTERED) {
    NoteClause(seen, "CLUSTERED BY");
    Expect(Keyword::kBY);
    SkipParentheses();
    if (AcceptWord("sorted")) {
      Expect(Keyword::kBY);
      SkipParentheses();
    }
    Expect(Keyword::kINTO);
    ReadInteger();
    ExpectWord("buckets");
    if (seen.contains("CLUSTER BY")) FailClusteredTwice(first);
    Refuse(Unsupported("CLUSTERED BY", SpanFrom(first), "leave it out"));
  } else {
    Expect(Keyword::kBY);
    SkipParentheses();
    Expect(Keyword::kON);
    SkipParentheses();
    if (Accept(Keyword::kSTORED)) {
      Expect(Keyword::kAS);
      ExpectWord("directories");
    }
    Refuse(Unsupported("SKEWED BY", SpanFrom(first), "leave it out"));
  }
  if (seen.contains("ROW FORMAT")) CheckRowFormat(first, clauses, seen);
}

// ROW FORMAT SERDE 's' [WITH SERDEPROPERTIES (...)], ROW FORMAT DELIMITED FIELDS TERMINATED BY ...
void Grammar::ReadRowFormat(std::set<std::string>& seen) {
  Expect(Keyword::kFORMAT);
  if (AcceptWord("serde")) {
    seen.insert("serde");
    ReadStringText();
    if (Accept(Keyword::kWITH)) {
      ExpectWord("serdeproperties");
      ReadProperties();
    }
    return;
  }
  ExpectWord("delimited");
  seen.insert("delimited");
  while (AtWord("fields") || AtWord("collection") || At(Keyword::kMAP) || AtWord("lines") ||
         At(Keyword::kNULL) || AtWord("escaped")) {
    while (!At(TokenKind::kString)) {
      if (!At(TokenKind::kWord)) FailHere("a separator in quotes is expected here");
      Next();
    }
    ReadStringText();
  }
}

// A row format is that of texts, or of a class for whatever file.
void Grammar::CheckRowFormat(size_t first, const TableClauses& clauses,
                             const std::set<std::string>& seen) {
  const bool text = seen.contains("stored as textfile");
  const bool plain = seen.contains("stored as sequencefile") || seen.contains("stored as rcfile") ||
                     seen.contains("stored as inputformat");
  const bool stored = seen.contains("STORED AS");
  const bool fits = !stored || text || (plain && seen.contains("serde"));
  if (fits && !clauses.using_) return;
  Fail(MakeDiagnostic("INVALID_STATEMENT_OR_CLAUSE", SpanFrom(first),
                      "The statement or clause: ROW FORMAT with this format is not valid.",
                      "leave it out; tables are Delta tables"));
}

// PARTITIONED BY (a, b), or with types, which adds the columns: PARTITIONED BY (a INT).
void Grammar::ReadPartitionedBy(TableClauses& clauses) {
  ExpectAll({Keyword::kPARTITIONED, Keyword::kBY});
  Expect(TokenKind::kLeftParen);
  const size_t columns = clauses.columns.size();
  bool transforms = false;
  do {
    const size_t first = position();
    if (AtName() && At(TokenKind::kLeftParen, 1)) {
      Next();
      SkipParentheses();
      transforms = true;
      Refuse(Unsupported("partitioning by an expression", SpanFrom(first),
                         "add a column with its value and partition by that"));
      continue;
    }
    Identifier name = ReadCheckedIdentifier();
    if (!At(TokenKind::kComma) && !At(TokenKind::kRightParen)) {
      ColumnDefinition column;
      column.name = name;
      ReadColumnType(column);
      ReadColumnOptions(column);
      column.span = SpanFrom(first);
      clauses.columns.push_back(std::move(column));
    }
    clauses.partitioned_by.push_back(std::move(name));
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  if (transforms && clauses.columns.size() > columns) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", Here(),
                        "Operation not allowed: PARTITION BY: Cannot mix partition expressions and "
                        "partition columns.",
                        "declare the columns with the others"));
  }
}

// ('a' = 'b', c.d = 1, e true)
Properties Grammar::ReadProperties() {
  Properties properties;
  Expect(TokenKind::kLeftParen);
  do {
    const size_t first = position();
    std::string key = ReadPropertyKey();
    Accept(TokenKind::kEq);
    if (At(TokenKind::kComma) || At(TokenKind::kRightParen)) {
      FailHere("a value is expected for the key " + key);
    }
    std::string value = ReadPropertyValue();
    if (!properties.emplace(key, std::move(value)).second) {
      Report(MakeDiagnostic("DUPLICATE_KEY", SpanFrom(first), "Found duplicate keys `" + key + "`.",
                            "remove one of them"));
    }
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return properties;
}

std::string Grammar::ReadPropertyKey() {
  if (At(TokenKind::kString)) return ReadStringText();
  std::string key = ReadIdentifier().text;
  while (Accept(TokenKind::kDot)) key += "." + ReadIdentifier().text;
  return key;
}

std::string Grammar::ReadPropertyValue() {
  if (At(TokenKind::kString)) return ReadStringText();
  const size_t first = position();
  Accept(TokenKind::kMinus);
  if (Accept(TokenKind::kNumber)) return std::string(SpanFrom(first).Text());
  if (Accept(Keyword::kTRUE)) return "true";
  if (Accept(Keyword::kFALSE)) return "false";
  FailHere("a string, a number, true or false is expected here");
}

}  // namespace weir::sql
