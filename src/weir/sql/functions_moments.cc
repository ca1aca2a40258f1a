#include "weir/sql/functions_table.h"

// Functions that make timestamps, and those that know time zones.
namespace weir::sql {

namespace {

// make_timestamp and its relatives: of a day, a day with a time, or six numbers; where `zoned`,
// with a zone after those.
struct Maker {
  DataType result;
  bool of_day = false;  // Takes a day alone.
  bool zoned = false;
  bool is_try = false;
};

// A zone that is given says what the clocks mean; otherwise it is the session's.
unsigned FlagsOf(const Maker& maker, bool has_zone) {
  const unsigned clock = has_zone                                  ? kOfMoments
                         : maker.result.id() == TypeId::kTimestamp ? kByLocalClock
                                                                   : kPlain;
  return clock | (maker.is_try ? kMayBeNull : kPlain);
}

std::optional<NoSuchSignature> CheckExact(const Call& call, size_t position, TypeId wanted) {
  const DataType& type = call.type(position);
  if (type.id() == wanted || type.id() == TypeId::kVoid) return std::nullopt;
  return WrongType(position, wanted == TypeId::kDate ? "\"DATE\"" : "\"TIME\"", type);
}

Resolution MadeOfDay(const Call& call, const Maker& maker) {
  if (auto wrong = CheckExact(call, 0, TypeId::kDate)) return *wrong;
  std::vector<DataType> types{TypeId::kDate};
  std::string text = "CAST($1 AS TIMESTAMP)";
  if (call.size() > 1) {
    if (auto wrong = CheckExact(call, 1, TypeId::kTime)) return *wrong;
    types.push_back(call.type(1).id() == TypeId::kTime ? call.type(1) : TypeId::kTime);
    text = "($1 + $2)";
  }
  if (call.size() > 2) {
    if (!CanCoerce(call.type(2), TypeId::kString)) return WrongType(2, "\"STRING\"", call.type(2));
    types.push_back(TypeId::kString);
    text = "weir_to_instant(" + text + ", $3)";
  }
  return MakeSignature(call, FunctionKind::kScalar, std::move(types), maker.result, text,
                       FlagsOf(maker, call.size() == 3));
}

Resolution MadeOfNumbers(const Call& call, const Maker& maker) {
  std::vector<DataType> types(5, DataType(TypeId::kInt));
  for (size_t i = 0; i < 5; ++i) {
    if (!CanCoerce(call.type(i), TypeId::kInt)) return WrongType(i, "\"INT\"", call.type(i));
  }
  const auto seconds = Accept("decimal", call.type(5), false);
  if (!seconds) return WrongType(5, "\"DECIMAL(16,6)\"", call.type(5));
  types.push_back(*seconds);
  std::string text = std::string(maker.is_try ? "weir_try_make_timestamp" : "weir_make_timestamp") +
                     "($1, $2, $3, $4, $5, CAST($6 AS DECIMAL(38, 6)))";
  if (call.size() == 7) {
    if (!CanCoerce(call.type(6), TypeId::kString)) return WrongType(6, "\"STRING\"", call.type(6));
    types.push_back(TypeId::kString);
    text = "weir_to_instant(" + text + ", $7)";
  }
  return MakeSignature(call, FunctionKind::kScalar, std::move(types), maker.result, text,
                       FlagsOf(maker, call.size() == 7));
}

Resolver Making(Maker maker) {
  return [maker = std::move(maker)](const Call& call) -> Resolution {
    switch (call.size()) {
      case 1:
        if (maker.of_day) return MadeOfDay(call, maker);
        break;
      case 3:
        if (maker.zoned) return MadeOfDay(call, maker);
        break;
      case 2:
        return MadeOfDay(call, maker);
      case 7:
        if (maker.zoned) return MadeOfNumbers(call, maker);
        break;
      case 6:
        return MadeOfNumbers(call, maker);
      default:
        break;
    }
    return WrongCount(call.name,
                      maker.of_day  ? "[1, 2, 3, 6, 7]"
                      : maker.zoned ? "[2, 3, 6, 7]"
                                    : "[2, 6]",
                      call.size());
  };
}

// time_bucket(width, time[, origin]): the start of the span of that width that the time is in, by
// the clocks.
Resolution ResolveBucket(const Call& call) {
  if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  const DataType& width = call.type(0);
  if (!width.IsInterval()) {
    return WrongType(0, "(\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")", width);
  }
  const auto time = Accept("time", call.type(1), false);
  if (!time) return WrongType(1, "\"TIMESTAMP\"", call.type(1));
  std::vector<DataType> types{width, *time};
  const bool moment = time->id() == TypeId::kTimestamp;
  std::string origin =
      moment ? "weir_start_of_day(DATE '1970-01-01', $zone)" : "make_timestamp(CAST(0 AS BIGINT))";
  if (call.size() == 3) {
    if (!CanCoerce(call.type(2), *time)) return WrongType(2, "\"TIMESTAMP\"", call.type(2));
    types.push_back(*time);
    origin = "$3";
  }
  return MakeSignature(call, FunctionKind::kScalar, std::move(types), *time,
                       "weir_time_bucket($1, $2, " + origin + (moment ? ", $zone)" : ")"));
}

}  // namespace

void AddMoments(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  for (const bool is_try : {false, true}) {
    const auto name = [&](const char* plain, const char* trying) {
      return std::string_view(is_try ? trying : plain);
    };
    table.Add(name("make_timestamp", "try_make_timestamp"), scalar,
              Making({TypeId::kTimestamp, true, true, is_try}));
    table.Add(name("make_timestamp_ltz", "try_make_timestamp_ltz"), scalar,
              Making({TypeId::kTimestamp, false, true, is_try}));
    table.Add(name("make_timestamp_ntz", "try_make_timestamp_ntz"), scalar,
              Making({TypeId::kTimestampNtz, false, false, is_try}));
  }
  // Clocks of one place read in another. With two arguments the binder puts the session's first.
  table.Add({"convert_timezone", "string string timestamp_ntz", "timestamp_ntz",
             "weir_convert_timezone($1, $2, $3)"});
  table.Add(
      {"from_utc_timestamp", "timestamp string", "timestamp", "weir_to_local($1, $2)", kOfMoments});
  table.Add(
      {"to_utc_timestamp", "timestamp string", "timestamp", "weir_to_instant($1, $2)", kOfMoments});
  table.Add("time_bucket", scalar, ResolveBucket);
  // A SELECT puts a column in place of it (TimeWindowBinder).
  for (const std::string_view name : {"window", "session_window"}) {
    table.Add(name, scalar, [](const Call& call) -> Resolution {
      return NoSuchSignature{"UNSUPPORTED_FEATURE",
                             "The feature is not supported: " + std::string(call.name) +
                                 "() outside of a SELECT's items, WHERE, GROUP BY, HAVING and "
                                 "ORDER BY."};
    });
  }
  table.Add("window_time", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const DataType& type = call.type(0);
    const bool window = type.id() == TypeId::kStruct && type.fields().size() == 2 &&
                        type.fields()[0].name == "start" && type.fields()[1].name == "end" &&
                        Accept("time", type.fields()[1].type, true);
    if (!window) return WrongType(0, "\"STRUCT\"", type);
    return MakeSignature(call, FunctionKind::kScalar, {type}, type.fields()[1].type,
                         "weir_add_micros(struct_extract($1, 'end'), CAST(-1 AS BIGINT))",
                         kOfMoments);
  });
}

}  // namespace weir::sql
