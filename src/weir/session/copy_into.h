#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/session/binding.h"
#include "weir/session/flow_log.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast.h"

namespace weir::session {

// COPY INTO as bound against what is there now.
struct BoundCopy {
  std::unique_ptr<Binding> binding;
  sql::PlanPtr plan;  // Gives the columns of `target`.
  Schema target;      // Those of the table, then new ones where mergeSchema allows it.
  const BoundInput& Source() const;
};

// Binds the statement and judges READ FILES on its path. Throws what is wrong with its text and
// options: DiagnosticError.
BoundCopy BindCopy(const Services& services, const SessionOptions& options,
                   const SessionState& state, const sql::CopyInto& statement, const Schema& table);

struct CopyOutcome {
  delta::Version version = -1;  // -1: no file is new, and nothing was committed.
  engine::RunStatistics statistics;
};

// Loads the files that no COPY INTO loaded into the table before. Which they are is stored beside
// the table before they are read, and counts once the commit that holds their rows names it: killed
// anywhere, each file is loaded once, and so it is when several run at a time: those that lose the
// race throw Error{kConflict}, DELTA_CONCURRENT_WRITE, and look again when they are run again.
class CopyRun {
 public:
  CopyRun(const Services& services, const SessionOptions& options, const SessionState& state,
          const sql::CopyInto& statement, std::string statement_id, delta::CommitOptions commit)
      : services_(services),
        options_(options),
        state_(state),
        statement_(statement),
        id_(std::move(statement_id)),
        commit_(std::move(commit)) {}

  CopyOutcome Run(const delta::Table& table);
  // Reads what Run would load, as VALIDATE asks, and gives the first rows.
  std::unique_ptr<engine::QueryResult> Validate(const delta::Table& table);

 private:
  // Nothing: another one was faster.
  std::optional<CopyOutcome> Try(const delta::Table& table);
  std::optional<connect::BatchPlan> PlanNew(const BoundCopy& bound, const Reached& reached) const;
  std::map<sql::InputId, engine::Input> InputsOf(const BoundCopy& bound,
                                                 const connect::BatchPlan& plan) const;
  bool Option(const std::string& name) const;

  const Services& services_;
  const SessionOptions& options_;
  const SessionState& state_;
  const sql::CopyInto& statement_;
  std::string id_;
  delta::CommitOptions commit_;
};

}  // namespace weir::session
