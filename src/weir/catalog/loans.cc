#include "weir/base/error.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"

// Folders that shallow clones read though they are not their own.
namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

// Loans of the folder ?1, of what holds it, and of what lies inside it.
#define WEIR_LENT_AT                                          \
  "(l.folder = ?1 "                                           \
  "OR substr(?1, 1, length(l.folder) + 1) = l.folder || '/' " \
  "OR substr(l.folder, 1, length(?1) + 1) = ?1 || '/')"

}  // namespace

bool Catalog::Impl::IsLent(ReadTx& tx, const std::string& uri) const {
  return tx.Query("SELECT 1 FROM loans l WHERE " WEIR_LENT_AT, WithoutSlash(uri)).Next();
}

void Catalog::Impl::InsertLoans(Tx& tx, const std::string& table,
                                const std::vector<Loan>& loans) const {
  for (const Loan& loan : loans) {
    const std::string folder = WithoutSlash(loan.folder);
    if (Overlap(managed_root, folder) && !FindTableAt(tx, folder) && !IsLent(tx, folder)) {
      throw Error(ErrorCode::kConflict,
                  "the table whose files the clone would read was dropped at this moment")
          .WithCondition("CONCURRENT_CATALOG_CHANGE");
    }
    tx.Run(
        "INSERT INTO loans (table_id, folder, maker) VALUES (?, ?, ?) "
        "ON CONFLICT (table_id, folder) DO UPDATE SET maker = excluded.maker",
        table, folder, loan.maker);
  }
}

void Catalog::Borrow(const std::string& table_id, const std::vector<Loan>& loans) {
  if (loans.empty()) return;
  Tx tx = impl_->database.Begin();
  impl_->InsertLoans(tx, table_id, loans);
  tx.Commit();
}

std::vector<Loan> Catalog::LoansOf(const std::string& table_id) const {
  ReadTx tx = impl_->database.Read();
  Statement row =
      tx.Query("SELECT folder, maker FROM loans WHERE table_id = ? ORDER BY folder", table_id);
  std::vector<Loan> loans;
  while (row.Next()) loans.push_back({row.Text(0), row.Text(1)});
  return loans;
}

std::vector<TableInfo> Catalog::BorrowersOf(const std::string& uri) const {
  ReadTx tx = impl_->database.Read();
  Statement row =
      tx.Query(WEIR_TABLE_QUERY "WHERE t.id IN (SELECT l.table_id FROM loans l WHERE " WEIR_LENT_AT
                                ") ORDER BY c.name, s.name, t.name",
               WithoutSlash(uri));
  std::vector<TableInfo> found;
  while (row.Next()) found.push_back(TableFrom(row));
  return found;
}

bool Catalog::IsManaged(const std::string& uri) const {
  return Overlap(impl_->managed_root, WithoutSlash(uri));
}

bool Catalog::IsLeftBehind(const std::string& uri) const {
  const std::string folder = WithoutSlash(uri);
  if (!Overlap(impl_->managed_root, folder) || folder.size() <= impl_->managed_root.size()) {
    return false;
  }
  ReadTx tx = impl_->database.Read();
  return !impl_->FindTableAt(tx, folder) && !impl_->FindVolumeAt(tx, folder);
}

}  // namespace weir::catalog
