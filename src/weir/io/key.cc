#include "weir/io/key.h"

#include "weir/base/error.h"

namespace weir::io {
namespace {

[[noreturn]] void Refuse(std::string_view key, const char* why) {
  throw Error(ErrorCode::kInvalid, "'" + std::string(key) + "' can't name an object: " + why);
}

void CheckPart(std::string_view part, std::string_view key) {
  if (part.empty()) Refuse(key, "it has an empty part");
  if (part == "." || part == "..") Refuse(key, "it has a '.' or '..' part");
  if (part.starts_with(kTemporaryPrefix))
    Refuse(key, "names like this are kept for unfinished files");
}

}  // namespace

void CheckKey(std::string_view key) {
  if (key.find('\0') != std::string_view::npos) Refuse(key, "it has a NUL byte");
  size_t begin = 0;
  for (;;) {
    const size_t slash = key.find('/', begin);
    if (slash == std::string_view::npos) break;
    CheckPart(key.substr(begin, slash - begin), key);
    begin = slash + 1;
  }
  CheckPart(key.substr(begin), key);
}

void CheckPrefix(std::string_view prefix) {
  if (prefix.empty()) return;
  if (prefix.back() != '/') Refuse(prefix, "a folder ends with '/'");
  CheckKey(prefix.substr(0, prefix.size() - 1));
}

void CheckFolder(std::string_view prefix) {
  if (prefix.empty()) Refuse(prefix, "it is the whole store");
  CheckPrefix(prefix);
}

std::string_view FolderOf(std::string_view key) {
  const size_t slash = key.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(0, slash + 1);
}

std::string_view NameOf(std::string_view key) {
  const size_t slash = key.rfind('/');
  return slash == std::string_view::npos ? key : key.substr(slash + 1);
}

}  // namespace weir::io
