#pragma once

#include <memory>

#include "weir/sql/ast.h"
#include "weir/sql/binder.h"
#include "weir/sql/change_binder.h"

namespace weir::session {

// A query that is computed once (session/held_files.h), with a query in its place that reads its
// rows, for statements that bind it more than once.
class HeldSource {
 public:
  // The rows become `input`. `names` outlives it. Throws DiagnosticError.
  HeldSource(const sql::Query& query, sql::InputId input, sql::NameResolver& names,
             const sql::BindOptions& options);
  ~HeldSource();

  const sql::HeldQuery& held() const { return held_; }
  // The columns of the query, under the same names.
  const sql::Query& reader() const { return *reader_; }
  // To bind `reader` with, and what stands around it.
  sql::NameResolver& names() const { return *names_; }

 private:
  sql::HeldQuery held_;
  sql::QueryPtr reader_;
  std::unique_ptr<sql::NameResolver> names_;
};

}  // namespace weir::session
