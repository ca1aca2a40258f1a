#include "weir/io/disk.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace weir::io {
namespace {

// The kernel's own bound on links in one path.
constexpr int kMostLinks = 40;

struct Meaning {
  ErrorCode code;
  const char* why;
  const char* remedy;
};

Meaning MeaningOf(int error) {
  switch (error) {
    case ENOENT:
      return {ErrorCode::kNotFound, "it does not exist", "check the path"};
    case EACCES:
    case EPERM:
      return {ErrorCode::kDenied, "permission denied",
              "give this user the right on the file and its folders, or run as their owner"};
    case EROFS:
      return {ErrorCode::kDenied, "the file system is read-only",
              "mount it for writing or choose another place"};
    case ELOOP:
      return {ErrorCode::kDenied, "a part of the path is a symbolic link",
              "links inside a folder are not followed; name what it points to"};
    case ENOSPC:
      return {ErrorCode::kExhausted, "the disk is full", "free some space and run again"};
    case EDQUOT:
      return {ErrorCode::kExhausted, "the disk quota is used up",
              "free some space or raise the quota, and run again"};
    case EFBIG:
      return {ErrorCode::kExhausted, "the file is larger than the limit for this process",
              "raise the limit (ulimit -f) and run again"};
    case EMFILE:
    case ENFILE:
      return {ErrorCode::kExhausted, "too many files are open",
              "raise the limit (ulimit -n) and run again"};
    case ENOMEM:
      return {ErrorCode::kExhausted, "out of memory", "free some memory and run again"};
    case ENAMETOOLONG:
      return {ErrorCode::kInvalid, "the name is too long", "choose a shorter one"};
    case ENOTDIR:
      return {ErrorCode::kInvalid, "a part of the path is a file, not a folder",
              "choose another place"};
    case EISDIR:
      return {ErrorCode::kInvalid, "it is a folder, not a file", "name a file"};
    case ENOTEMPTY:
    case EEXIST:
      return {ErrorCode::kExists, "something is there already", "choose another place"};
    default:
      return {ErrorCode::kUnavailable, nullptr, "check the disk and run again"};
  }
}

}  // namespace

int Disk::List(const std::string& folder, const NameFilter& wanted,
               std::vector<DiskEntry>* entries) {
  return Visit(
      folder, [&](const std::string& name, DiskKind) { return wanted(name); },
      [&](DiskEntry entry) { entries->push_back(std::move(entry)); });
}

Error DiskError(int error, const std::string& doing, const std::string& path) {
  const Meaning meaning = MeaningOf(error);
  const std::string system = std::generic_category().message(error);
  const std::string why = meaning.why != nullptr ? meaning.why : system;
  return Error(meaning.code, "can't " + doing + " '" + path + "': " + why + "; " + meaning.remedy,
               system);
}

std::string Canonical(Disk& disk, const std::string& path) {
  std::string rest = path;  // What is still to be walked.
  std::string done;         // Without links; "" is the root.
  int links = 0;
  bool exists = true;
  while (!rest.empty()) {
    const size_t begin = rest.find_first_not_of('/');
    if (begin == std::string::npos) break;
    const size_t end = std::min(rest.find('/', begin), rest.size());
    const std::string part = rest.substr(begin, end - begin);
    rest.erase(0, end);
    if (part == ".") continue;
    if (part == "..") {
      done.erase(done.empty() ? 0 : done.rfind('/'));
      exists = true;  // Perhaps: the next part tells.
      continue;
    }
    const std::string here = done + "/" + part;
    std::string target;
    const int error = exists ? disk.ReadLink(here, &target) : ENOENT;
    if (error == 0) {
      if (++links > kMostLinks) {
        throw Error(ErrorCode::kInvalid, "'" + path + "' has a loop of symbolic links");
      }
      rest = target + rest;
      if (target.starts_with('/')) done.clear();
      continue;
    }
    if (error == ENOENT || error == ENOTDIR) {
      exists = false;
    } else if (error != EINVAL) {
      throw DiskError(error, "look up", here);
    }
    done = here;
  }
  return done.empty() ? "/" : done;
}

}  // namespace weir::io
