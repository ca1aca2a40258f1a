#include <unordered_set>

#include "weir/sql/grammar.h"
#include "weir/types/time_zone.h"

namespace weir::sql {
namespace {

struct UnsupportedStatement {
  std::initializer_list<Keyword> words;
  std::string_view name;
};
// What Spark and Databricks have and weir has not yet.
const UnsupportedStatement kUnsupported[] = {
    {{Keyword::kCACHE}, "CACHE TABLE"},
    {{Keyword::kUNCACHE}, "UNCACHE TABLE"},
    {{Keyword::kCLEAR}, "CLEAR CACHE"},
    {{Keyword::kLOAD, Keyword::kDATA}, "LOAD DATA"},
    {{Keyword::kCALL}, "CALL"},
    {{Keyword::kUNDROP}, "UNDROP"},
    {{Keyword::kMSCK}, "MSCK REPAIR TABLE"},
    {{Keyword::kREPAIR}, "REPAIR TABLE"},
    {{Keyword::kBEGIN}, "BEGIN ... END"},
    {{Keyword::kSTART, Keyword::kTRANSACTION}, "START TRANSACTION"},
    {{Keyword::kCOMMIT}, "COMMIT"},
    {{Keyword::kROLLBACK}, "ROLLBACK"},
    {{Keyword::kLOCK}, "LOCK"},
    {{Keyword::kUNLOCK}, "UNLOCK"},
    {{Keyword::kEXPORT}, "EXPORT"},
    {{Keyword::kIMPORT}, "IMPORT"},
    {{Keyword::kADD}, "ADD"},
};

}  // namespace

StatementPtr Grammar::ReadStatement() {
  const size_t first = position();
  try {
    return ReadKnownStatement();
  } catch (const StatementRefusal& refusal) {
    Refuse(refusal.diagnostic());
    SkipRest();
    return MakeStatement(first, RefusedStatement{});
  }
}

StatementPtr Grammar::ReadKnownStatement() {
  const size_t first = position();
  statement_ = first;
  switch (Peek().keyword) {
    case Keyword::kWITH: {
      bool recursive = false;
      std::vector<Cte> with = ReadWith(recursive);
      if (At(Keyword::kINSERT)) return ReadInsert(std::move(with));
      statement_ = position();
      QueryPtr query = ReadQueryAfterWith(first, recursive, std::move(with));
      return MakeStatement(first, QueryStatement{std::move(query)});
    }
    case Keyword::kSELECT:
    case Keyword::kFROM:
    case Keyword::kVALUES:
    case Keyword::kTABLE: {
      QueryPtr query = ReadQuery();
      return MakeStatement(first, QueryStatement{std::move(query)});
    }
    case Keyword::kINSERT:
      return ReadInsert({});
    case Keyword::kCOPY:
      if (At(Keyword::kINTO, 1)) return ReadCopyInto();
      break;
    case Keyword::kPUT:
      return ReadPut();
    case Keyword::kGET:
      return ReadGet();
    case Keyword::kREMOVE:
      return ReadRemove();
    case Keyword::kLIST:
      return ReadList();
    case Keyword::kUPDATE:
      return ReadUpdate();
    case Keyword::kDELETE:
      return ReadDelete();
    case Keyword::kMERGE:
      return ReadMerge();
    case Keyword::kTRUNCATE:
      return ReadTruncate();
    case Keyword::kOPTIMIZE:
      return ReadOptimize();
    case Keyword::kVACUUM:
      return ReadVacuum();
    case Keyword::kRESTORE:
      return ReadRestore();
    case Keyword::kCONVERT:
      return ReadConvert();
    case Keyword::kREFRESH:
      return ReadRefresh();
    case Keyword::kANALYZE:
      return ReadAnalyze();
    case Keyword::kREPLACE:
      if (!At(Keyword::kTABLE, 1)) break;
      return ReadReplaceTable();
    case Keyword::kCREATE:
      return ReadCreate();
    case Keyword::kDROP:
      return ReadDrop();
    case Keyword::kALTER:
      return ReadAlter();
    case Keyword::kCOMMENT:
      return ReadComment();
    case Keyword::kDESC:
    case Keyword::kDESCRIBE:
      return ReadDescribe();
    case Keyword::kSHOW:
      return ReadShow();
    case Keyword::kUSE:
      return ReadUse();
    case Keyword::kSET:
      return ReadSet();
    case Keyword::kRESET:
      return ReadReset();
    case Keyword::kDECLARE:
      return ReadDeclare();
    case Keyword::kEXECUTE:
      return ReadExecuteImmediate();
    case Keyword::kEXPLAIN:
      return ReadExplain();
    case Keyword::kGRANT:
    case Keyword::kREVOKE:
      return ReadGrant();
    default:
      if (AtWord("fsck")) return ReadFsck();
      if (AtAutoCdc()) return ReadAutoCdcStatement();
      break;
  }
  if (At(TokenKind::kLeftParen)) {
    QueryPtr query = ReadQuery();
    return MakeStatement(first, QueryStatement{std::move(query)});
  }
  if (AtWord("reorg") && At(Keyword::kTABLE, 1)) return ReadReorg();
  FailUnsupportedStatement();
}

void Grammar::FailUnsupportedStatement() {
  for (const UnsupportedStatement& statement : kUnsupported) {
    if (!AtAll(statement.words)) continue;
    RefuseRest(Unsupported(statement.name, Here(), "weir does not have this statement yet"));
  }
  FailHere();
}

// PARTITION (p = 1, q = 'x')
std::vector<std::pair<Identifier, ExprPtr>> Grammar::ReadPartitionValues() {
  std::vector<std::pair<Identifier, ExprPtr>> values;
  Expect(Keyword::kPARTITION);
  Expect(TokenKind::kLeftParen);
  do {
    Identifier column = ReadIdentifier();
    if (!Accept(TokenKind::kEq)) {
      Refuse(Unsupported("INSERT ... PARTITION with a column without a value", column.span,
                         "select the column with the others; weir finds the partitions"));
      continue;
    }
    ExprPtr value = ReadExpression();
    if (!std::holds_alternative<LiteralExpr>(value->node)) {
      Refuse(Unsupported("INSERT ... PARTITION with a value that is no literal", value->span,
                         "write the value itself, or select the column with the others"));
    }
    values.emplace_back(std::move(column), std::move(value));
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  if (At(Keyword::kIF)) {
    Refuse(Unsupported("INSERT ... PARTITION (...) IF NOT EXISTS", Here()));
    if (!ReadIfNotExists()) FailHere();
  }
  return values;
}

// INSERT [WITH SCHEMA EVOLUTION] [INTO | OVERWRITE] [TABLE] t [PARTITION (...)] [BY NAME |
// (columns)]
//   [REPLACE WHERE condition | REPLACE USING (columns) | REPLACE ON condition] query [[AS] alias]
StatementPtr Grammar::ReadInsert(std::vector<Cte> with) {
  const size_t first = position();
  Expect(Keyword::kINSERT);
  Insert insert;
  insert.schema_evolution = ReadSchemaEvolution();
  insert.overwrite = Accept(Keyword::kOVERWRITE);
  if (!insert.overwrite) Expect(Keyword::kINTO);
  if (At(Keyword::kDIRECTORY) || (At(Keyword::kLOCAL) && At(Keyword::kDIRECTORY, 1))) {
    Fail(Unsupported("INSERT OVERWRITE DIRECTORY", Here()));
  }
  if (At(Keyword::kTABLE) && AtName(1)) Next();
  insert.target = ReadTableName();
  if (At(Keyword::kPARTITION) && At(TokenKind::kLeftParen, 1)) {
    insert.partition = ReadPartitionValues();
  }
  const TableAlias alias = ReadInsertAlias();
  insert.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  if (!insert.by_name && At(TokenKind::kLeftParen) && !StartsQuery(1) &&
      !At(TokenKind::kLeftParen, 1)) {
    insert.columns = ReadIdentifierList();
  }
  const bool replaces = At(Keyword::kREPLACE);
  if (alias.name && !replaces) FailHere("an alias here goes with REPLACE ON or REPLACE USING");
  ReadReplaced(insert, alias);
  insert.query = ReadQuery();
  if (replaces && (At(Keyword::kAS) || AtName())) {
    const auto query_alias = ReadTargetAlias("INSERT").name;  // Only a condition has a use for it.
    if (insert.matching) insert.matching->query_alias = query_alias;
  }
  if (!with.empty()) {
    // The names before INSERT are seen first; those of the query itself shadow them.
    for (Cte& cte : insert.query->with) with.push_back(std::move(cte));
    insert.query->with = std::move(with);
    insert.query = FinishQuery(std::move(insert.query));
  }
  return MakeStatement(first, std::move(insert));
}

TableAlias Grammar::ReadInsertAlias() {
  if (!At(Keyword::kAS)) return {};
  return ReadTargetAlias("INSERT");
}

// REPLACE WHERE condition, REPLACE USING (columns), REPLACE ON condition; or nothing.
void Grammar::ReadReplaced(Insert& insert, const TableAlias& alias) {
  if (!At(Keyword::kREPLACE)) return;
  if (AtAny({Keyword::kUSING, Keyword::kON}, 1)) {
    insert.matching = ReadReplaceMatching(insert, alias);
    return;
  }
  if (alias.name) {
    Fail(MakeDiagnostic("INSERT_REPLACE_WHERE_TABLE_ALIAS_NOT_ALLOWED", alias.name->span,
                        "Table alias is not allowed with INSERT INTO ... REPLACE WHERE, whose "
                        "condition is about the table itself.",
                        "leave out the alias"));
  }
  RefuseWithReplace(insert, "REPLACE WHERE");
  Expect(Keyword::kREPLACE);
  Expect(Keyword::kWHERE);
  insert.replace_where = ReadExpression();
}

// What makes room for rows in another way.
void Grammar::RefuseWithReplace(const Insert& insert, const std::string& replace) {
  if (insert.overwrite) {
    RefuseRest(Unsupported("INSERT OVERWRITE with " + replace, Here(),
                           "write INSERT INTO ... " + replace));
  }
  if (!insert.partition.empty()) {
    RefuseRest(Unsupported("INSERT ... PARTITION with " + replace, Here(),
                           "say it in a condition: REPLACE WHERE p = 1"));
  }
}

ReplaceMatching Grammar::ReadReplaceMatching(const Insert& insert, const TableAlias& alias) {
  Expect(Keyword::kREPLACE);
  ReplaceMatching matching;
  if (Accept(Keyword::kUSING)) {
    RefuseWithReplace(insert, "REPLACE USING");
    matching.columns = ReadIdentifierList();
    return matching;
  }
  Expect(Keyword::kON);
  RefuseWithReplace(insert, "REPLACE ON");
  matching.alias = alias.name;
  matching.on = ReadExpression();
  return matching;
}

// EXPLAIN [EXTENDED] statement
StatementPtr Grammar::ReadExplain() {
  const Level level(*this);
  const size_t first = position();
  Expect(Keyword::kEXPLAIN);
  Explain explain;
  explain.extended = At(Keyword::kEXTENDED) && AtName(1) && Accept(Keyword::kEXTENDED);
  const std::string word = LowerName(Text(Peek()));
  for (const std::string_view mode : {"formatted", "codegen", "cost", "logical"}) {
    if (word == mode)
      RefuseRest(Unsupported("EXPLAIN " + word, Here(), "write EXPLAIN [EXTENDED]"));
  }
  explain.statement = ReadStatement();
  return MakeStatement(first, std::move(explain));
}

// USE [CATALOG | SCHEMA] name
StatementPtr Grammar::ReadUse() {
  const size_t first = position();
  Expect(Keyword::kUSE);
  Use use;
  use.kind = ObjectKind::kSchema;
  const bool has_kind =
      AtAny({Keyword::kCATALOG, Keyword::kSCHEMA, Keyword::kDATABASE, Keyword::kNAMESPACE}) &&
      AtName(1);
  if (has_kind && Next().keyword == Keyword::kCATALOG) use.kind = ObjectKind::kCatalog;
  use.name = ReadTableName();
  return MakeStatement(first, std::move(use));
}

// SET key = value, SET key, SET TIME ZONE zone, SET CATALOG name. The value is all the rest.
StatementPtr Grammar::ReadSet() {
  const size_t first = position();
  Expect(Keyword::kSET);
  if (AcceptAll({Keyword::kTIME, Keyword::kZONE})) return ReadSetTimeZone(first);
  if (At(Keyword::kCATALOG) && AtName(1)) {
    Next();
    Use use;
    use.kind = ObjectKind::kCatalog;
    use.name = ReadTableName();
    return MakeStatement(first, std::move(use));
  }
  const bool variable =
      (At(Keyword::kVARIABLE) || AtWord("var")) && (AtName(1) || At(TokenKind::kLeftParen, 1));
  if (variable) return ReadSetVariable(first);
  SetConfig set;
  if (AtEnd()) return MakeStatement(first, std::move(set));
  const size_t key_first = position();
  set.key = ReadIdentifier().text;
  while (!AtEnd() && !At(TokenKind::kEq)) Next();
  if (position() > key_first + 1) set.key = SpanFrom(key_first).Text();
  if (Accept(TokenKind::kEq)) {
    const size_t value_first = position();
    if (AtEnd()) FailHere("a value is expected here");
    const bool is_string = At(TokenKind::kString) && At(TokenKind::kEnd, 1);
    const bool is_name = At(TokenKind::kQuotedName) && At(TokenKind::kEnd, 1);
    if (is_string) {
      set.value = ReadStringText();
    } else if (is_name) {
      set.value = ReadIdentifier().text;
    } else {
      while (!AtEnd()) Next();
      set.value = std::string(SpanFrom(value_first).Text());
    }
  }
  return MakeStatement(first, std::move(set));
}

// RESET [key]. The key is all the rest.
StatementPtr Grammar::ReadReset() {
  const size_t first = position();
  Next();
  ResetConfig reset;
  if (At(TokenKind::kQuotedName) && At(TokenKind::kEnd, 1)) {
    reset.key = ReadIdentifier().text;
  } else if (!AtEnd()) {
    const size_t key_first = position();
    while (!AtEnd()) Next();
    reset.key = std::string(SpanFrom(key_first).Text());
  }
  return MakeStatement(first, std::move(reset));
}

// The offset that an interval of hours is: "+01:30"; nothing, reported, for others.
std::optional<std::string> Grammar::ReadZoneInterval() {
  constexpr int64_t kMost = 18 * 3'600;
  const size_t first = position();
  const ExprPtr interval = ReadInterval();
  const auto* literal = std::get_if<LiteralExpr>(&interval->node);
  if (literal == nullptr) FailHere("SET TIME ZONE takes an interval that is constant");
  if (literal->value.is_null()) return std::nullopt;  // Reported.
  const bool is_time = literal->value.type().id() == TypeId::kDayTimeInterval &&
                       literal->value.integer() % 1'000'000 == 0;
  const int64_t seconds = is_time ? literal->value.integer() / 1'000'000 : kMost + 1;
  if (seconds > kMost || seconds < -kMost) {
    Report(MakeDiagnostic("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", SpanFrom(first),
                          "The interval value must be in the range of [-18, +18] hours with "
                          "second precision.",
                          "write INTERVAL '1:30' HOUR TO MINUTE, or a name: 'Europe/Berlin'"));
    return std::nullopt;
  }
  return OffsetToString(static_cast<int32_t>(seconds));
}

// SET TIME ZONE LOCAL | 'Europe/Berlin' | INTERVAL 1 HOUR
StatementPtr Grammar::ReadSetTimeZone(size_t first) {
  SetConfig set;
  set.key = "spark.sql.session.timeZone";
  if (Accept(Keyword::kLOCAL)) {
    set.value = "LOCAL";
    set.is_local_zone = true;
  } else if (At(Keyword::kINTERVAL) && StartsInterval()) {
    set.value = ReadZoneInterval();
  } else if (At(TokenKind::kString)) {
    set.value = ReadStringText();
  } else {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0045", Here(),
                        "SET TIME ZONE takes LOCAL, a name in quotes or an interval.",
                        "write SET TIME ZONE 'Europe/Berlin' or SET TIME ZONE INTERVAL 1 HOUR"));
  }
  return MakeStatement(first, std::move(set));
}

bool Grammar::ReadIfExists() { return AcceptAll({Keyword::kIF, Keyword::kEXISTS}); }

bool Grammar::ReadIfNotExists() {
  return AcceptAll({Keyword::kIF, Keyword::kNOT, Keyword::kEXISTS});
}

// The statement is known but not what it is applied to. What others have is refused by its name, a
// word that nobody has is a mistake. `about` names the statement, or is empty to take the words
// from `first` on.
void Grammar::FailUnsupportedWords(size_t first, std::string about) {
  static const std::unordered_set<std::string_view> known = {
      "add",          "after",      "all",        "alter",       "archive",
      "bucket",       "catalog",    "change",     "cluster",     "collation",
      "column",       "columns",    "compact",    "compactions", "connection",
      "connections",  "constraint", "create",     "credential",  "credentials",
      "current",      "default",    "disable",    "drop",        "enable",
      "exchange",     "external",   "fileformat", "first",       "foreign",
      "function",     "functions",  "global",     "group",       "groups",
      "identity",     "index",      "indexes",    "location",    "locks",
      "managed",      "mask",       "metastore",  "metric",      "not",
      "options",      "partition",  "partitions", "policies",    "policy",
      "principals",   "procedure",  "procedures", "provider",    "providers",
      "recipient",    "recipients", "recover",    "rename",      "replace",
      "role",         "roles",      "row",        "serde",       "serdeproperties",
      "server",       "service",    "set",        "share",       "shares",
      "skewed",       "sorted",     "storage",    "sync",        "system",
      "table",        "tags",       "temp",       "temporary",   "touch",
      "transactions", "trigger",    "type",       "unset",       "user",
      "users",        "using",      "variable",   "view",        "volume",
      "volumes",      "with"};
  if (!At(TokenKind::kWord) || !known.contains(LowerName(Text(Peek())))) FailHere();
  if (about.empty()) about = UpperWords(first, position() - 1);
  Diagnostic refusal = Unsupported(about + " " + UpperWords(position(), position()),
                                   SpanOfTokens(first, position()), "weir does not have this yet");
  if (Accept(Keyword::kFUNCTION) && AtName()) ReadName();
  RefuseRest(std::move(refusal));
}

// The tokens from `first` to `last` as one would name a statement: "CREATE OR REPLACE".
std::string Grammar::UpperWords(size_t first, size_t last) const {
  std::string words;
  for (size_t i = first; i <= last; ++i) {
    std::string word(SpanOfTokens(i, i).Text());
    for (char& c : word) c = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    words += (words.empty() ? "" : " ") + word;
  }
  return words;
}

}  // namespace weir::sql
