#pragma once

#include <string>
#include <string_view>

namespace weir::io {

// Throws Error{kInvalid} unless `key` names an object: a relative path without empty, "." or ".."
// parts, without NUL bytes, and whose parts don't start with kTemporaryPrefix.
void CheckKey(std::string_view key);

// The same for what List and ListLevel take: "" or a key followed by '/'.
void CheckPrefix(std::string_view prefix);

// The same for what DeleteAll takes: not "".
void CheckFolder(std::string_view prefix);

// Files that a local store is still writing start with this; they are never objects.
inline constexpr std::string_view kTemporaryPrefix = ".weir-tmp-";

// "a/b/c" -> "a/b/"; "c" -> "".
std::string_view FolderOf(std::string_view key);

// "a/b/c" -> "c".
std::string_view NameOf(std::string_view key);

}  // namespace weir::io
