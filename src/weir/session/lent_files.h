#pragma once

#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/delta/snapshot.h"
#include "weir/io/object_store.h"
#include "weir/session/session.h"

// Files that the log of a table names outside of the table's folder: those of a shallow clone. See
// docs/decisions/0039-shallow-clones.md.
namespace weir::session {

// Throws unless these files, which are of that table's log, and their deletion vectors may be read:
// what is outside the table's folder has to be in one that was lent to it; of a table that is none
// of the catalog, `principal` has to have the right to name it by its path. A log may name files
// anywhere in the store, and the right to read a table is a right to its folder. To be asked before
// any file is read. Throws Error: kDenied, kUnsupported.
void JudgeFiles(const Services& services, const std::string& principal,
                const delta::Snapshot& snapshot, const std::vector<delta::AddFile>& files,
                const io::Location& table);
// The same for all files of the snapshot. Those that are plainly in the folder are not looked at.
void JudgeFiles(const Services& services, const std::string& principal,
                const delta::Snapshot& snapshot, const io::Location& table);

// What a table in the folder `borrower` has to borrow to read these files of `source`, which were
// judged for `principal`.
std::vector<catalog::Loan> LoansFor(const Services& services, const std::string& principal,
                                    const delta::Snapshot& snapshot, const io::Location& source,
                                    const io::Location& borrower);

}  // namespace weir::session
