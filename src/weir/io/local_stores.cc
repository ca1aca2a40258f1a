#include "weir/io/local_stores.h"

#include <cctype>
#include <optional>
#include <utility>

#include "weir/base/error.h"
#include "weir/io/local_store.h"

namespace weir::io {
namespace {

// "s3" of "s3://bucket/x". A scheme starts with a letter, so "2013:01/x" has none.
std::optional<std::string> SchemeOf(std::string_view path) {
  if (path.empty() || !std::isalpha(static_cast<unsigned char>(path[0]))) return std::nullopt;
  std::string scheme;
  for (const char c : path) {
    if (c == ':') return scheme;
    const auto byte = static_cast<unsigned char>(c);
    if (!std::isalnum(byte) && c != '+' && c != '.' && c != '-') return std::nullopt;
    scheme += static_cast<char>(std::tolower(byte));
  }
  return std::nullopt;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decode(std::string_view escaped, const std::string& uri) {
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      text += escaped[i];
      continue;
    }
    const int high = i + 2 < escaped.size() ? HexDigit(escaped[i + 1]) : -1;
    const int low = i + 2 < escaped.size() ? HexDigit(escaped[i + 2]) : -1;
    if (high < 0 || low < 0) {
      throw Error(ErrorCode::kInvalid, "'" + uri +
                                           "' has a '%' without two hexadecimal digits behind it; "
                                           "write a percent sign in a URI as %25");
    }
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead < 0x80    ? 0
                        : lead >= 0xf0 ? 3
                        : lead >= 0xe0 ? 2
                        : lead >= 0xc2 ? 1
                                       : 4;
    if (more == 4 || lead > 0xf4 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace

std::string FileUri(std::string_view absolute_path) {
  static constexpr std::string_view kPlain = "/-._~!$&'()+,;=:@";
  static constexpr char kHex[] = "0123456789ABCDEF";
  const bool readable = IsUtf8(absolute_path);
  std::string uri = "file://";
  for (const char c : absolute_path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keep =
        byte >= 0x80 ? readable : std::isalnum(byte) || kPlain.find(c) != std::string_view::npos;
    if (keep) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return uri;
}

std::string PathFromUri(const std::string& uri) {
  const std::optional<std::string> scheme = SchemeOf(uri);
  if (!scheme) return uri;
  if (*scheme != "file") {
    throw Error(ErrorCode::kUnsupported,
                "'" + uri + "' is a '" + *scheme +
                    ":' location, which weir does not support yet; use a local path (one whose "
                    "name has a ':' is written './" +
                    uri + "')");
  }
  std::string_view rest = std::string_view(uri).substr(5);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != "localhost") {
      throw Error(ErrorCode::kUnsupported,
                  "'" + uri + "' names the host '" + std::string(host) +
                      "', but weir reads files of this machine only; a path on it is written "
                      "file:///... with three slashes");
    }
    rest.remove_prefix(host.size());
  }
  return Decode(rest, uri);
}

LocalStores::LocalStores(Disk& disk, const Clock& clock)
    : LocalStores(disk, std::make_shared<LocalStore>("/", disk, clock)) {}

LocalStores::LocalStores(Disk& disk, std::shared_ptr<ObjectStore> root)
    : disk_(&disk), root_(std::move(root)) {}

Location LocalStores::Resolve(const std::string& path, const std::string& base_folder) {
  std::string local = PathFromUri(path);
  if (local.empty()) throw Error(ErrorCode::kInvalid, "'" + path + "' is not a path");
  if (local.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalid, "a path can't have a NUL byte in it");
  }
  if (!local.starts_with('/')) {
    if (base_folder.empty()) {
      throw Error(ErrorCode::kInvalid, "'" + path +
                                           "' is a relative path where there is nothing that it "
                                           "could be relative to, as in a view; write the whole "
                                           "path, from '/' on");
    }
    const std::string base = PathFromUri(base_folder);
    if (!base.starts_with('/')) {
      throw Error(ErrorCode::kInvalid, "'" + path + "' is relative, and so is the folder '" +
                                           base_folder + "' that it would be relative to");
    }
    local = base + "/" + local;
  }
  const std::string canonical = Canonical(*disk_, local);
  return {root_, canonical == "/" ? "" : canonical.substr(1) + "/", FileUri(canonical)};
}

}  // namespace weir::io
