#include "weir/sql/functions_table.h"

// Times of day.
namespace weir::sql {

namespace {

std::optional<DataType> ClockOf(const DataType& type) {
  if (type.id() == TypeId::kTime) return type;
  if (type.id() == TypeId::kVoid) return DataType(TypeId::kTime);
  return std::nullopt;
}

Resolution ResolveTruncate(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (!CanCoerce(call.type(0), TypeId::kString)) return WrongType(0, "\"STRING\"", call.type(0));
  const auto time = ClockOf(call.type(1));
  if (!time) return WrongType(1, "\"TIME\"", call.type(1));
  return MakeSignature(call, FunctionKind::kScalar, {TypeId::kString, *time}, *time,
                       "weir_time_trunc($1, $2)");
}

Resolution ResolveDifference(const Call& call) {
  if (call.size() != 3) return WrongCount(call.name, "3", call.size());
  if (!CanCoerce(call.type(0), TypeId::kString)) return WrongType(0, "\"STRING\"", call.type(0));
  std::vector<DataType> types{TypeId::kString};
  for (size_t i = 1; i < 3; ++i) {
    const auto time = ClockOf(call.type(i));
    if (!time) return WrongType(i, "\"TIME\"", call.type(i));
    types.push_back(*time);
  }
  return MakeSignature(call, FunctionKind::kScalar, std::move(types), TypeId::kLong,
                       "weir_time_diff($1, $2, $3)");
}

// to_time(text) by the form of literals, to_time(text, pattern) by Java's letters.
Resolver Parsing(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
    for (size_t i = 0; i < call.size(); ++i) {
      if (call.type(i).id() == TypeId::kString || call.type(i).id() == TypeId::kVoid) continue;
      return WrongType(i, "\"STRING\"", call.type(i));
    }
    const std::string prefix = is_try ? "weir_try_" : "weir_";
    return MakeSignature(
        call, FunctionKind::kScalar, std::vector<DataType>(call.size(), TypeId::kString),
        TypeId::kTime, call.size() == 1 ? prefix + "read_time($1)" : prefix + "parse_time($1, $2)",
        is_try ? kMayBeNull : kPlain);
  };
}

}  // namespace

void AddClocks(FunctionTable& table) {
  table.Add("to_time", FunctionKind::kScalar, Parsing(false));
  table.Add("try_to_time", FunctionKind::kScalar, Parsing(true));
  table.Add({"make_time", "int int decimal", "clock",
             "weir_make_time($1, $2, CAST($3 AS DECIMAL(38, 6)))"});
  table.Add({"time_to_micros", "clock", "bigint", "weir_time_micros($1)"});
  table.Add({"time_to_millis", "clock", "bigint", "(weir_time_micros($1) // 1000)"});
  table.Add("time_trunc", FunctionKind::kScalar, ResolveTruncate);
  table.Add("time_diff", FunctionKind::kScalar, ResolveDifference);
}

}  // namespace weir::sql
