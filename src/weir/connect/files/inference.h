#pragma once

#include <vector>

#include "weir/connect/files/options.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

namespace weir::connect {

// The columns that the files show, from a sample: the oldest and the newest files, and of each the
// first lines. Types are Spark's inference, or all STRING when `options` say so. Hints are applied.
// Throws DiagnosticError UNABLE_TO_INFER_SCHEMA when the files show no column and no hint names
// one.
Schema InferSchema(const FileOptions& options, const std::vector<SourceFile>& files,
                   io::ObjectStore& store, FormatReader& formats);

// `inferred` with the types that `hints` name; columns only they have come last. A name with dots
// ("address.zip") means a member of a struct.
Schema ApplyHints(const Schema& inferred, const Schema& hints);

}  // namespace weir::connect
