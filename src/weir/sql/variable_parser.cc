#include "weir/sql/grammar.h"

// Session variables, and statements that a string holds.
namespace weir::sql {

// DECLARE [OR REPLACE] [VARIABLE | VAR] a, b [type] [{DEFAULT | =} value]
StatementPtr Grammar::ReadDeclare() {
  const size_t first = position();
  Next();
  DeclareVariable declare;
  declare.or_replace = AcceptAll({Keyword::kOR, Keyword::kREPLACE});
  if ((At(Keyword::kVARIABLE) || AtWord("var")) && AtName(1) && !At(Keyword::kDEFAULT, 1)) Next();
  if (AtAll({Keyword::kIF, Keyword::kNOT, Keyword::kEXISTS})) {
    FailHere("write DECLARE OR REPLACE VARIABLE");
  }
  do {
    declare.names.push_back(ReadTableName());
  } while (Accept(TokenKind::kComma));
  if (AtName() && !At(Keyword::kDEFAULT)) declare.type = ReadUnboundedType();
  if (Accept(Keyword::kDEFAULT) || Accept(TokenKind::kEq)) declare.initial = ReadExpression();
  if (!declare.type && !declare.initial) {
    Fail(MakeDiagnostic("INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED", SpanFrom(first),
                        "A variable needs a type or a default value.",
                        "write DECLARE name type, or DECLARE name = value"));
  }
  return MakeStatement(first, std::move(declare));
}

ExprPtr Grammar::ReadVariableValue() {
  if (At(Keyword::kDEFAULT) && (At(TokenKind::kComma, 1) || At(TokenKind::kEnd, 1))) {
    Next();
    return nullptr;
  }
  return ReadExpression();
}

// a = value, b = DEFAULT; (a, b) = (query). SET VARIABLE stands before it.
StatementPtr Grammar::ReadSetVariable(size_t first) {
  Next();
  SetVariable set;
  if (Accept(TokenKind::kLeftParen)) {
    if (At(TokenKind::kRightParen)) {
      Fail(MakeDiagnostic("INVALID_SET_SYNTAX", SpanFrom(first),
                          "SET VARIABLE () = ... names no variable.",
                          "write SET VARIABLE (a, b) = (query)"));
    }
    do {
      set.targets.push_back(ReadTableName());
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen);
    Expect(TokenKind::kEq);
    Expect(TokenKind::kLeftParen);
    set.query = ReadQuery();
    Expect(TokenKind::kRightParen);
    return MakeStatement(first, std::move(set));
  }
  do {
    set.targets.push_back(ReadTableName());
    Expect(TokenKind::kEq);
    set.values.push_back(ReadVariableValue());
  } while (Accept(TokenKind::kComma));
  return MakeStatement(first, std::move(set));
}

// DROP {TEMPORARY | TEMP} {VARIABLE | VAR} [IF EXISTS] a
StatementPtr Grammar::ReadDropVariable(size_t first) {
  Next();
  Next();
  DropVariable drop;
  drop.if_exists = ReadIfExists();
  drop.name = ReadTableName();
  return MakeStatement(first, std::move(drop));
}

// EXECUTE IMMEDIATE text [INTO a, b] [USING value [AS] name, ... | USING (...)]
StatementPtr Grammar::ReadExecuteImmediate() {
  const size_t first = position();
  Next();
  ExpectWord("immediate");
  ExecuteImmediate execute;
  execute.text = ReadExpression();
  if (Accept(Keyword::kINTO)) {
    do {
      execute.into.push_back(ReadTableName());
    } while (Accept(TokenKind::kComma));
  }
  if (!Accept(Keyword::kUSING)) return MakeStatement(first, std::move(execute));
  // USING (a, b) is a list; USING (a) + 1, b is not.
  Argument argument = ReadNamedExpression();
  auto* const call = std::get_if<CallExpr>(&argument.value->node);
  const bool is_list =
      call != nullptr && !argument.name && AtEnd() && argument.value->span.Text().starts_with('(');
  if (is_list) {
    execute.arguments = std::move(call->arguments);
    return MakeStatement(first, std::move(execute));
  }
  execute.arguments.push_back(std::move(argument));
  while (Accept(TokenKind::kComma)) execute.arguments.push_back(ReadNamedExpression());
  return MakeStatement(first, std::move(execute));
}

}  // namespace weir::sql
