#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

struct UnsupportedStatement {
  std::initializer_list<Keyword> words;
  std::string_view name;
};
// What Spark and Databricks have and weir has not yet.
const UnsupportedStatement kUnsupported[] = {
    {{Keyword::kMERGE}, "MERGE"},
    {{Keyword::kUPDATE}, "UPDATE"},
    {{Keyword::kDELETE}, "DELETE"},
    {{Keyword::kOPTIMIZE}, "OPTIMIZE"},
    {{Keyword::kVACUUM}, "VACUUM"},
    {{Keyword::kCOPY, Keyword::kINTO}, "COPY INTO"},
    {{Keyword::kRESTORE}, "RESTORE"},
    {{Keyword::kTRUNCATE}, "TRUNCATE TABLE"},
    {{Keyword::kANALYZE}, "ANALYZE TABLE"},
    {{Keyword::kREFRESH}, "REFRESH"},
    {{Keyword::kCACHE}, "CACHE TABLE"},
    {{Keyword::kUNCACHE}, "UNCACHE TABLE"},
    {{Keyword::kCLEAR}, "CLEAR CACHE"},
    {{Keyword::kLOAD, Keyword::kDATA}, "LOAD DATA"},
    {{Keyword::kCALL}, "CALL"},
    {{Keyword::kCONVERT}, "CONVERT TO DELTA"},
    {{Keyword::kUNDROP}, "UNDROP"},
    {{Keyword::kMSCK}, "MSCK REPAIR TABLE"},
    {{Keyword::kREPAIR}, "REPAIR TABLE"},
    {{Keyword::kRESET}, "RESET"},
    {{Keyword::kDECLARE}, "DECLARE VARIABLE"},
    {{Keyword::kEXECUTE}, "EXECUTE IMMEDIATE"},
    {{Keyword::kBEGIN}, "BEGIN ... END"},
    {{Keyword::kSTART, Keyword::kTRANSACTION}, "START TRANSACTION"},
    {{Keyword::kCOMMIT}, "COMMIT"},
    {{Keyword::kROLLBACK}, "ROLLBACK"},
    {{Keyword::kLOCK}, "LOCK"},
    {{Keyword::kUNLOCK}, "UNLOCK"},
    {{Keyword::kEXPORT}, "EXPORT"},
    {{Keyword::kIMPORT}, "IMPORT"},
    {{Keyword::kLIST}, "LIST"},
    {{Keyword::kAPPLY}, "APPLY CHANGES INTO"},
    {{Keyword::kAUTO}, "AUTO CDC INTO"},
    {{Keyword::kADD}, "ADD"},
    {{Keyword::kREPLACE, Keyword::kTABLE}, "REPLACE TABLE"},
};

}  // namespace

StatementPtr Grammar::ReadStatement() {
  const size_t first = position();
  switch (Peek().keyword) {
    case Keyword::kWITH: {
      std::vector<Cte> with = ReadWith();
      if (At(Keyword::kINSERT)) return ReadInsert(std::move(with));
      QueryPtr query = ReadQueryTerm();
      query->with = std::move(with);
      ReadOrganization(*query);
      query->span = SpanFrom(first);
      query = FinishQuery(std::move(query));
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
    default:
      break;
  }
  if (At(TokenKind::kLeftParen)) {
    QueryPtr query = ReadQuery();
    return MakeStatement(first, QueryStatement{std::move(query)});
  }
  FailUnsupportedStatement();
}

void Grammar::FailUnsupportedStatement() {
  for (const UnsupportedStatement& statement : kUnsupported) {
    if (!AtAll(statement.words)) continue;
    Fail(Unsupported(statement.name, Here(), "weir does not have this statement yet"));
  }
  FailHere();
}

// INSERT [INTO | OVERWRITE] [TABLE] t [BY NAME | (columns)] query
StatementPtr Grammar::ReadInsert(std::vector<Cte> with) {
  const size_t first = position();
  Expect(Keyword::kINSERT);
  if (At(Keyword::kWITH)) Fail(Unsupported("INSERT WITH SCHEMA EVOLUTION", Here()));
  Insert insert;
  insert.overwrite = Accept(Keyword::kOVERWRITE);
  if (!insert.overwrite) Expect(Keyword::kINTO);
  if (At(Keyword::kDIRECTORY) || (At(Keyword::kLOCAL) && At(Keyword::kDIRECTORY, 1))) {
    Fail(Unsupported("INSERT OVERWRITE DIRECTORY", Here()));
  }
  if (At(Keyword::kTABLE) && AtName(1)) Next();
  insert.target = ReadTableName();
  if (At(Keyword::kPARTITION) && At(TokenKind::kLeftParen, 1)) {
    Fail(Unsupported("INSERT ... PARTITION (...)", Here(),
                     "select the partition columns with the others; weir finds the partitions"));
  }
  if (At(Keyword::kREPLACE) && AtAny({Keyword::kWHERE, Keyword::kUSING, Keyword::kON}, 1)) {
    Fail(Unsupported("INSERT ... REPLACE", Here()));
  }
  insert.by_name = AcceptAll({Keyword::kBY, Keyword::kNAME});
  if (!insert.by_name && At(TokenKind::kLeftParen) && !StartsQuery(1) &&
      !At(TokenKind::kLeftParen, 1)) {
    insert.columns = ReadIdentifierList();
  }
  insert.query = ReadQuery();
  if (!with.empty()) {
    // The names before INSERT are seen first; those of the query itself shadow them.
    for (Cte& cte : insert.query->with) with.push_back(std::move(cte));
    insert.query->with = std::move(with);
    insert.query = FinishQuery(std::move(insert.query));
  }
  return MakeStatement(first, std::move(insert));
}

}  // namespace weir::sql
