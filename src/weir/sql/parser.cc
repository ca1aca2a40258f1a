#include "weir/sql/parser.h"

#include <algorithm>

#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

void SortBySpan(Diagnostics& diagnostics) {
  std::stable_sort(
      diagnostics.begin(), diagnostics.end(),
      [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
}

}  // namespace

Diagnostics Grammar::TakeDiagnostics() {
  SortBySpan(diagnostics_);
  return std::exchange(diagnostics_, {});
}

// What would have been refused is a mistake among others.
void Grammar::ReportRefused() {
  for (Diagnostic& refused : std::exchange(refused_, {})) {
    diagnostics_.push_back(std::move(refused));
  }
}

// Null when the statement has mistakes.
StatementPtr Grammar::TryStatement() {
  const size_t before = diagnostics_.size();
  refused_.clear();
  try {
    StatementPtr statement = ReadWholeStatement();
    ExpectEnd();
    if (diagnostics_.size() == before && !HasInvalid()) {
      statement->refused = std::exchange(refused_, {});
      return statement;
    }
  } catch (const StatementFailure& failure) {
    if (failure.diagnostic()) diagnostics_.push_back(*failure.diagnostic());
  }
  ReportRefused();
  return nullptr;
}

StatementPtr Grammar::ReadWholeStatement() {
  markers_ = {};
  identifiers_.clear();
  StatementPtr statement = ReadStatement();
  statement->identifiers = std::move(identifiers_);
  statement->parameters = parameters_;
  statement->has_parameters = markers_.named || markers_.positional > 0;
  return statement;
}

ParameterMarkers Grammar::Markers() {
  (void)WholeStatement();
  return markers_;
}

ParsedScript Grammar::Script() {
  ParsedScript script;
  while (!AtTextEnd() && diagnostics_.size() < kMaxDiagnostics) {
    BeginStatement();
    if (!AtEnd()) {
      if (StatementPtr statement = TryStatement()) {
        script.statements.push_back(std::move(statement));
      }
    }
    EndStatement();
  }
  if (!AtTextEnd() && !cut_off()) diagnostics_.push_back(TooManyMistakes());
  script.diagnostics = TakeDiagnostics();
  script.steps = steps();
  return script;
}

// What `rule` reads, if that is the whole text (a ';' may end it).
template <typename T, typename Rule>
std::variant<T, Diagnostics> Grammar::Whole(Rule rule) {
  BeginStatement();
  std::optional<T> result;
  if (AtEnd() && diagnostics_.empty()) {
    Report(MakeDiagnostic("PARSE_EMPTY_STATEMENT", Here(),
                          "Syntax error, unexpected empty statement."));
  } else {
    try {
      result = rule();
      ExpectEnd();
      while (!AtTextEnd()) {
        EndStatement();
        BeginStatement();
        if (!AtEnd()) FailHere("one statement at a time is read here");
      }
    } catch (const StatementRefusal& refusal) {
      Refuse(refusal.diagnostic());
    } catch (const StatementFailure& failure) {
      if (failure.diagnostic()) diagnostics_.push_back(*failure.diagnostic());
    }
  }
  // Only a statement without mistakes can be refused later.
  if constexpr (std::is_same_v<T, StatementPtr>) {
    if (diagnostics_.empty() && result) (*result)->refused = std::exchange(refused_, {});
  }
  ReportRefused();
  if (!diagnostics_.empty() || !result) return TakeDiagnostics();
  return std::move(*result);
}

std::variant<StatementPtr, Diagnostics> Grammar::WholeStatement() {
  return Whole<StatementPtr>([&] { return ReadWholeStatement(); });
}

std::variant<ExprPtr, Diagnostics> Grammar::WholeExpression() {
  return Whole<ExprPtr>([&] {
    ExprPtr expr = ReadExpression();
    if (!identifiers_.empty()) {
      Fail(Unsupported("IDENTIFIER(...) of what has to be computed", identifiers_[0]->span,
                       "write the name"));
    }
    return expr;
  });
}

std::variant<DataType, Diagnostics> Grammar::WholeType(StringTypes* strings) {
  return Whole<DataType>([&] { return ReadType(strings); });
}

std::variant<Schema, Diagnostics> Grammar::WholeColumns(StringTypes* strings) {
  return Whole<Schema>([&] { return Schema(ReadFields(/*colon=*/true, strings)); });
}

Diagnostics ParsedScript::AllDiagnostics() const {
  Diagnostics all = diagnostics;
  for (const StatementPtr& statement : statements) {
    all.insert(all.end(), statement->refused.begin(), statement->refused.end());
  }
  SortBySpan(all);
  return all;
}

ParsedScript ParseScript(std::shared_ptr<const SourceText> source,
                         std::shared_ptr<const Parameters> parameters) {
  return Grammar(std::move(source), std::move(parameters)).Script();
}

std::variant<StatementPtr, Diagnostics> ParseStatement(
    std::shared_ptr<const SourceText> source, std::shared_ptr<const Parameters> parameters) {
  return Grammar(std::move(source), std::move(parameters)).WholeStatement();
}

ParameterMarkers MarkersOf(std::shared_ptr<const SourceText> source) {
  return Grammar(std::move(source)).Markers();
}

std::variant<StatementPtr, Diagnostics> ParseAgain(const StatementNode& statement,
                                                   std::vector<std::string> identifiers) {
  // What stands around the statement becomes blank, so that places in the text stay what they are.
  const Span& span = statement.span;
  std::string text = span.source->text.substr(0, span.end);
  for (size_t i = 0; i < span.begin; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
  const auto source = std::make_shared<SourceText>(SourceText{span.source->name, std::move(text)});
  return Grammar(source, statement.parameters, std::move(identifiers)).WholeStatement();
}

std::variant<ExprPtr, Diagnostics> ParseExpression(std::shared_ptr<const SourceText> source) {
  return Grammar(std::move(source)).WholeExpression();
}

std::variant<DataType, Diagnostics> ParseType(std::shared_ptr<const SourceText> source,
                                              StringTypes* strings) {
  return Grammar(std::move(source)).WholeType(strings);
}

std::variant<Schema, Diagnostics> ParseColumns(std::shared_ptr<const SourceText> source,
                                               StringTypes* strings) {
  return Grammar(std::move(source)).WholeColumns(strings);
}

}  // namespace weir::sql
