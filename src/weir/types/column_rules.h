#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/types/data_type.h"

namespace weir {

// What the metadata of a table's column says of its values, by the keys of Delta and Spark. Each is
// the text of an expression; of an invariant it is JSON that holds one.
inline constexpr const char* kGenerationKey = "delta.generationExpression";
inline constexpr const char* kDefaultKey = "CURRENT_DEFAULT";
// Of the rows that were there before the column; nothing adds such columns.
inline constexpr const char* kExistsDefaultKey = "EXISTS_DEFAULT";
inline constexpr const char* kInvariantsKey = "delta.invariants";

// Nothing where the metadata has no such text. Throws Error{kCorrupt} where it is no JSON.
std::optional<std::string> MetadataText(const Field& field, std::string_view key);
// The field with that text; without a text it loses what it has under the key.
Field WithMetadataText(const Field& field, std::string_view key,
                       const std::optional<std::string>& text);

// GENERATED ... AS IDENTITY: numbers that the table gives out.
struct IdentityRule {
  bool always = true;  // Else a row may bring a number of its own.
  int64_t start = 1;
  int64_t step = 1;
  std::optional<int64_t> high_water_mark;  // The last number that was given out.
  bool operator==(const IdentityRule&) const = default;
};
std::optional<IdentityRule> IdentityOf(const Field& field);
Field WithIdentity(const Field& field, const IdentityRule& rule);
Field WithoutIdentity(const Field& field);
// The number of the sequence that stands at `value` or is the next one behind it; nothing where
// BIGINT has none.
std::optional<int64_t> NumberFrom(const IdentityRule& rule, int64_t value);
// The next number that is given out; nothing where all are used up.
std::optional<int64_t> NextNumber(const IdentityRule& rule);
// Which of two numbers comes later in the sequence.
int64_t LaterNumber(const IdentityRule& rule, int64_t left, int64_t right);

// The field as a query gives it: its values have no rules of the table any more.
Field WithoutRules(const Field& field);
Schema WithoutRules(const Schema& table);

// The field taking NULL, at every depth, as those of a table that a query makes do.
Field AsNullable(const Field& field);

// The expression of an invariant (PROTOCOL.md, "Column Invariants"); nothing when the field has
// none. Throws Error{kUnsupported} for one of another kind.
std::optional<std::string> InvariantOf(const Field& field);

}  // namespace weir
