#pragma once

#include "weir/session/flow_run.h"

namespace weir::session {

// What a flow with REPLACE makes of its plan, which gives the columns of `bound.target`: REPLACE
// WHERE lets only those rows by that the condition picks; the columns of REPLACE USING are checked.
// `query`: the columns that the flow's query gives. Throws DiagnosticError.
void BindReplace(const Flow& flow, const Schema& query, BoundFlow& bound);

// One batch of such a flow, in which rows of the table make room for new ones. What is passed
// outlives it.
class ReplaceBatch {
 public:
  ReplaceBatch(const Services& services, const std::string& statement_id, const Flow& flow,
               const BoundFlow& bound, const delta::Table& table)
      : services_(services),
        id_(statement_id),
        replace_(*flow.replace),
        flow_(flow),
        bound_(bound),
        table_(table),
        options_(bound.binding->Options()) {}

  // Stages in `change`, whose base is set and has the columns of the target, the rows that come and
  // those that go.
  engine::WriteResult Stage(std::map<sql::InputId, engine::Input> inputs, TableChange& change);

 private:
  engine::WriteResult StageWhere(std::map<sql::InputId, engine::Input> inputs, TableChange& change);
  engine::WriteResult StageUsing(std::map<sql::InputId, engine::Input> inputs, TableChange& change);
  void CheckSequence(const sql::PlanPtr& without, std::map<sql::InputId, engine::Input> inputs);
  std::string NewestText() const;
  std::string RemovalText() const;

  const Services& services_;
  const std::string& id_;
  const sql::FlowReplace& replace_;
  const Flow& flow_;
  const BoundFlow& bound_;
  const delta::Table& table_;
  const sql::BindOptions options_;
};

}  // namespace weir::session
