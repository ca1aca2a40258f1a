#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/error.h"

namespace weir {

// One text that a user wrote: a file of a pipeline, a -e argument. Spans point into it.
struct SourceText {
  std::string name;  // A path as the user knows it, or "<command line>".
  std::string text;
};

// A half-open range of bytes of a source text.
struct Span {
  std::shared_ptr<const SourceText> source;
  size_t begin = 0;
  size_t end = 0;

  std::string_view Text() const;
  size_t Line() const;    // From 1.
  size_t Column() const;  // From 1, in characters.
};

// What is wrong with a user's text. `condition` and `sqlstate` are Spark's
// (https://spark.apache.org/docs/latest/sql-error-conditions.html).
struct Diagnostic {
  std::string condition;  // "TABLE_OR_VIEW_NOT_FOUND", "UNRESOLVED_COLUMN.WITH_SUGGESTION"
  std::string sqlstate;   // "42P01"
  Span span;
  std::string message;  // One sentence, without the condition.
  std::string hint;     // What to do; may be empty.
  // Else than kInvalid where it is not the text that is wrong, but what it names: a source that may
  // not be read, a store that does not answer.
  ErrorCode code = ErrorCode::kInvalid;

  // file:line:col: [CONDITION] message
  //   the line of text
  //   ^^^^ under the span
  //   hint: ...
  std::string Render() const;
};

using Diagnostics = std::vector<Diagnostic>;

// A failure met while looking into what `span` names, to be told beside others.
Diagnostic AsDiagnostic(const Error& error, const Span& span);

// An Error that carries what was found; what() is all of them rendered. Its code is the one that
// they share, else kInvalid.
class DiagnosticError : public Error {
 public:
  explicit DiagnosticError(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
};

// The SQLSTATE Spark gives a condition that weir knows, else "XX000".
std::string_view SqlStateOf(std::string_view condition);

}  // namespace weir
