#include "weir/catalog/names.h"

#include <algorithm>

#include "weir/base/ascii.h"
#include "weir/base/error.h"

namespace weir::catalog {
namespace {

constexpr size_t kLongestName = 255;

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_';
}

}  // namespace

std::string CatalogCase(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string QuoteName(std::string_view name) {
  const bool is_plain =
      !name.empty() && !IsDigit(name[0]) && std::all_of(name.begin(), name.end(), IsWordCharacter);
  if (is_plain) return std::string(name);
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
}

void CheckName(std::string_view name, const char* what) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kInvalid,
                QuoteName(name) + " can't be the name of a " + what + ": " + why)
        .WithCondition("INVALID_SCHEMA_OR_RELATION_NAME");
  };
  if (name.empty()) refuse("it is empty");
  if (name.size() > kLongestName) refuse("it has over 255 bytes");
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.') refuse("it has a period in it");
    if (c == ' ') refuse("it has a space in it");
    if (c == '/') refuse("it has a slash in it");
    if (byte < 0x20 || byte == 0x7f) refuse("it has a control character in it");
  }
}

namespace {

// CheckName refuses it, so only private names have it.
constexpr char kPrivateMark = '/';

}  // namespace

QualifiedName PrivateName(const QualifiedName& name, const std::string& pipeline_id) {
  return {name.catalog, name.schema, name.name + kPrivateMark + CatalogCase(pipeline_id)};
}

bool IsPrivate(const QualifiedName& name) {
  return !name.catalog.empty() && name.name.find(kPrivateMark) != std::string::npos;
}

QualifiedName PublicName(const QualifiedName& name) {
  if (!IsPrivate(name)) return name;
  return {name.catalog, name.schema, name.name.substr(0, name.name.find(kPrivateMark))};
}

std::string QualifiedName::ToString() const {
  if (catalog.empty()) return QuoteName(schema) + "." + QuoteName(name);
  return QuoteName(catalog) + "." + QuoteName(schema) + "." + QuoteName(name);
}

std::string SchemaName::ToString() const { return QuoteName(catalog) + "." + QuoteName(schema); }

}  // namespace weir::catalog
