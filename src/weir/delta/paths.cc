#include "weir/delta/paths.h"

#include "weir/base/error.h"

namespace weir::delta {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendPercent(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 0x0f];
}

bool StaysInPath(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("-._~/=!$&'()*+,;@").find(c) != std::string_view::npos;
}

// The characters that Hive, and Spark after it, escape in the names of partition folders.
bool EscapedInFolder(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f ||
         std::string_view("\"#%'*/:=?\\{[]^").find(c) != std::string_view::npos;
}

std::string EscapedForFolder(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (EscapedInFolder(c)) {
      AppendPercent(escaped, c);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The length of "scheme:" in front, or 0. A scheme starts with a letter and has no '/' before ':'.
size_t SchemeLength(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == ':') return i == 0 ? 0 : i + 1;
    if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))) {
      return 0;
    }
  }
  return 0;
}

std::string_view WithoutLeadingSlashes(std::string_view path) {
  while (path.starts_with("//")) path.remove_prefix(1);
  return path;
}

void CheckStaysInside(std::string_view decoded, std::string_view path) {
  size_t begin = 0;
  while (begin <= decoded.size()) {
    size_t end = decoded.find('/', begin);
    if (end == std::string_view::npos) end = decoded.size();
    const std::string_view part = decoded.substr(begin, end - begin);
    if (part == ".." || part == "." || part.empty()) {
      throw Error(ErrorCode::kCorrupt, "the log names a file by the path '" + std::string(path) +
                                           "', which does not stay in the table's folder");
    }
    begin = end + 1;
  }
}

// What `table.uri` says about the place that its store calls "": "file:///data/t" with the prefix
// "data/t/" gives "/".
std::string RootOf(const io::Location& table) {
  std::string root = CanonicalPath(table.uri);
  if (!root.ends_with('/')) root += '/';
  if (root.ends_with(table.prefix)) root.resize(root.size() - table.prefix.size());
  return root;
}

}  // namespace

std::string EncodePath(std::string_view path) {
  std::string encoded;
  encoded.reserve(path.size());
  for (const char c : path) {
    if (StaysInPath(c)) {
      encoded += c;
    } else {
      AppendPercent(encoded, c);
    }
  }
  return encoded;
}

std::string DecodePath(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size()) {
      const int high = HexDigit(path[i + 1]);
      const int low = HexDigit(path[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    decoded += path[i];
  }
  return decoded;
}

std::string CanonicalPath(std::string_view path) {
  if (!IsAbsolutePath(path)) return DecodePath(path);
  if (path.starts_with("file:")) path.remove_prefix(5);
  if (path.starts_with('/')) return DecodePath(WithoutLeadingSlashes(path));
  for (const std::string_view other : {"s3a://", "s3n://"}) {
    if (path.starts_with(other)) return "s3://" + DecodePath(path.substr(other.size()));
  }
  return DecodePath(path);
}

bool IsCanonicalPath(std::string_view path) {
  return path.find('%') == std::string_view::npos && !IsAbsolutePath(path);
}

std::string KeyOfPath(const io::Location& table, std::string_view path) {
  if (!IsAbsolutePath(path)) {
    const std::string decoded = DecodePath(path);
    CheckStaysInside(decoded, path);
    return table.prefix + decoded;
  }
  const std::string whole = CanonicalPath(path);
  const std::string root = RootOf(table);
  if (!whole.starts_with(root) || whole.size() == root.size()) {
    throw Error(ErrorCode::kUnsupported, "table " + table.uri + " has the data file " +
                                             std::string(path) +
                                             ", which lies outside the table's store");
  }
  const std::string key = whole.substr(root.size());
  CheckStaysInside(key, path);
  return key;
}

bool IsAbsolutePath(std::string_view path) {
  return path.starts_with('/') || SchemeLength(path) > 0;
}

std::string AbsolutePath(const io::Location& table, std::string_view key) {
  const std::string root = RootOf(table);
  std::string path = root.starts_with('/') ? "file:" : "";
  path += root;
  // As Java prints it: Spark compares this text with that of its own paths.
  for (const char c : key) {
    if (c == ':' || StaysInPath(c)) {
      path += c;
    } else {
      AppendPercent(path, c);
    }
  }
  return path;
}

std::string PartitionFolder(const std::vector<std::string>& columns,
                            const PartitionValues& values) {
  std::string folder;
  for (const std::string& column : columns) {
    const auto found = values.find(column);
    const bool is_null = found == values.end() || !found->second || found->second->empty();
    folder += EscapedForFolder(column) + "=";
    folder += is_null ? "__HIVE_DEFAULT_PARTITION__" : EscapedForFolder(*found->second);
    folder += '/';
  }
  return folder;
}

}  // namespace weir::delta
