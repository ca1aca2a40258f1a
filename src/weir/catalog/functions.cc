#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"

namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

#define WEIR_FUNCTION_QUERY                                                                  \
  "SELECT f.id, c.name, s.name, f.name, f.owner, f.comment, f.is_table, f.parameters, "      \
  "f.returns, f.body, f.deterministic, f.reads_data, f.in_catalog, f.in_schema, f.created, " \
  "f.updated, f.revision, f.time_zone FROM functions f "                                     \
  "JOIN schemas s ON s.id = f.schema JOIN catalogs c ON c.id = s.catalog "

FunctionInfo FunctionFrom(const Statement& row) {
  FunctionInfo info;
  info.id = row.Text(0);
  info.name = {row.Text(1), row.Text(2), row.Text(3)};
  info.owner = row.Text(4);
  info.comment = row.TextOrNull(5);
  info.definition = {row.Int(6) != 0, row.Text(7),      row.Text(8),
                     row.Text(9),     row.Int(10) != 0, row.Int(11) != 0,
                     row.Text(12),    row.Text(13),     row.TextOrNull(17)};
  info.created = Instant{row.Int(14)};
  info.updated = Instant{row.Int(15)};
  info.revision = row.Int(16);
  return info;
}

}  // namespace

std::optional<FunctionInfo> Catalog::Impl::FindFunction(ReadTx& tx,
                                                        const QualifiedName& name) const {
  Statement row = tx.Query(WEIR_FUNCTION_QUERY "WHERE c.name = ? AND s.name = ? AND f.name = ?",
                           name.catalog, name.schema, name.name);
  if (!row.Next()) return std::nullopt;
  return FunctionFrom(row);
}

FunctionInfo Catalog::Impl::GetFunction(ReadTx& tx, const QualifiedName& name) const {
  if (auto info = FindFunction(tx, name)) return *info;
  throw AbsentError({SecurableKind::kFunction, name.catalog, name.schema, name.name});
}

std::optional<FunctionInfo> Catalog::FindFunction(const QualifiedName& name) const {
  ReadTx tx = impl_->database.Read();
  return impl_->FindFunction(tx, InCatalogCase(name));
}

std::vector<FunctionInfo> Catalog::ListFunctions(const std::string& principal,
                                                 const SchemaName& given) const {
  const SchemaName schema = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  const Securable above{SecurableKind::kSchema, schema.catalog, schema.schema, ""};
  if (auto missing = impl_->AccessOf(tx, principal, above).MissingFor(Privilege::kUseSchema)) {
    throw DeniedError(principal, *missing);
  }
  const SchemaRow in = impl_->GetSchema(tx, schema);
  Statement row = tx.Query(WEIR_FUNCTION_QUERY "WHERE f.schema = ? ORDER BY f.name", in.id);
  std::vector<FunctionInfo> found;
  while (row.Next()) {
    FunctionInfo info = FunctionFrom(row);
    const Securable here{SecurableKind::kFunction, schema.catalog, schema.schema, info.name.name};
    if (impl_->AccessOf(tx, principal, here).IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

void Catalog::CreateFunction(const FunctionInfo& info) {
  const QualifiedName name = InCatalogCase(info.name);
  CheckName(name.name, "function");
  WEIR_CHECK(!info.id.empty());
  Tx tx = impl_->database.Begin();
  const SchemaRow schema = impl_->GetSchema(tx, {name.catalog, name.schema});
  if (impl_->FindFunction(tx, name)) {
    throw Error(ErrorCode::kExists,
                "function " + name.ToString() +
                    " exists already; use CREATE OR REPLACE FUNCTION, IF NOT EXISTS, or another "
                    "name")
        .WithCondition("ROUTINE_ALREADY_EXISTS");
  }
  const FunctionDefinition& made = info.definition;
  const int64_t now = impl_->clock.Now().micros;
  tx.Run(
      "INSERT INTO functions (id, schema, name, owner, comment, is_table, parameters, returns, "
      "body, deterministic, reads_data, in_catalog, in_schema, time_zone, created, updated, "
      "revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      info.id, schema.id, name.name, info.owner, info.comment, int64_t{made.is_table},
      made.parameters_json, made.returns_json, made.body, int64_t{made.deterministic},
      int64_t{made.reads_data}, made.catalog, made.schema, made.time_zone, now, now,
      impl_->NextRevision(tx));
  tx.Commit();
}

void Catalog::UpdateFunction(const FunctionInfo& info) {
  const QualifiedName name = InCatalogCase(info.name);
  Tx tx = impl_->database.Begin();
  const FunctionInfo before = impl_->GetFunction(tx, name);
  if (before.id != info.id || before.revision != info.revision) {
    throw Error(ErrorCode::kConflict,
                name.ToString() + " was changed by somebody else meanwhile; run again")
        .WithCondition("CONCURRENT_CATALOG_CHANGE");
  }
  const FunctionDefinition& made = info.definition;
  tx.Run(
      "UPDATE functions SET owner = ?, comment = ?, is_table = ?, parameters = ?, returns = ?, "
      "body = ?, deterministic = ?, reads_data = ?, in_catalog = ?, in_schema = ?, "
      "time_zone = ?, updated = ?, revision = ? WHERE id = ?",
      info.owner, info.comment, int64_t{made.is_table}, made.parameters_json, made.returns_json,
      made.body, int64_t{made.deterministic}, int64_t{made.reads_data}, made.catalog, made.schema,
      made.time_zone, impl_->clock.Now().micros, impl_->NextRevision(tx), info.id);
  tx.Commit();
}

FunctionInfo Catalog::DropFunction(const QualifiedName& given) {
  const QualifiedName name = InCatalogCase(given);
  Tx tx = impl_->database.Begin();
  FunctionInfo info = impl_->GetFunction(tx, name);
  tx.Run("DELETE FROM functions WHERE id = ?", info.id);
  impl_->NextRevision(tx);
  tx.Commit();
  return info;
}

}  // namespace weir::catalog
