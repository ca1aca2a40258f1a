#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weir/delta/unneeded_files.h"
#include "weir/session/session.h"

// What shallow clones need of the files in folders that are not their own.
namespace weir::session {

// Statements of weir that run now may need what was there when they began, and may have written
// files that they have not committed: the earlier of `cutoff` and that. `own`: which does not
// count.
Instant NotAfterRunning(const catalog::Catalog& catalog, const std::string& own, Instant cutoff);

// What tables elsewhere need of the files in one folder. Not thread-safe.
class CloneNeeds {
 public:
  // Versions of the clones that were current at `cutoff` count, and for as long as each keeps its
  // own files.
  CloneNeeds(const Services& services, std::string principal, io::Location folder, Instant cutoff,
             Instant now);

  // Takes out of `files` what one of them needs by now. Throws Error where that can't be told; it
  // names the clone, if the principal may see it.
  void Keep(std::vector<delta::UnneededFile>& files);

 private:
  struct Known {
    std::shared_ptr<const delta::Snapshot> latest;
    delta::Keys keys;
  };
  void Look(const catalog::TableInfo& clone);

  const Services& services_;
  const std::string principal_;
  const io::Location folder_;
  const Instant cutoff_;
  const Instant now_;
  std::map<std::string, Known> known_;  // By the id of the clone.
};

// Deletes the folder of a table that was dropped, but for files that shallow clones need: those go
// with the last of them. Also for what was left of it before. Where it can't be told what they
// need, all stays, and the log has a line.
void LetGoOfFolder(const Services& services, const std::string& principal,
                   const std::string& statement_id, const std::string& uri);
// The same for those of these folders that are no table's any more.
void LetGoOfLoans(const Services& services, const std::string& principal,
                  const std::string& statement_id, const std::vector<catalog::Loan>& loans);

}  // namespace weir::session
