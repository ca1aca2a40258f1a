#include "weir/connect/source.h"

namespace weir::connect {

const Connector* Registry::Find(const std::string& name) const {
  const std::string lower = LowerName(name);
  for (const Connector& connector : connectors_) {
    if (connector.name == lower) return &connector;
  }
  return nullptr;
}

}  // namespace weir::connect
