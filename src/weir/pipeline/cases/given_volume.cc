#include "weir/pipeline/cases/given_volume.h"

#include "weir/session/volume_path.h"

namespace weir::pipeline {
namespace {

using session::VolumePath;

// "file:/Volumes/main/in/landing/a.csv": a disk of a test is in memory, so nobody's volumes are
// there.
std::string FileUriOf(const VolumePath& path) {
  const std::string uri = path.ToUri();
  std::string file = "file" + uri.substr(uri.find(':'));
  for (size_t at; (at = file.find('\'')) != std::string::npos;) file.replace(at, 1, "%27");
  return file;
}

}  // namespace

std::string PlaceOfGiven(const std::string& path) {
  const auto in_volume = session::ParseVolumePath(path);
  return in_volume ? FileUriOf(*in_volume) : path;
}

void MakeVolumeOf(const std::string& path, session::Session& session) {
  const auto in_volume = session::ParseVolumePath(path);
  if (!in_volume) return;
  const catalog::QualifiedName& name = in_volume->volume;
  const std::string folder = FileUriOf({name, "", true});
  for (const std::string& sql :
       {"CREATE CATALOG IF NOT EXISTS " + catalog::QuoteName(name.catalog),
        "CREATE SCHEMA IF NOT EXISTS " + catalog::SchemaName{name.catalog, name.schema}.ToString(),
        "CREATE EXTERNAL VOLUME IF NOT EXISTS " + name.ToString() + " LOCATION r'" + folder +
            "'"}) {
    (void)session.Run(sql, "<the test's volumes>")->Next();
  }
}

}  // namespace weir::pipeline
