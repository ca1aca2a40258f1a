#include "weir/connect/files/avro_input.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "weir/base/base64.h"
#include "weir/base/error.h"
#include "weir/connect/files/avro_decimal.h"
#include "weir/connect/files/rescue.h"
#include "weir/connect/files/utf8.h"
#include "weir/types/value.h"

namespace weir::connect {

namespace {

// Records within records of one file are that deep at most; what its bytes say can be deeper only
// by a record that contains itself.
constexpr int kDeepestValue = 200;

[[noreturn]] void EndsEarly() {
  throw Error(ErrorCode::kCorrupt, "an Avro value goes beyond the end of its block");
}

template <typename Number, typename Bits>
Number FromLittle(std::string_view bytes) {
  Bits bits = 0;
  for (size_t i = 0; i < sizeof(Bits); ++i) {
    bits |= static_cast<Bits>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return std::bit_cast<Number>(bits);
}

void AppendReal(double value, std::string& json) {
  if (std::isfinite(value)) {
    json += Value::Double(value).ToString();
  } else {
    AppendJsonText(json, Value::Double(value).ToString());
  }
}

void AppendText(std::string_view text, std::string& json) {
  if (IsUtf8(text)) return AppendJsonText(json, text);
  AppendJsonText(json, MendUtf8(text));
}

// Walks one value, adding its JSON to a text, if there is one.
class AvroWalk {
 public:
  AvroWalk(AvroInput& input, std::string* json) : input_(input), json_(json) {}

  void Value(const AvroType& type, int depth) {
    if (depth > kDeepestValue) {
      throw Error(ErrorCode::kCorrupt, "an Avro value is nested too deeply");
    }
    switch (type.kind) {
      case AvroKind::kNull:
        return Put("null");
      case AvroKind::kBoolean:
        return Put(input_.Boolean() ? "true" : "false");
      case AvroKind::kInt:
      case AvroKind::kLong:
        return Put(std::to_string(input_.Long()));
      case AvroKind::kFloat:
        return Real(input_.Float());
      case AvroKind::kDouble:
        return Real(input_.Double());
      case AvroKind::kBytes:
        return Bytes(type, input_.Bytes());
      case AvroKind::kFixed:
        return Bytes(type, input_.Take(type.size));
      case AvroKind::kString:
        return Text(input_.Bytes());
      case AvroKind::kEnum:
        return Text(type.symbols[input_.Choice(type.symbols.size())]);
      case AvroKind::kArray:
        return Items(type, "[", "]", false, depth);
      case AvroKind::kMap:
        return Items(type, "{", "}", true, depth);
      case AvroKind::kUnion:
        return Value(*type.parts[input_.Choice(type.parts.size())], depth + 1);
      case AvroKind::kRecord:
        return Record(type, depth);
    }
  }

 private:
  void Put(std::string_view text) {
    if (json_ != nullptr) *json_ += text;
  }
  void Text(std::string_view text) {
    if (json_ != nullptr) AppendText(text, *json_);
  }
  void Real(double value) {
    if (json_ != nullptr) AppendReal(value, *json_);
  }
  void Bytes(const AvroType& type, std::string_view bytes) {
    if (json_ == nullptr) return;
    const auto decimal = type.logical == "decimal" ? AvroDecimal(bytes) : std::nullopt;
    if (decimal) return Put(DecimalToString(*decimal, type.scale));
    AppendJsonText(*json_, ToBase64(bytes));
  }
  void Items(const AvroType& type, const char* open, const char* close, bool named, int depth) {
    Put(open);
    bool is_first = true;
    for (int64_t count = input_.Items(); count > 0; count = input_.Items()) {
      for (int64_t i = 0; i < count; ++i) {
        if (!is_first) Put(",");
        is_first = false;
        if (named) {
          Text(input_.Bytes());
          Put(":");
        }
        Value(*type.parts[0], depth + 1);
      }
    }
    Put(close);
  }
  void Record(const AvroType& type, int depth) {
    Put("{");
    for (size_t i = 0; i < type.parts.size(); ++i) {
      if (i > 0) Put(",");
      Text(type.names[i]);
      Put(":");
      Value(*type.parts[i], depth + 1);
    }
    Put("}");
  }

  AvroInput& input_;
  std::string* const json_;
};

}  // namespace

std::string_view AvroInput::Take(size_t bytes) {
  if (bytes > bytes_.size()) EndsEarly();
  const std::string_view taken = bytes_.substr(0, bytes);
  bytes_.remove_prefix(bytes);
  return taken;
}

int64_t AvroInput::Long() {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes_.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes_[i]);
    value |= uint64_t{byte & 127u} << (7 * i);
    if (byte >= 128) continue;
    bytes_.remove_prefix(i + 1);
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  if (bytes_.size() < 10) EndsEarly();
  throw Error(ErrorCode::kCorrupt, "an Avro number has more than 64 bits");
}

bool AvroInput::Boolean() {
  const char byte = Take(1)[0];
  if (byte != 0 && byte != 1)
    throw Error(ErrorCode::kCorrupt, "an Avro boolean is neither 0 nor 1");
  return byte == 1;
}

float AvroInput::Float() { return FromLittle<float, uint32_t>(Take(sizeof(float))); }
double AvroInput::Double() { return FromLittle<double, uint64_t>(Take(sizeof(double))); }

std::string_view AvroInput::Bytes() {
  const int64_t length = Long();
  if (length < 0) throw Error(ErrorCode::kCorrupt, "an Avro text has a length below nothing");
  return Take(static_cast<size_t>(length));
}

int64_t AvroInput::Items() {
  int64_t count = Long();
  if (count < 0) {
    Long();  // The bytes of the run, for those who pass over it.
    if (count == INT64_MIN) EndsEarly();
    count = -count;
  }
  // Items of nothing at all are nobody's data.
  if (count > static_cast<int64_t>(bytes_.size()) + 1) EndsEarly();
  return count;
}

size_t AvroInput::Choice(size_t of) {
  const int64_t choice = Long();
  if (choice < 0 || static_cast<uint64_t>(choice) >= of) {
    throw Error(ErrorCode::kCorrupt, "an Avro value names choice " + std::to_string(choice) +
                                         " of " + std::to_string(of));
  }
  return static_cast<size_t>(choice);
}

void SkipAvro(const AvroType& type, AvroInput& input) { AvroWalk(input, nullptr).Value(type, 0); }

void AppendAvroJson(const AvroType& type, AvroInput& input, std::string& json) {
  AvroWalk(input, &json).Value(type, 0);
}

}  // namespace weir::connect
