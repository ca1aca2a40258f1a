#pragma once

#include "weir/session/dataset_table.h"

namespace weir::session {

// The table of a sink, which is somebody's own: flows add rows to it, and how far they got is kept
// in it under the pipeline's name, as COPY INTO does. Nothing where it is still to be made.
std::optional<catalog::TableInfo> FindSinkTable(const Services& services,
                                                const PipelineScope& scope, const Sink& sink);

// Throws unless the principal may write there: Error{kDenied}, and kInvalid for what only its own
// definition fills.
void RequireMayFillSink(const Services& services, const SessionOptions& options,
                        const PipelineScope& scope, const Sink& sink,
                        const std::optional<catalog::TableInfo>& there);

// Makes the table that is not there. Throws Error{kExists} where something else is.
void MakeSinkTable(const Services& services, const SessionOptions& options,
                   const PipelineScope& scope, const Dataset& dataset,
                   const TableDeclaration& declaration);

// From now on the flows read from their start; rows that are there stay.
void RestartSink(const Services& services, const PipelineScope& scope, const Dataset& dataset,
                 const catalog::TableInfo& info);

}  // namespace weir::session
