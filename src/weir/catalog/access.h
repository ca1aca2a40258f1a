#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/catalog/catalog.h"

namespace weir::catalog {

// One step of the way from the whole home to a securable, as one principal finds it.
struct AccessStep {
  Securable securable;
  bool exists = false;
  bool is_owner = false;
  std::set<Privilege> granted;  // On this step itself.
};

// What a principal may do with the securable at the end of the way. Pure: every rule about
// permissions on names is here. The way starts with the metastore and has one step a level; steps
// below one that does not exist don't exist either.
class Access {
 public:
  Access(std::vector<AccessStep> way, bool is_admin) : way_(std::move(way)), is_admin_(is_admin) {}

  // What keeps the principal from using `privilege` on the last step; nothing when it may. What is
  // absent is judged by what its containers grant.
  struct Missing {
    Privilege privilege;
    Securable on;
  };
  std::optional<Missing> MissingFor(Privilege privilege) const;
  // The same for granting, altering and dropping the last step.
  std::optional<Missing> MissingToManage() const;
  // Whether listing shows the last step.
  bool IsVisible() const;
  // The first step that does not exist.
  std::optional<Securable> Absent() const;

 private:
  std::optional<Missing> MissingAbove() const;
  std::optional<Missing> MissingUse(size_t step) const;
  bool Holds(Privilege privilege, size_t step) const;
  bool Manages(size_t step) const;

  std::vector<AccessStep> way_;
  bool is_admin_;
};

// Whether granting that privilege there means anything.
bool IsGrantable(Privilege privilege, SecurableKind on);

}  // namespace weir::catalog
