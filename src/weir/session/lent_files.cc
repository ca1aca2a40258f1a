#include "weir/session/lent_files.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/session/binding.h"

namespace weir::session {
namespace {

using catalog::Loan;
using catalog::Privilege;

// Adds the keys of a file and its deletion vector, as far as they are not in the folder.
void AddOutside(const delta::Snapshot& snapshot, const delta::AddFile& file,
                const io::Location& table, const io::Location& folder,
                std::set<std::string>& outside) {
  const auto add = [&](std::string key) {
    if (!key.starts_with(folder.prefix)) outside.insert(std::move(key));
  };
  add(snapshot.KeyOf(file));
  const auto vector = delta::DeletionVectorOf(file);
  if (!vector) return;
  if (auto key = delta::KeyOf(table, *vector)) add(*std::move(key));
}

// The folder of the file, or the one that its folder of a partition is in.
std::string TableFolderOf(const std::string& key) {
  std::string folder = key.substr(0, key.rfind('/') + 1);
  while (folder.size() > 1) {
    const size_t above = folder.rfind('/', folder.size() - 2) + 1;
    if (above == 0 || folder.find('=', above) == std::string::npos) break;
    folder.resize(above);
  }
  return folder;
}

bool IsInStoreOf(const io::Location& table, const io::Location& folder) {
  return delta::AbsolutePath(table, "") == delta::AbsolutePath(folder, "");
}

// Of a table whose folder others may write, the log is nobody's word: it reads what whoever made
// the clone may still read.
void JudgeMaker(const catalog::Catalog& names, const catalog::TableInfo& info, const Loan& loan) {
  try {
    if (const auto source = names.FindTableIn(loan.folder)) {
      names.RequireTable(loan.maker, Privilege::kSelect, source->name);
    } else {
      names.RequirePath(loan.maker, Privilege::kReadFiles, loan.folder);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDenied && error.code() != ErrorCode::kNotFound) throw;
    throw Error(ErrorCode::kDenied,
                "the shallow clone " + info.name.ToString() + " reads files of a table that '" +
                    loan.maker +
                    "', who made the clone, may not read any more; make it again by CREATE OR "
                    "REPLACE TABLE, or ask for the grant")
        .WithCondition("PERMISSION_DENIED");
  }
}

[[noreturn]] void RefuseOutside(const io::Location& table, const std::string& key) {
  throw Error(ErrorCode::kUnsupported,
              "the log of " + table.uri + " names the file " + delta::AbsolutePath(table, key) +
                  ", which is outside the table's folder and not one that a shallow clone of "
                  "weir's was made of; weir does not follow it");
}

void JudgeLent(const Services& services, const catalog::TableInfo& info, const io::Location& table,
               std::set<std::string> outside) {
  for (const Loan& loan : services.catalog.LoansOf(info.id)) {
    const io::Location folder = services.stores.Resolve(loan.folder, "");
    // What a link leads to that was put there since is not what was lent.
    if (folder.uri != loan.folder || !IsInStoreOf(table, folder)) continue;
    const size_t taken = std::erase_if(
        outside, [&](const std::string& key) { return key.starts_with(folder.prefix); });
    if (taken > 0 && info.kind == catalog::TableKind::kExternal) {
      JudgeMaker(services.catalog, info, loan);
    }
  }
  if (!outside.empty()) RefuseOutside(table, *outside.begin());
}

// Each folder is asked about once. One that holds a table is not free as a whole; the file may be.
void JudgePaths(const Services& services, const std::string& principal, const io::Location& table,
                const std::set<std::string>& outside) {
  const auto judge = [&](const std::string& key) {
    const std::string written = delta::AbsolutePath(table, key);
    const io::Location place = services.stores.Resolve(written, "");
    if (place.prefix != key && place.prefix != key + "/") RefuseOutside(table, key);
    services.catalog.RequirePath(principal, Privilege::kReadFiles, place.uri, written);
  };
  std::string free = "/";  // No key begins with it.
  for (const std::string& key : outside) {
    if (key.starts_with(free)) continue;
    const std::string folder = key.substr(0, key.rfind('/') + 1);
    try {
      judge(folder);
      free = folder;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kDenied) throw;
      judge(key);
    }
  }
}

}  // namespace

namespace {

void JudgeOutside(const Services& services, const std::string& principal, const io::Location& table,
                  std::set<std::string> outside) {
  if (outside.empty()) return;
  if (const auto info = services.catalog.FindTableIn(table.uri)) {
    JudgeLent(services, *info, table, std::move(outside));
  } else {
    JudgePaths(services, principal, table, outside);
  }
}

}  // namespace

void JudgeFiles(const Services& services, const std::string& principal,
                const delta::Snapshot& snapshot, const std::vector<delta::AddFile>& files,
                const io::Location& table) {
  std::set<std::string> outside;
  for (const delta::AddFile& file : files) AddOutside(snapshot, file, table, table, outside);
  JudgeOutside(services, principal, table, std::move(outside));
}

void JudgeFiles(const Services& services, const std::string& principal,
                const delta::Snapshot& snapshot, const io::Location& table) {
  std::set<std::string> outside;
  for (const size_t at : snapshot.files().OddlyPlaced()) {
    AddOutside(snapshot, snapshot.files().HeadAt(at), table, table, outside);
  }
  JudgeOutside(services, principal, table, std::move(outside));
}

std::vector<Loan> LoansFor(const Services& services, const std::string& principal,
                           const delta::Snapshot& snapshot, const io::Location& source,
                           const io::Location& borrower) {
  std::set<std::string> keys;
  for (size_t at = 0; at < snapshot.files().size(); ++at) {
    AddOutside(snapshot, snapshot.files().HeadAt(at), source, borrower, keys);
  }
  std::vector<Loan> loans;
  const auto take = [&](const std::string& prefix, const std::string& uri,
                        const std::string& maker) {
    const size_t taken =
        std::erase_if(keys, [&](const std::string& key) { return key.starts_with(prefix); });
    if (taken > 0) loans.push_back({uri, maker});
  };
  take(source.prefix, source.uri, principal);
  if (const auto info = services.catalog.FindTableIn(source.uri)) {
    // Who could read them when they were lent to the source lends them on.
    for (const Loan& loan : services.catalog.LoansOf(info->id)) {
      take(services.stores.Resolve(loan.folder, "").prefix, loan.folder, loan.maker);
    }
  }
  while (!keys.empty()) {
    const std::string folder = TableFolderOf(*keys.begin());
    take(folder, services.stores.Resolve(delta::AbsolutePath(source, folder), "").uri, principal);
  }
  return loans;
}

}  // namespace weir::session
