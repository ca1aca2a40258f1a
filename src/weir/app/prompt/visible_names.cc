#include "weir/app/prompt/visible_names.h"

#include <algorithm>
#include <filesystem>

namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostFiles = 1000;
constexpr std::string_view kVolumes = "/Volumes/";

// What can stand between single quotes as it is.
bool IsPlain(const std::string& name) {
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '\'' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  });
}

}  // namespace

std::vector<std::string> VisibleNames::Catalogs() const {
  std::vector<std::string> names;
  for (const auto& info : catalog_.ListCatalogs(session_.options().principal)) {
    names.push_back(info.name);
  }
  return names;
}

std::vector<std::string> VisibleNames::Schemas(const std::string& catalog) const {
  std::vector<std::string> names;
  if (!catalog_.FindCatalog(catalog)) return names;
  for (const auto& info : catalog_.ListSchemas(session_.options().principal, catalog)) {
    names.push_back(info.name.schema);
  }
  return names;
}

std::vector<std::string> VisibleNames::Tables(const std::string& catalog,
                                              const std::string& schema) const {
  std::vector<std::string> names;
  const catalog::SchemaName name{catalog, schema};
  if (!catalog_.FindSchema(name)) return names;
  for (const auto& info : catalog_.ListTables(session_.options().principal, name)) {
    names.push_back(info.name.name);
  }
  return names;
}

std::vector<std::string> VisibleNames::Volumes(const std::string& catalog,
                                               const std::string& schema) const {
  std::vector<std::string> names;
  const catalog::SchemaName name{catalog, schema};
  if (!catalog_.FindSchema(name)) return names;
  for (const auto& info : catalog_.ListVolumes(session_.options().principal, name)) {
    names.push_back(info.name.name);
  }
  return names;
}

// Of "/Volumes/", "/Volumes/main/" and so on.
std::vector<std::string> VisibleNames::NamesBelow(const std::string& folder) const {
  std::vector<std::string> parts;
  for (size_t at = kVolumes.size(); at < folder.size();) {
    const size_t slash = folder.find('/', at);
    parts.push_back(folder.substr(at, slash - at));
    at = slash + 1;
  }
  if (parts.size() >= 3) return session_.NamesInVolume(folder);
  std::vector<std::string> names = parts.empty()       ? Catalogs()
                                   : parts.size() == 1 ? Schemas(parts[0])
                                                       : Volumes(parts[0], parts[1]);
  for (std::string& name : names) name += "/";
  return names;
}

std::optional<Schema> VisibleNames::Columns(const std::vector<std::string>& name) const {
  sql::Name wanted;
  for (const std::string& part : name) wanted.parts.push_back({part, {}});
  return session_.ColumnsOf(wanted);
}

std::vector<std::string> VisibleNames::Files(const std::string& beginning) const {
  const size_t slash = beginning.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : beginning.substr(0, slash + 1);
  const std::string typed = beginning.substr(folder.size());
  std::vector<std::string> paths;
  if (folder.starts_with(kVolumes)) {
    for (const std::string& name : NamesBelow(folder)) {
      if (!name.starts_with(typed) || !IsPlain(name)) continue;
      paths.push_back(folder + name);
      if (paths.size() == kMostFiles) break;
    }
    return paths;
  }
  std::error_code failure;  // A folder that can't be listed has nothing to offer.
  fs::directory_iterator entries(fs::path(session_.options().base_folder) / folder, failure);
  for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
    const std::string name = entries->path().filename().string();
    const bool is_hidden = name.starts_with('.') && !typed.starts_with('.');
    if (!name.starts_with(typed) || is_hidden || !IsPlain(name)) continue;
    std::error_code unknown;
    paths.push_back(folder + name + (entries->is_directory(unknown) ? "/" : ""));
    if (paths.size() == kMostFiles) break;
  }
  return paths;
}

std::vector<std::string> VisibleNames::Settings() const { return session::SettingNames(); }

}  // namespace weir::app
