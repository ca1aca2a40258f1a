#include "weir/sql/grammar.h"

// TRUNCATE, OPTIMIZE, REORG and RESTORE.
namespace weir::sql {

// TRUNCATE TABLE t: every row is deleted.
StatementPtr Grammar::ReadTruncate() {
  const size_t first = position();
  Expect(Keyword::kTRUNCATE);
  Expect(Keyword::kTABLE);
  Delete all;
  all.target = ReadTableName();
  if (At(Keyword::kPARTITION)) {
    RefuseRest(
        Unsupported("TRUNCATE TABLE ... PARTITION", Here(), "DELETE FROM ... WHERE does it"));
  }
  return MakeStatement(first, std::move(all));
}

// OPTIMIZE t [FULL] [WHERE condition] [ZORDER BY (a, b)]
StatementPtr Grammar::ReadOptimize() {
  const size_t first = position();
  Expect(Keyword::kOPTIMIZE);
  Optimize optimize;
  optimize.target = ReadTableName();
  if (At(Keyword::kFULL)) {
    RefuseRest(Unsupported("OPTIMIZE ... FULL", Here(), "weir has no clustering yet"));
  }
  if (Accept(Keyword::kWHERE)) optimize.where = ReadExpression();
  if (AtWord("zorder")) {
    RefuseRest(Unsupported("OPTIMIZE ... ZORDER BY", Here(),
                           "weir does not have this yet; without it files are packed"));
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
