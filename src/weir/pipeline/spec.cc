#include "weir/pipeline/spec.h"

#include <fnmatch.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "weir/base/error.h"
#include "weir/connect/files/utf8.h"

namespace weir::pipeline {
namespace fs = std::filesystem;
namespace {

class SpecReader {
 public:
  explicit SpecReader(std::shared_ptr<const SourceText> source) : source_(std::move(source)) {}

  Spec Read(const YAML::Node& root) {
    if (!root.IsMap()) {
      Report(root, "the file must hold keys and values",
             "start with `name: my_pipeline`; `weir pipeline init` writes a whole one");
      return spec_;
    }
    for (const auto& entry : root) ReadEntry(entry.first, entry.second);
    Require(root, "name", spec_.name.empty());
    Require(root, "libraries", spec_.includes.empty());
    Require(root, "storage", spec_.storage.empty());
    return spec_;
  }

  Diagnostics& diagnostics() { return diagnostics_; }
  void Report(const YAML::Mark& mark, const std::string& message, const std::string& hint) {
    diagnostics_.push_back({"INVALID_PIPELINE_SPEC", "42000", SpanAt(mark), message, hint});
  }

 private:
  void ReadEntry(const YAML::Node& key_node, const YAML::Node& value) {
    if (!key_node.IsScalar()) {
      Report(key_node, "a key must be a plain text", "as in `name: my_pipeline`");
      return;
    }
    const std::string key = key_node.Scalar();
    if (!seen_.insert(key).second)
      Report(key_node, "`" + key + "` stands twice", "remove one of them");
    if (key == "name") {
      Text(key, value, spec_.name);
    } else if (key == "storage") {
      Text(key, value, spec_.storage);
    } else if (key == "catalog") {
      Text(key, value, spec_.catalog);
    } else if (key == "schema" || key == "database") {
      Text(key, value, spec_.schema);
    } else if (key == "configuration") {
      ReadConfiguration(value);
    } else if (key == "libraries") {
      ReadLibraries(value);
    } else {
      Report(key_node, "unknown key `" + key + "`",
             "known keys: name, libraries, storage, catalog, schema (or database), configuration");
    }
  }

  void ReadConfiguration(const YAML::Node& value) {
    if (value.IsNull()) return;
    if (!value.IsMap()) {
      Report(value, "`configuration` must hold keys and values", "as in `configuration: {k: v}`");
      return;
    }
    for (const auto& entry : value) {
      if (!entry.first.IsScalar()) {
        Report(entry.first, "a key must be a plain text", "it is what ${key} in a query names");
        continue;
      }
      std::string text;
      Text("configuration." + entry.first.Scalar(), entry.second, text);
      spec_.configuration[entry.first.Scalar()] = text;
    }
  }

  void ReadLibraries(const YAML::Node& value) {
    if (!value.IsSequence()) {
      Report(value, "`libraries` must be a list", "- glob:\n    include: transformations/**");
      return;
    }
    for (const auto& library : value) ReadLibrary(library);
  }

  void ReadLibrary(const YAML::Node& library) {
    if (!library.IsMap() || library.size() != 1 || !library["glob"] || !library["glob"].IsMap() ||
        library["glob"].size() != 1 || !library["glob"]["include"]) {
      Report(library, "a library must be `glob:` with one `include:`",
             "- glob:\n    include: transformations/**");
      return;
    }
    std::string include;
    const YAML::Node node = library["glob"]["include"];
    if (!Text("include", node, include)) return;
    if (fs::path(include).is_absolute()) {
      Report(node, "`include` must be relative to the spec's folder",
             "write it from that folder on, as in transformations/**");
      return;
    }
    spec_.includes.push_back(include);
  }

  bool Text(const std::string& key, const YAML::Node& value, std::string& into) {
    if (!value.IsScalar() || value.Scalar().empty()) {
      Report(value, "`" + key + "` must be a text that is not empty",
             "write one value, as in `" + key.substr(key.find('.') + 1) + ": text`");
      return false;
    }
    into = value.Scalar();
    return true;
  }

  void Require(const YAML::Node& root, const std::string& key, bool absent) {
    if (absent && !seen_.count(key)) Report(root, "`" + key + "` is missing", "add `" + key + ":`");
  }

  void Report(const YAML::Node& node, const std::string& message, const std::string& hint) {
    Report(node.Mark(), message, hint);
  }

  Span SpanAt(const YAML::Mark& mark) const {
    const size_t begin = mark.is_null() ? 0 : static_cast<size_t>(mark.pos);
    const size_t at = std::min(begin, source_->text.size());
    const size_t line_end = std::min(source_->text.find('\n', at), source_->text.size());
    return Span{source_, at, line_end};
  }

  std::shared_ptr<const SourceText> source_;
  Spec spec_;
  Diagnostics diagnostics_;
  std::set<std::string> seen_;
};

// fnmatch with `**` standing for any number of folders, as Spark's globs have it.
bool MatchesPath(const std::string& pattern, const std::string& path) {
  const size_t stars = pattern.find("**");
  if (stars == std::string::npos) {
    return fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
  }
  const std::string folder = pattern.substr(0, stars);
  if (path.compare(0, folder.size(), folder) != 0) return false;
  std::string rest = pattern.substr(stars + 2);
  if (!rest.empty() && rest.front() == '/') rest.erase(0, 1);
  if (rest.empty()) return true;
  for (size_t at = folder.size(); at != std::string::npos;) {
    if (MatchesPath(rest, path.substr(at))) return true;
    const size_t slash = path.find('/', at);
    at = slash == std::string::npos ? slash : slash + 1;
  }
  return false;
}

}  // namespace

namespace {

[[noreturn]] void FailToOpen(const std::string& path, int error) {
  const std::string message = "can't read " + path + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) {
    throw Error(ErrorCode::kNotFound, message + "; check the path");
  }
  if (error == EACCES || error == EPERM) {
    throw Error(ErrorCode::kDenied, message + "; give this user the right to read it");
  }
  throw Error(ErrorCode::kUnavailable, message);
}

// Other bytes would come out of the tables as something else, or fail far from here.
void CheckIsText(const std::string& path, std::string_view text) {
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    const bool has_nul = one.find('\0') != std::string_view::npos;
    if (has_nul || !connect::IsUtf8(one)) {
      throw Error(ErrorCode::kInvalid, path + ":" + std::to_string(line) + ": " +
                                           (has_nul ? "a NUL byte" : "not UTF-8") +
                                           "; save the file as text in UTF-8");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) FailToOpen(path, errno);
  std::ostringstream buffer;
  buffer << file.rdbuf();
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    throw Error(ErrorCode::kInvalid, "can't read " + path + ": it is a folder; name a file in it");
  }
  if (file.bad()) throw Error(ErrorCode::kUnavailable, "can't read " + path + " to its end");
  std::string text = buffer.str();
  CheckIsText(path, text);
  return text;
}

std::variant<Spec, Diagnostics> LoadSpec(const std::string& file) {
  auto source = std::make_shared<SourceText>(SourceText{file, ReadTextFile(file)});
  SpecReader reader(source);
  Spec spec;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(source->text);
    spec = reader.Read(documents.empty() ? YAML::Node() : documents.front());
    if (documents.size() > 1) {
      reader.Report(documents[1].Mark(), "a second document begins here; a spec is one",
                    "remove `---` and what follows it");
    }
  } catch (const YAML::Exception& error) {
    reader.Report(error.mark, "not valid YAML: " + error.msg,
                  "check indentation, quotes and brackets here and in the lines before");
  }
  if (!reader.diagnostics().empty()) return reader.diagnostics();
  spec.file = file;
  spec.folder = fs::absolute(file).lexically_normal().parent_path().string();
  if (spec.storage.find(':') == std::string::npos && !fs::path(spec.storage).is_absolute()) {
    spec.storage = (fs::path(spec.folder) / spec.storage).lexically_normal().string();
  }
  return spec;
}

std::string FindSpec(const std::string& folder) {
  for (fs::path at = fs::absolute(folder).lexically_normal();; at = at.parent_path()) {
    const fs::path yml = at / "spark-pipeline.yml";
    const fs::path yaml = at / "spark-pipeline.yaml";
    if (fs::exists(yml) && fs::exists(yaml)) {
      throw Error(ErrorCode::kInvalid, "both " + yml.string() + " and " + yaml.string() +
                                           " exist; name one with --spec or remove the other");
    }
    if (fs::exists(yml)) return yml.string();
    if (fs::exists(yaml)) return yaml.string();
    if (at == at.parent_path()) break;
  }
  throw Error(
      ErrorCode::kNotFound,
      "no spark-pipeline.yml in " + fs::absolute(folder).lexically_normal().string() +
          " or above; `weir pipeline init --name NAME` makes a project, --spec FILE names one");
}

namespace {

bool IsSource(const std::string& file) { return file.ends_with(".sql") || file.ends_with(".py"); }

// Whether files below a folder may match: its path as far as the glob says which folders it means.
// A project's folder may hold its data, too, and no end of that.
bool MayMatchBelow(const std::string& glob, const std::string& folder) {
  size_t of_glob = 0;
  size_t of_folder = 0;
  for (;;) {
    const size_t glob_end = glob.find('/', of_glob);
    if (glob.substr(of_glob, glob_end - of_glob).find("**") != std::string::npos) return true;
    if (glob_end == std::string::npos) return false;
    const size_t folder_end = std::min(folder.find('/', of_folder), folder.size());
    if (!MatchesPath(glob.substr(of_glob, glob_end - of_glob),
                     folder.substr(of_folder, folder_end - of_folder))) {
      return false;
    }
    if (folder_end == folder.size()) return true;
    of_glob = glob_end + 1;
    of_folder = folder_end + 1;
  }
}

// Paths of SQL and Python files, from the project's folder; `prefix` is "" or ends with '/'.
void AddSources(const Spec& spec, const std::string& prefix, std::vector<std::string>& files) {
  for (const auto& entry : fs::directory_iterator(fs::path(spec.folder) / prefix,
                                                  fs::directory_options::skip_permission_denied)) {
    const std::string path = prefix + entry.path().filename().string();
    if (entry.is_directory() && !entry.is_symlink()) {
      const bool may_match =
          std::any_of(spec.includes.begin(), spec.includes.end(),
                      [&](const std::string& glob) { return MayMatchBelow(glob, path); });
      if (may_match) AddSources(spec, path + "/", files);
    } else if (IsSource(path) && entry.is_regular_file()) {
      files.push_back(path);
    }
  }
}

}  // namespace

std::vector<std::string> SourceFiles(const Spec& spec, Diagnostics& diagnostics) {
  std::vector<std::string> files;
  AddSources(spec, "", files);
  std::sort(files.begin(), files.end());
  const auto source = std::make_shared<SourceText>(SourceText{spec.file, ""});
  const auto report = [&](const std::string& message, const std::string& hint) {
    diagnostics.push_back({"INVALID_PIPELINE_SPEC", "42000", Span{source, 0, 0}, message, hint});
  };
  std::set<std::string> chosen;
  for (const std::string& include : spec.includes) {
    bool any = false;
    for (const std::string& file : files) {
      if (!MatchesPath(include, file)) continue;
      any = true;
      chosen.insert((fs::path(spec.folder) / file).string());
    }
    if (!any) {
      report("the glob `" + include + "` matches no .sql or .py file under " + spec.folder,
             "check `libraries` in " + spec.file);
    }
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace weir::pipeline
