#include "weir/sql/grammar.h"

// CREATE and DROP FUNCTION, DESCRIBE FUNCTION, SHOW FUNCTIONS.
namespace weir::sql {

// [TEMPORARY] FUNCTION [IF NOT EXISTS] name ([parameters]) [RETURNS type | TABLE [(columns)]]
//   [characteristics] RETURN expression | query
StatementPtr Grammar::ReadCreateFunction(size_t first, bool or_replace, bool temporary) {
  Expect(Keyword::kFUNCTION);
  CreateFunction create;
  create.or_replace = or_replace;
  create.temporary = temporary;
  create.if_not_exists = ReadIfNotExists();
  create.name = ReadTableName();
  CheckRoutineName(create, first);
  if (Accept(Keyword::kAS)) {
    ReadStringText();
    RefuseRest(Unsupported("CREATE FUNCTION ... AS a class of Java", SpanFrom(first),
                           "define it in SQL: CREATE FUNCTION f(x INT) RETURNS INT RETURN x + 1"));
  }
  Expect(TokenKind::kLeftParen);
  if (!Accept(TokenKind::kRightParen)) create.parameters = ReadRoutineParameters(true, first);
  if (AtWord("returns") && !(At(Keyword::kNULL, 1) && At(Keyword::kON, 2))) ReadReturns(create);
  ReadRoutineCharacteristics(create, first);
  ReadReturn(create);
  return MakeStatement(first, std::move(create));
}

void Grammar::CheckRoutineName(const CreateFunction& create, size_t first) {
  const auto wrong = [&](std::string_view what, std::string message, std::string hint) {
    Report(MakeDiagnostic("INVALID_SQL_SYNTAX." + std::string(what), SpanFrom(first),
                          std::move(message), std::move(hint)));
  };
  if (create.or_replace && create.if_not_exists) {
    wrong("CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE",
          "OR REPLACE and IF NOT EXISTS exclude each other.", "keep one of them");
  } else if (create.temporary && create.if_not_exists) {
    wrong("CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", "A temporary function takes no IF NOT EXISTS.",
          "write CREATE OR REPLACE TEMPORARY FUNCTION");
  } else if (create.temporary && create.name.parts.size() > 1) {
    wrong("CREATE_TEMP_FUNC_WITH_DATABASE",
          "A temporary function has a name of one part, not " + create.name.ToString() + ".",
          "it belongs to the session, not to a schema");
  }
}

// Up to the closing parenthesis. What a function takes may have defaults, what it returns not.
std::vector<RoutineParameter> Grammar::ReadRoutineParameters(bool defaults, size_t first) {
  std::vector<RoutineParameter> parameters;
  do {
    RoutineParameter parameter;
    parameter.name = ReadCheckedIdentifier();
    parameter.type = ReadUnboundedType();
    while (ReadParameterOption(parameter, defaults, first)) {
    }
    parameters.push_back(std::move(parameter));
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return parameters;
}

// One of what is said of a parameter; false: nothing of it stands here.
bool Grammar::ReadParameterOption(RoutineParameter& parameter, bool defaults, size_t first) {
  const size_t option = position();
  if (AtAll({Keyword::kNOT, Keyword::kNULL})) {
    ReadNotNull();
    Report(MakeDiagnostic("USER_DEFINED_FUNCTIONS.NOT_NULL_ON_FUNCTION_PARAMETERS",
                          SpanFrom(option), "NOT NULL cannot be said of what a function takes.",
                          "leave it out; check the value in the body"));
  } else if (At(Keyword::kCOMMENT)) {
    Next();
    parameter.comment = ReadStringText();
  } else if (defaults && At(Keyword::kDEFAULT)) {
    Next();
    parameter.otherwise = ReadExpression();
  } else if (defaults && At(Keyword::kGENERATED)) {
    Fail(MakeDiagnostic("INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_GENERATED_COLUMNS_AS_PARAMETERS",
                        SpanFrom(first), "A parameter of a function cannot be generated.",
                        "give it a DEFAULT"));
  } else {
    return false;
  }
  return true;
}

// RETURNS type | TABLE [(columns)]
void Grammar::ReadReturns(CreateFunction& create) {
  Next();
  if (!Accept(Keyword::kTABLE)) {
    create.returns = ReadUnboundedType();
    return;
  }
  create.is_table = true;
  if (!Accept(TokenKind::kLeftParen)) return;
  create.columns = ReadRoutineParameters(false, position());
}

// What stands between the types and RETURN, in any order, each once.
void Grammar::ReadRoutineCharacteristics(CreateFunction& create, size_t first) {
  const auto forbid = [&](std::string message, std::string hint) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", SpanFrom(first), std::move(message),
                        std::move(hint)));
  };
  std::set<std::string> seen;
  while (!AtEnd() && !AtWord("return")) {
    if (At(Keyword::kCOMMENT)) {
      NoteClause(seen, "COMMENT");
      Next();
      create.comment = ReadStringText();
    } else if (AtWord("language")) {
      NoteClause(seen, "LANGUAGE");
      Next();
      ReadRoutineLanguage(first);
    } else if (AtWord("deterministic") || (At(Keyword::kNOT) && AtWord("deterministic", 1))) {
      NoteClause(seen, "DETERMINISTIC");
      create.deterministic = !Accept(Keyword::kNOT);
      Next();
    } else if (AtWord("contains") || AtWord("reads")) {
      NoteClause(seen, "SQL DATA ACCESS");
      create.reads_data = AtWord("reads");
      Next();
      ExpectWord("sql");
      if (*create.reads_data) Expect(Keyword::kDATA);
    } else if ((AtWord("no") || AtWord("modifies")) && AtWord("sql", 1)) {
      forbid("A function of SQL with NO SQL or MODIFIES SQL DATA is not allowed.",
             "write CONTAINS SQL or READS SQL DATA, or leave it out");
    } else if (AtWord("sql")) {
      NoteClause(seen, "SQL SECURITY RIGHTS");
      Next();
      ExpectWord("security");
      if (!AcceptWord("definer")) {
        ExpectWord("invoker");
        forbid("A function with SQL SECURITY INVOKER is not allowed.",
               "a function reads with its owner's rights: SQL SECURITY DEFINER");
      }
    } else if (AtWord("returns")) {
      forbid("RETURNS NULL ON NULL INPUT is not allowed for a function of SQL.",
             "say it in the body: CASE WHEN x IS NOT NULL THEN ... END");
    } else if (AcceptWord("called")) {
      NoteClause(seen, "NULL CALL");
      ExpectAll({Keyword::kON, Keyword::kNULL});
      ExpectWord("input");
    } else if (AtWord("specific")) {
      forbid("A function with a SPECIFIC name is not allowed.", "leave it out");
    } else {
      FailHere("expected RETURN here");
    }
  }
}

void Grammar::ReadRoutineLanguage(size_t first) {
  if (AcceptWord("sql")) return;
  if (AtWord("python")) {
    RefuseRest(Unsupported("functions in Python", SpanFrom(first), "define it in SQL"));
  }
  ReadIdentifier();
  Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0035", SpanFrom(first),
                      "A function with a body is in LANGUAGE SQL.", "leave LANGUAGE out"));
}

// RETURN expression | query
void Grammar::ReadReturn(CreateFunction& create) {
  if (!AcceptWord("return")) FailHere("expected RETURN and an expression or a query here");
  const size_t body = position();
  if (StartsQuery()) {
    create.query = ReadQuery();
  } else {
    create.body = ReadExpression();
    if (ContinuesQuery(create.body)) {
      create.query = ContinueQuery(std::move(create.body));
      create.body = nullptr;
    }
  }
  if (create.is_table && create.body != nullptr) {
    auto* const subquery = std::get_if<SubqueryExpr>(&create.body->node);
    if (subquery == nullptr) return;
    create.query = std::move(subquery->query);
    create.body = nullptr;
  }
  if (!create.is_table && create.query != nullptr) {
    create.body = Make(body, SubqueryExpr{std::move(create.query)});
    create.query = nullptr;
  }
}

// FUNCTION [EXTENDED] name, which may be that of an operator
StatementPtr Grammar::ReadDescribeFunction(size_t first) {
  Expect(Keyword::kFUNCTION);
  Describe describe;
  describe.what = Describe::What::kFunction;
  describe.extended =
      At(Keyword::kEXTENDED) && !At(TokenKind::kEnd, 1) && Accept(Keyword::kEXTENDED);
  if (At(TokenKind::kString)) {
    const size_t name = position();
    describe.name.parts.push_back({ReadStringText(), SpanFrom(name)});
    describe.name.span = SpanFrom(name);
  } else if (AtName()) {
    describe.name = ReadTableName();
  } else {
    const size_t name = position();
    while (!AtEnd()) Next();
    if (position() == name) FailHere("expected the name of a function here");
    describe.name.parts.push_back({std::string(SpanFrom(name).Text()), SpanFrom(name)});
    describe.name.span = SpanFrom(name);
  }
  return MakeStatement(first, std::move(describe));
}

// [ALL | USER | SYSTEM] FUNCTIONS [IN schema] [[LIKE] name | 'pattern']
StatementPtr Grammar::ReadShowFunctions(size_t first) {
  Show show;
  show.what = Show::What::kFunctions;
  if (Accept(Keyword::kUSER)) {
    show.whose = Show::Whose::kUser;
  } else if (Accept(Keyword::kSYSTEM)) {
    show.whose = Show::Whose::kSystem;
  } else {
    Accept(Keyword::kALL);
  }
  Expect(Keyword::kFUNCTIONS);
  if (Accept(Keyword::kFROM) || Accept(Keyword::kIN)) show.in = ReadTableName();
  const bool like = Accept(Keyword::kLIKE);
  if (At(TokenKind::kString)) {
    show.pattern = ReadStringText();
  } else if (like || AtName()) {
    Name name = ReadName();
    show.pattern = name.parts.back().text;
    name.parts.pop_back();
    if (!name.parts.empty()) show.in = std::move(name);
  }
  return MakeStatement(first, std::move(show));
}

}  // namespace weir::sql
