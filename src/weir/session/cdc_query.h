#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/session/dataset.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"

// What an AUTO CDC flow reads.
namespace weir::session {

// Columns behind those of the source: the event's place in the order, and whether it deletes or
// truncates, which is never NULL. Names that begin so are not a source's to use.
inline constexpr const char* kCdcPrefix = "__weir_";
inline constexpr const char* kSequenceColumn = "__weir_sequence";
inline constexpr const char* kDeleteColumn = "__weir_delete";
inline constexpr const char* kTruncateColumn = "__weir_truncate";

// All columns of the source and what the clauses say of each row; of FROM SNAPSHOT its query. Null
// is not returned; spans are those of the clauses.
std::shared_ptr<const sql::Query> CdcQueryOf(const sql::AutoCdc& cdc);

// What a flow's clauses, a part of `statement`, say; with the query by which it is bound.
Flow FlowOf(const std::string& name, const std::shared_ptr<const sql::StatementNode>& statement,
            const sql::FlowBody& body);

// The tables and functions that a flow reads, those of all its queries.
std::vector<sql::NamedInput> InputsOfFlow(const Flow& flow);

}  // namespace weir::session
