#pragma once

#include <string>
#include <vector>

#include "weir/connect/files/file_progress.h"
#include "weir/connect/files/options.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

// What is asked about files before they are read.
namespace weir::connect {

// Whether it is still to be taken.
bool Counts(const FileOptions& options, const FileProgress& done, Instant now,
            const SourceFile& file);

// Whether all of them are there as they were listed.
bool AreAsListed(io::ObjectStore& store, const std::vector<SourceFile>& files);

// The files of a stored plan that are there; the same plan always gives the same rows, or an error:
// kNotFound for one that is gone (unless ignoreMissingFiles), kInvalid for one that changed. With
// allowOverwrites => 'replace' that one is given as it is now: it is not what the plan says was
// taken, so a later batch reads it again and takes its rows out.
std::vector<SourceFile> UnchangedFiles(const FileOptions& options, io::ObjectStore& store,
                                       const std::vector<SourceFile>& files);

// `columns` and behind them those that only `more` has; with `widen`, columns take the wider type.
Schema GrownSchema(const Schema& columns, const Schema& more, bool widen);

// What `found` has and `columns` have not: "name", "address.zip".
std::vector<std::string> NewColumnsIn(const Schema& found, const Schema& columns);
[[noreturn]] void ThrowNewColumns(const SourceFile& file, const std::vector<std::string>& names);

}  // namespace weir::connect
