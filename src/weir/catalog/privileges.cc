#include <array>
#include <utility>

#include "weir/base/check.h"
#include "weir/catalog/catalog.h"

namespace weir::catalog {
namespace {

constexpr std::array<std::pair<Privilege, std::string_view>, 16> kPrivileges = {{
    {Privilege::kUseCatalog, "USE CATALOG"},
    {Privilege::kUseSchema, "USE SCHEMA"},
    {Privilege::kSelect, "SELECT"},
    {Privilege::kModify, "MODIFY"},
    {Privilege::kCreateTable, "CREATE TABLE"},
    {Privilege::kCreateSchema, "CREATE SCHEMA"},
    {Privilege::kCreateCatalog, "CREATE CATALOG"},
    {Privilege::kReadFiles, "READ FILES"},
    {Privilege::kWriteFiles, "WRITE FILES"},
    {Privilege::kReadVolume, "READ VOLUME"},
    {Privilege::kWriteVolume, "WRITE VOLUME"},
    {Privilege::kCreateVolume, "CREATE VOLUME"},
    {Privilege::kExecute, "EXECUTE"},
    {Privilege::kCreateFunction, "CREATE FUNCTION"},
    {Privilege::kManage, "MANAGE"},
    {Privilege::kAllPrivileges, "ALL PRIVILEGES"},
}};

constexpr std::array<std::pair<TableKind, std::string_view>, 6> kKinds = {{
    {TableKind::kManaged, "MANAGED"},
    {TableKind::kExternal, "EXTERNAL"},
    {TableKind::kView, "VIEW"},
    {TableKind::kMaterializedView, "MATERIALIZED_VIEW"},
    {TableKind::kStreamingTable, "STREAMING_TABLE"},
    {TableKind::kEventLog, "EVENT_LOG"},
}};

// Upper case, with one space where there was white space or an underscore.
std::string Normalised(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '_') {
      if (!normal.empty() && normal.back() != ' ') normal += ' ';
    } else {
      normal += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  while (!normal.empty() && normal.back() == ' ') normal.pop_back();
  return normal;
}

}  // namespace

std::string_view PrivilegeName(Privilege privilege) {
  for (const auto& [value, name] : kPrivileges) {
    if (value == privilege) return name;
  }
  WEIR_CHECK(false);
  return {};
}

std::optional<Privilege> ParsePrivilege(std::string_view name) {
  const std::string normal = Normalised(name);
  for (const auto& [value, text] : kPrivileges) {
    if (text == normal) return value;
  }
  if (normal == "ALL") return Privilege::kAllPrivileges;
  return std::nullopt;
}

std::string_view TableKindName(TableKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  WEIR_CHECK(false);
  return {};
}

std::string TableTypeName(const TableInfo& info) {
  return std::string(TableKindName(info.kind)) + (info.has_loans ? "_SHALLOW_CLONE" : "");
}

std::string_view TableKindPhrase(TableKind kind) {
  switch (kind) {
    case TableKind::kManaged:
      return "a table";
    case TableKind::kExternal:
      return "an external table";
    case TableKind::kView:
      return "a view";
    case TableKind::kMaterializedView:
      return "a materialized view";
    case TableKind::kStreamingTable:
      return "a streaming table";
    case TableKind::kEventLog:
      return "an event log";
  }
  return {};
}

std::string Securable::ToString() const {
  switch (kind) {
    case SecurableKind::kMetastore:
      return "metastore";
    case SecurableKind::kCatalog:
      return "catalog " + QuoteName(catalog);
    case SecurableKind::kSchema:
      return "schema " + SchemaName{catalog, schema}.ToString();
    case SecurableKind::kTable:
      return "table " + QualifiedName{catalog, schema, table}.ToString();
    case SecurableKind::kVolume:
      return "volume " + QualifiedName{catalog, schema, table}.ToString();
    case SecurableKind::kFunction:
      return "function " + QualifiedName{catalog, schema, table}.ToString();
  }
  return {};
}

}  // namespace weir::catalog
