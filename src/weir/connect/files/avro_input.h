#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/connect/files/avro_schema.h"

// Values in Avro's binary form. All throw Error{kCorrupt} for bytes that are none.
namespace weir::connect {

// What is left of a block.
class AvroInput {
 public:
  explicit AvroInput(std::string_view bytes) : bytes_(bytes) {}

  bool AtEnd() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }
  int64_t Long();
  bool Boolean();
  float Float();
  double Double();
  std::string_view Bytes();  // With its length before it.
  std::string_view Take(size_t bytes);
  // The items of an array or a map come in runs: how many follow, 0 for no more.
  int64_t Items();
  // The branch of a union, or the symbol of an enum, of so many.
  size_t Choice(size_t of);

 private:
  std::string_view bytes_;
};

void SkipAvro(const AvroType& type, AvroInput& input);
// As JSON: bytes in base64, times as numbers, decimals as they are; branches of unions as they are.
void AppendAvroJson(const AvroType& type, AvroInput& input, std::string& json);

}  // namespace weir::connect
