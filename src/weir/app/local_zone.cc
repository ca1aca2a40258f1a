#include "weir/app/local_zone.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace weir::app {

namespace {

// What stands behind ".../zoneinfo/".
std::string AfterZoneinfo(const std::string& path) {
  static constexpr std::string_view kFolder = "zoneinfo/";
  const size_t at = path.rfind(kFolder);
  return at == std::string::npos ? "" : path.substr(at + kFolder.size());
}

}  // namespace

std::string LocalZoneName() {
  if (const char* const set = std::getenv("TZ"); set != nullptr && *set != '\0') {
    const std::string name = *set == ':' ? set + 1 : set;
    return name.starts_with('/') ? AfterZoneinfo(name) : name;
  }
  std::error_code ignored;
  const auto link = std::filesystem::read_symlink("/etc/localtime", ignored);
  if (std::string name = AfterZoneinfo(link.string()); !name.empty()) return name;
  std::string name;
  std::getline(std::ifstream("/etc/timezone"), name);
  return name.empty() ? "UTC" : name;
}

}  // namespace weir::app
