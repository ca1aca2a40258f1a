#include "weir/catalog/access.h"

#include "weir/base/check.h"

namespace weir::catalog {
namespace {

// ALL PRIVILEGES is whatever may be granted there, but never the right to pass it on.
bool IsInAll(Privilege privilege) { return privilege != Privilege::kManage; }

// A catalog or a schema, or what has the privilege's own kind.
bool IsIn(SecurableKind on, SecurableKind own) {
  return on == SecurableKind::kCatalog || on == SecurableKind::kSchema || on == own;
}

bool IsUse(Privilege privilege) {
  return privilege == Privilege::kUseCatalog || privilege == Privilege::kUseSchema;
}

}  // namespace

bool IsGrantable(Privilege privilege, SecurableKind on) {
  switch (privilege) {
    case Privilege::kCreateCatalog:
    case Privilege::kReadFiles:
    case Privilege::kWriteFiles:
      return on == SecurableKind::kMetastore;
    case Privilege::kUseCatalog:
    case Privilege::kCreateSchema:
      return on == SecurableKind::kCatalog;
    case Privilege::kUseSchema:
    case Privilege::kCreateTable:
    case Privilege::kCreateVolume:
    case Privilege::kCreateFunction:
      return on == SecurableKind::kCatalog || on == SecurableKind::kSchema;
    case Privilege::kSelect:
    case Privilege::kModify:
      return IsIn(on, SecurableKind::kTable);
    case Privilege::kReadVolume:
    case Privilege::kWriteVolume:
      return IsIn(on, SecurableKind::kVolume);
    case Privilege::kExecute:
      return IsIn(on, SecurableKind::kFunction);
    case Privilege::kManage:
    case Privilege::kAllPrivileges:
      return on != SecurableKind::kMetastore;
  }
  return false;
}

bool Access::Holds(Privilege privilege, size_t step) const {
  if (is_admin_ || way_[step].is_owner) return true;
  for (size_t i = 0; i <= step; ++i) {
    const std::set<Privilege>& granted = way_[i].granted;
    if (granted.contains(privilege)) return true;
    if (IsInAll(privilege) && granted.contains(Privilege::kAllPrivileges)) return true;
  }
  return false;
}

bool Access::Manages(size_t step) const {
  if (Holds(Privilege::kManage, step)) return true;
  for (size_t i = 0; i < step; ++i) {
    if (way_[i].is_owner) return true;
  }
  return false;
}

// USE CATALOG on a catalog, USE SCHEMA on a schema; the others need none.
std::optional<Access::Missing> Access::MissingUse(size_t step) const {
  const SecurableKind kind = way_[step].securable.kind;
  if (kind != SecurableKind::kCatalog && kind != SecurableKind::kSchema) return std::nullopt;
  const Privilege use =
      kind == SecurableKind::kCatalog ? Privilege::kUseCatalog : Privilege::kUseSchema;
  if (Holds(use, step)) return std::nullopt;
  return Missing{use, way_[step].securable};
}

std::optional<Access::Missing> Access::MissingAbove() const {
  for (size_t step = 0; step + 1 < way_.size(); ++step) {
    if (auto missing = MissingUse(step)) return missing;
  }
  return std::nullopt;
}

std::optional<Access::Missing> Access::MissingFor(Privilege privilege) const {
  WEIR_CHECK(!way_.empty());
  if (auto missing = MissingAbove()) return missing;
  const size_t last = way_.size() - 1;
  if (!IsUse(privilege)) {
    if (auto missing = MissingUse(last)) return missing;
  }
  if (Holds(privilege, last)) return std::nullopt;
  return Missing{privilege, way_[last].securable};
}

std::optional<Access::Missing> Access::MissingToManage() const {
  WEIR_CHECK(!way_.empty());
  if (auto missing = MissingAbove()) return missing;
  const size_t last = way_.size() - 1;
  if (Manages(last)) return std::nullopt;
  return Missing{Privilege::kManage, way_[last].securable};
}

bool Access::IsVisible() const {
  if (MissingAbove()) return false;
  const size_t last = way_.size() - 1;
  if (Manages(last)) return true;
  if (way_[last].securable.kind == SecurableKind::kTable) {
    return Holds(Privilege::kSelect, last) || Holds(Privilege::kModify, last);
  }
  if (way_[last].securable.kind == SecurableKind::kVolume) {
    return Holds(Privilege::kReadVolume, last) || Holds(Privilege::kWriteVolume, last);
  }
  if (way_[last].securable.kind == SecurableKind::kFunction) {
    return Holds(Privilege::kExecute, last);
  }
  return !MissingUse(last);
}

std::optional<Securable> Access::Absent() const {
  for (const AccessStep& step : way_) {
    if (!step.exists) return step.securable;
  }
  return std::nullopt;
}

}  // namespace weir::catalog
