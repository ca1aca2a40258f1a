#include "weir/sql/grammar.h"
#include "weir/sql/table_name_text.h"

// AUTO CDC, and APPLY CHANGES, its older name.
namespace weir::sql {

bool Grammar::AtAutoCdc() const {
  return (At(Keyword::kAUTO) && AtWord("cdc", 1)) ||
         (At(Keyword::kAPPLY) && At(Keyword::kCHANGES, 1));
}

void Grammar::ReadAutoCdcWords() {
  Next();
  Next();
}

// A statement by itself: the flow has the name of its table.
StatementPtr Grammar::ReadAutoCdcStatement() {
  const size_t first = position();
  CreateFlow flow;
  ReadAutoCdcInto(flow);
  flow.name = flow.target;
  return MakeStatement(first, std::move(flow));
}

// AUTO CDC [ONCE] INTO t ...; ONCE may also stand behind INTO.
void Grammar::ReadAutoCdcInto(CreateFlow& flow) {
  ReadAutoCdcWords();
  flow.body.once = Accept(Keyword::kONCE);
  Expect(Keyword::kINTO);
  if (At(Keyword::kONCE) && AtName(1) && !At(Keyword::kFROM, 1)) {
    Next();
    flow.body.once = true;
  }
  flow.target = ReadTableName();
  flow.body.cdc = ReadAutoCdc();
}

std::unique_ptr<AutoCdc> Grammar::ReadAutoCdc() {
  const size_t first = position();
  auto cdc = std::make_unique<AutoCdc>();
  ReadCdcFrom(*cdc);
  if (!AcceptWord("keys")) {
    FailHere("KEYS (column, ...) follows the source: the columns that tell rows apart");
  }
  cdc->keys = ReadIdentifierList();
  if (cdc->source != nullptr) ReadCdcEvents(*cdc);
  ReadCdcHistory(*cdc);
  cdc->span = SpanFrom(first);
  if (!cdc->type_span.source) cdc->type_span = cdc->span;
  if (!AtEnd()) FailCdcOrder();
  return cdc;
}

// FROM STREAM s; FROM SNAPSHOT (query) [WITH VERSION (query)]
void Grammar::ReadCdcFrom(AutoCdc& cdc) {
  Expect(Keyword::kFROM);
  if (!AtWord("snapshot") || !At(TokenKind::kLeftParen, 1)) {
    cdc.source = ReadCdcSource();
    return;
  }
  Next();
  cdc.snapshot = ReadQueryInParentheses();
  if (AcceptAll({Keyword::kWITH, Keyword::kVERSION})) cdc.version = ReadQueryInParentheses();
}

QueryPtr Grammar::ReadQueryInParentheses() {
  Expect(TokenKind::kLeftParen);
  QueryPtr query = ReadQuery();
  Expect(TokenKind::kRightParen);
  return query;
}

// [STREAM] t, STREAM(t), STREAM read_files(...). What follows is a clause, never an alias.
FromItemPtr Grammar::ReadCdcSource() {
  const size_t first = position();
  if (At(TokenKind::kLeftParen)) {
    FailHere(
        "AUTO CDC reads a table, a view or a table function; put a query into a TEMPORARY VIEW");
  }
  const bool stream =
      At(Keyword::kSTREAM) && (At(TokenKind::kLeftParen, 1) || AtName(1)) && !AtWord("keys", 1);
  if (stream) Next();
  const bool enclosed = stream && Accept(TokenKind::kLeftParen);
  if (enclosed && StartsQuery()) {
    FailHere("STREAM takes the name of a table or a table function, not a query");
  }
  Name name = ReadTableName();
  FromNode node;
  if (At(TokenKind::kLeftParen)) {
    CallExpr call;
    call.function = std::move(name);
    ReadArguments(call);
    const bool streams = stream || IsReadStream(call.function);
    node = FunctionFrom{std::move(call.function), std::move(call.arguments), streams};
  } else {
    node = TableFrom{std::move(name), stream, {}};
  }
  if (enclosed) Expect(TokenKind::kRightParen);
  return MakeFrom(first, std::move(node));
}

// What events are, and which is the newest.
void Grammar::ReadCdcEvents(AutoCdc& cdc) {
  cdc.ignore_null_updates = At(Keyword::kIGNORE) && At(Keyword::kNULL, 1);
  if (cdc.ignore_null_updates) {
    Next();
    Next();
    ExpectWord("updates");
  }
  if (AcceptAll({Keyword::kAPPLY, Keyword::kAS, Keyword::kDELETE})) {
    Expect(Keyword::kWHEN);
    cdc.delete_when = ReadExpression();
  }
  if (AcceptAll({Keyword::kAPPLY, Keyword::kAS, Keyword::kTRUNCATE})) {
    Expect(Keyword::kWHEN);
    cdc.truncate_when = ReadExpression();
  }
  if (!AcceptWord("sequence")) FailCdcOrder();
  Expect(Keyword::kBY);
  cdc.sequence_by = ReadExpression();
  if (At(Keyword::kSYSTEM) && AtWord("sequence", 1)) {
    RefuseRest(Unsupported("SYSTEM SEQUENCE BY", Here(),
                           "leave it out: the sequence alone says which event is newer"));
  }
  if (!At(Keyword::kCOLUMNS)) return;
  Next();
  cdc.columns = ReadColumnChoice();
}

void Grammar::ReadCdcHistory(AutoCdc& cdc) {
  if (At(Keyword::kSTORED)) {
    const size_t first = position();
    Next();
    Expect(Keyword::kAS);
    if (AtWord("bitemporal")) {
      RefuseRest(Unsupported("STORED AS BITEMPORAL", Here(), "store the history as SCD TYPE 2"));
    }
    ExpectWord("scd");
    ExpectWord("type");
    const bool is_type = AtInteger() && (Text(Peek()) == "1" || Text(Peek()) == "2");
    if (!is_type) FailHere("there are SCD TYPE 1, the newest rows, and SCD TYPE 2, their history");
    cdc.scd_type = Text(Next()) == "1" ? 1 : 2;
    cdc.type_span = SpanFrom(first);
  }
  if (!AcceptWord("track")) return;
  Expect(Keyword::kHISTORY);
  Expect(Keyword::kON);
  cdc.track_history = ReadColumnChoice();
}

// (a, b); a, b; * EXCEPT (a, b)
ColumnChoice Grammar::ReadColumnChoice() {
  const size_t first = position();
  ColumnChoice choice;
  if (Accept(TokenKind::kStar)) {
    Expect(Keyword::kEXCEPT);
    choice.except = true;
    choice.names = ReadIdentifierList();
  } else if (At(TokenKind::kLeftParen)) {
    choice.names = ReadIdentifierList();
  } else {
    do {
      choice.names.push_back(ReadCheckedIdentifier());
    } while (Accept(TokenKind::kComma));
  }
  choice.span = SpanFrom(first);
  return choice;
}

void Grammar::FailCdcOrder() {
  FailHere(
      "the clauses stand in this order: KEYS, IGNORE NULL UPDATES, APPLY AS DELETE WHEN, APPLY AS "
      "TRUNCATE WHEN, SEQUENCE BY, COLUMNS, STORED AS SCD TYPE, TRACK HISTORY ON; of FROM "
      "SNAPSHOT: "
      "KEYS, STORED AS SCD TYPE, TRACK HISTORY ON");
}

}  // namespace weir::sql
