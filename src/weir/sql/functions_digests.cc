#include <algorithm>

#include "weir/sql/functions_table.h"

// Hashes, checksums, ciphers and bytes as texts.
namespace weir::sql {

namespace {

// One value hashed with `seed`.
std::string HashOf(const std::string& function, const DataType& type, const std::string& value,
                   const std::string& seed) {
  if (type.id() == TypeId::kVoid) return seed;
  if (type.IsNested()) return function + "_nested(" + value + ", " + seed + ")";
  if (type.id() == TypeId::kCalendarInterval) {
    std::string hash = seed;
    for (const char* const part : {"micros", "days", "months"}) {
      hash = function + "(weir_calendar_" + part + "(" + value + "), " + hash + ")";
    }
    return hash;
  }
  if (type.id() != TypeId::kDecimal) return function + "(" + value + ", " + seed + ")";
  // By its digits: as a BIGINT when they fit into one.
  const std::string digits =
      "weir_unscaled(CAST(" + value + " AS DECIMAL(38, " + std::to_string(type.scale()) + ")))";
  return function + "(" + (type.precision() <= 18 ? "CAST(" + digits + " AS BIGINT)" : digits) +
         ", " + seed + ")";
}

// hash(a, b, ...), xxhash64: each value is hashed with the hash of those before it as seed.
Resolver Hashed(const std::string& function, const DataType& result) {
  return [=](const Call& call) -> Resolution {
    if (call.size() == 0) return WrongCount(call.name, "> 0", call.size());
    std::vector<DataType> types;
    for (size_t i = 0; i < call.size(); ++i) {
      if (call.type(i).Holds(TypeId::kVariant)) {
        return NoSuchSignature{"DATATYPE_MISMATCH.HASH_VARIANT_TYPE",
                               "Input to the function `" + std::string(call.name) +
                                   "` cannot contain elements of the \"VARIANT\" type yet."};
      }
      if (call.type(i).Holds(TypeId::kMap)) {
        return NoSuchSignature{"DATATYPE_MISMATCH.HASH_MAP_TYPE",
                               "Input to the function `" + std::string(call.name) +
                                   "` cannot contain elements of the \"MAP\" type: the order of "
                                   "their entries would count."};
      }
      types.push_back(call.type(i));
    }
    Signature signature = MakeSignature(call, kScalar, types, result, "", kNeverNull);
    signature.duckdb = [=](std::span<const std::string> arguments) {
      std::string hash = "CAST(42 AS " + DuckdbType(result) + ")";
      for (size_t i = 0; i < arguments.size(); ++i) {
        hash = HashOf(function, types[i], arguments[i], hash);
      }
      return hash;
    };
    return signature;
  };
}

// aes_encrypt(data, key [, mode [, padding [, vector [, more]]]]); decrypting takes no vector.
Resolver Aes(std::string function, bool encrypts) {
  return [=](const Call& call) -> Resolution {
    static constexpr std::string_view kDefaults[] = {"",          "",         "'GCM'",
                                                     "'DEFAULT'", "''::BLOB", "''::BLOB"};
    const size_t most = encrypts ? 6 : 5;
    if (call.size() < 2 || call.size() > most) {
      return WrongCount(call.name, encrypts ? "[2, 3, 4, 5, 6]" : "[2, 3, 4, 5]", call.size());
    }
    std::vector<DataType> types;
    std::string text = function + "(";
    for (size_t i = 0; i < most; ++i) {
      const bool name = i == 2 || i == 3;
      const DataType type = name ? TypeId::kString : TypeId::kBinary;
      if (i > 0) text += ", ";
      if (i >= call.size()) {
        text += kDefaults[i];
        continue;
      }
      if (!CanCoerce(call.type(i), type)) {
        return WrongType(i, name ? "\"STRING\"" : "\"BINARY\"", call.type(i));
      }
      text += "$" + std::to_string(i + 1);
      types.push_back(type);
    }
    return MakeSignature(call, kScalar, types, TypeId::kBinary, text + ")", kMayBeNull);
  };
}

}  // namespace

void AddDigests(FunctionTable& table) {
  table.Add({"md5", "binary", "string", "md5($1)"});
  table.Add({"md5", "string", "string", "md5($1)"});
  table.Add({"sha1", "binary", "string", "sha1($1)"});
  table.Add({"sha1", "string", "string", "sha1($1)"});
  table.Alias("sha", "sha1");
  table.Add({"sha2", "binary int", "string", "weir_sha2($1, $2)", kMayBeNull});
  table.Add({"sha2", "string int", "string", "weir_sha2(encode($1), $2)", kMayBeNull});
  table.Add("hash", kScalar, Hashed("weir_hash", TypeId::kInt));
  table.Add("xxhash64", kScalar, Hashed("weir_xxhash64", TypeId::kLong));
  table.Add({"crc32", "binary", "bigint", "weir_crc32($1)"});
  table.Add({"crc32", "string", "bigint", "weir_crc32(encode($1))"});
  table.Add({"base64", "binary", "string", "base64($1)"});
  table.Add({"base64", "string", "string", "base64(encode($1))"});
  table.Add({"unbase64", "string", "binary", "weir_unbase64($1)"});
  table.Add("aes_encrypt", kScalar, Aes("weir_aes_encrypt", true));
  table.Add("aes_decrypt", kScalar, Aes("weir_aes_decrypt", false));
  table.Add("try_aes_decrypt", kScalar, Aes("weir_try_aes_decrypt", false));
}

}  // namespace weir::sql
