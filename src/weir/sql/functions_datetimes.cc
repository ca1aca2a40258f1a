#include <array>

#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

// ------------------------------------------------------------------------------- fields

struct FieldName {
  std::string_view name;
  std::string_view field;
};
// What extract and date_part call the fields.
constexpr FieldName kFieldNames[] = {
    {"YEAR", "year"},
    {"Y", "year"},
    {"YEARS", "year"},
    {"YR", "year"},
    {"YRS", "year"},
    {"YEAROFWEEK", "yearofweek"},
    {"QUARTER", "quarter"},
    {"QTR", "quarter"},
    {"MONTH", "month"},
    {"MON", "month"},
    {"MONS", "month"},
    {"MONTHS", "month"},
    {"WEEK", "week"},
    {"W", "week"},
    {"WEEKS", "week"},
    {"DAY", "day"},
    {"D", "day"},
    {"DAYS", "day"},
    {"DAYOFWEEK", "dayofweek"},
    {"DOW", "dayofweek"},
    {"DAYOFWEEK_ISO", "isodow"},
    {"DOW_ISO", "isodow"},
    {"DOY", "dayofyear"},
    {"HOUR", "hour"},
    {"H", "hour"},
    {"HOURS", "hour"},
    {"HR", "hour"},
    {"HRS", "hour"},
    {"MINUTE", "minute"},
    {"M", "minute"},
    {"MIN", "minute"},
    {"MINS", "minute"},
    {"MINUTES", "minute"},
    {"SECOND", "second"},
    {"S", "second"},
    {"SEC", "second"},
    {"SECONDS", "second"},
    {"SECS", "second"},
};

std::optional<std::string> TextOf(const ArgumentShape& argument) {
  const Value* const value = argument.literal;
  if (value == nullptr || value->is_null() || value->type().id() != TypeId::kString) {
    return std::nullopt;
  }
  return value->text();
}

// $2 is the date or time; $1 the field's name, a literal that the text leaves out.
struct FieldText {
  std::string_view field;
  std::string_view text;
  bool of_time;
};
constexpr FieldText kPointFields[] = {
    {"year", "CAST(year($2) AS INTEGER)", false},
    {"yearofweek", "CAST(isoyear($2) AS INTEGER)", false},
    {"quarter", "CAST(quarter($2) AS INTEGER)", false},
    {"month", "CAST(month($2) AS INTEGER)", false},
    {"week", "CAST(week($2) AS INTEGER)", false},
    {"day", "CAST(day($2) AS INTEGER)", false},
    {"dayofweek", "CAST(dayofweek($2) + 1 AS INTEGER)", false},
    {"isodow", "CAST(isodow($2) AS INTEGER)", false},
    {"dayofyear", "CAST(dayofyear($2) AS INTEGER)", false},
    {"hour", "CAST(hour($2) AS INTEGER)", true},
    {"minute", "CAST(minute($2) AS INTEGER)", true},
    {"second", "CAST(microsecond($2) / CAST(1000000 AS DECIMAL(7, 0)) AS DECIMAL(8, 6))", true},
};
constexpr FieldText kClockFields[] = {
    {"hour", "CAST(hour($2) AS INTEGER)", true},
    {"minute", "CAST(minute($2) AS INTEGER)", true},
    {"second", "CAST(weir_micros_as_seconds(weir_time_micros($2) % 60000000) AS DECIMAL(8, 6))",
     true},
};
constexpr FieldText kMonthsFields[] = {
    {"year", "CAST($2 // 12 AS INTEGER)", false},
    {"month", "CAST($2 % 12 AS TINYINT)", false},
};
constexpr FieldText kCalendarFields[] = {
    {"year", "(weir_calendar_months($2) // 12)", false},
    {"month", "CAST(weir_calendar_months($2) % 12 AS TINYINT)", false},
    {"day", "weir_calendar_days($2)", false},
    {"hour", "CAST(weir_calendar_micros($2) // 3600000000 % 24 AS TINYINT)", false},
    {"minute", "CAST(weir_calendar_micros($2) // 60000000 % 60 AS TINYINT)", false},
    {"second", "CAST(weir_micros_as_seconds(weir_calendar_micros($2) % 60000000) AS DECIMAL(8, 6))",
     false},
};
constexpr FieldText kMicrosFields[] = {
    {"day", "CAST($2 // 86400000000 AS INTEGER)", false},
    {"hour", "CAST($2 // 3600000000 % 24 AS TINYINT)", false},
    {"minute", "CAST($2 // 60000000 % 60 AS TINYINT)", false},
    {"second", "CAST(weir_micros_as_seconds($2 % 60000000) AS DECIMAL(8, 6))", false},
};

template <size_t n>
const FieldText* FindField(const FieldText (&fields)[n], std::string_view name) {
  for (const FieldText& field : fields) {
    if (field.field == name) return &field;
  }
  return nullptr;
}

// An interval has the fields of its type only.
bool HasField(const DataType& interval, std::string_view name) {
  for (IntervalField field = interval.from(); field <= interval.to();
       field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    if (LowerName(IntervalFieldName(field)) == name) return true;
  }
  return false;
}

const FieldText* FieldOf(const DataType& type, std::string_view name) {
  if (type.IsInterval() && !HasField(type, name)) return nullptr;
  if (type.id() == TypeId::kYearMonthInterval) return FindField(kMonthsFields, name);
  if (type.id() == TypeId::kDayTimeInterval) return FindField(kMicrosFields, name);
  if (type.id() == TypeId::kCalendarInterval) return FindField(kCalendarFields, name);
  if (type.id() == TypeId::kTime) return FindField(kClockFields, name);
  return FindField(kPointFields, name);
}

DataType FieldType(const DataType& of, std::string_view field) {
  if (field == "second") return DataType::Decimal(8, 6);
  const bool length = of.IsInterval() || of.id() == TypeId::kCalendarInterval;
  const bool tiny = length && field != "year" && field != "day";
  return tiny ? TypeId::kByte : TypeId::kInt;
}

Resolution ResolveExtract(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const Value* const field_name = call.arguments[0].literal;
  if (call.type(0).id() == TypeId::kVoid || (field_name != nullptr && field_name->is_null())) {
    return MakeSignature(call, FunctionKind::kScalar, {call.type(0), call.type(1)}, TypeId::kDouble,
                         "CAST(NULL AS DOUBLE)", kMayBeNull);
  }
  const auto name = TextOf(call.arguments[0]);
  if (!name) {
    return NoSuchSignature{"NON_FOLDABLE_ARGUMENT",
                           "The function `" + std::string(call.name) +
                               "` requires the parameter `field` to be a foldable expression of "
                               "the type \"STRING\"."};
  }
  DataType type = call.type(1);
  if (type.id() == TypeId::kString || type.id() == TypeId::kVoid) type = TypeId::kTimestamp;
  const bool known = type.id() == TypeId::kDate || type.id() == TypeId::kTime ||
                     type.id() == TypeId::kCalendarInterval || type.IsInterval() ||
                     Accept("time", type, true);
  if (!known) return WrongType(1, "\"TIMESTAMP\"", type);
  const std::string upper = UpperName(*name);
  for (const FieldName& known : kFieldNames) {
    if (known.name != upper) continue;
    const FieldText* const field = FieldOf(type, known.field);
    if (field == nullptr) break;
    if (field->of_time && type.id() == TypeId::kDate) type = TypeId::kTimestamp;
    return MakeSignature(call, FunctionKind::kScalar, {TypeId::kString, type},
                         FieldType(type, known.field), std::string(field->text), kByLocalClock);
  }
  return NoSuchSignature{"INVALID_EXTRACT_FIELD",
                         "Cannot extract `" + *name + "` from \"" + type.ToSql() + "\"."};
}

void AddFields(FunctionTable& table) {
  static constexpr std::array<std::array<std::string_view, 2>, 9> kDates = {{
      {"year", "CAST(year($1) AS INTEGER)"},
      {"quarter", "CAST(quarter($1) AS INTEGER)"},
      {"month", "CAST(month($1) AS INTEGER)"},
      {"day", "CAST(day($1) AS INTEGER)"},
      {"dayofyear", "CAST(dayofyear($1) AS INTEGER)"},
      {"dayofweek", "CAST(dayofweek($1) + 1 AS INTEGER)"},
      {"weekday", "CAST(isodow($1) - 1 AS INTEGER)"},
      {"weekofyear", "CAST(week($1) AS INTEGER)"},
      {"dayname", "dayname($1)[1:3]"},
  }};
  for (const auto& [name, text] : kDates) {
    table.Add({name, "date", name == "dayname" ? "string" : "int", std::string(text)});
    // DuckDB takes the field of a time without a conversion.
    table.Add(
        {name, "time", name == "dayname" ? "string" : "int", std::string(text), kByLocalClock});
  }
  table.Add({"monthname", "date", "string", "monthname($1)[1:3]"});
  table.Alias("dayofmonth", "day");
  table.Add({"hour", "time", "int", "CAST(hour($1) AS INTEGER)", kByLocalClock});
  table.Add({"minute", "time", "int", "CAST(minute($1) AS INTEGER)", kByLocalClock});
  table.Add({"second", "time", "int", "CAST(second($1) AS INTEGER)", kByLocalClock});
  for (const std::string_view field : {"hour", "minute", "second"}) {
    table.Add({field, "clock", "int", "CAST(" + std::string(field) + "($1) AS INTEGER)"});
  }
  table.Add("extract", FunctionKind::kScalar, ResolveExtract);
  table.Alias("date_part", "extract");
  table.Alias("datepart", "extract");
}

// ------------------------------------------------------------------------------- units

struct Unit {
  std::string_view name;
  bool of_months;
  int64_t size;  // Months or microseconds.
};
constexpr Unit kUnits[] = {
    {"YEAR", true, 12},
    {"QUARTER", true, 3},
    {"MONTH", true, 1},
    {"WEEK", false, 604'800'000'000},
    {"DAY", false, 86'400'000'000},
    {"DAYOFYEAR", false, 86'400'000'000},
    {"HOUR", false, 3'600'000'000},
    {"MINUTE", false, 60'000'000},
    {"SECOND", false, 1'000'000},
    {"MILLISECOND", false, 1'000},
    {"MICROSECOND", false, 1},
};

const Unit* UnitNamed(const std::string& name) {
  const std::string upper = UpperName(name);
  for (const Unit& unit : kUnits) {
    if (unit.name == upper) return &unit;
  }
  return nullptr;
}

std::variant<const Unit*, NoSuchSignature> UnitOf(const Call& call) {
  const auto name = TextOf(call.arguments[0]);
  const Unit* const unit = name ? UnitNamed(*name) : nullptr;
  if (unit != nullptr) return unit;
  return NoSuchSignature{"INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                         "The value of parameter(s) `unit` in `" + std::string(call.name) +
                             "` is invalid: expects one of the units YEAR, QUARTER, MONTH, WEEK, "
                             "DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND."};
}

// timestampadd('MONTH', 3, t): the parser makes the unit a text.
Resolution AddUnits(const Call& call) {
  auto unit = UnitOf(call);
  if (auto* const none = std::get_if<NoSuchSignature>(&unit)) return *none;
  const Unit& by = *std::get<const Unit*>(unit);
  const auto time = Accept("time", call.type(2), false);
  if (!time) return WrongType(2, "\"TIMESTAMP\"", call.type(2));
  if (!CanCoerce(call.type(1), TypeId::kLong)) return WrongType(1, "\"BIGINT\"", call.type(1));
  const std::string size = std::to_string(by.size);
  const std::string zone = time->id() == TypeId::kTimestamp ? ", $zone)" : ")";
  const std::string text =
      "weir_add_units($3, $2, CAST(" + size + " AS BIGINT), " + (by.of_months ? "true" : "false");
  return MakeSignature(call, FunctionKind::kScalar, {TypeId::kString, TypeId::kLong, *time}, *time,
                       text + zone);
}

Resolution DifferenceInUnits(const Call& call) {
  auto unit = UnitOf(call);
  if (auto* const none = std::get_if<NoSuchSignature>(&unit)) return *none;
  const Unit& by = *std::get<const Unit*>(unit);
  for (size_t i = 1; i < 3; ++i) {
    if (!Accept("time", call.type(i), false)) return WrongType(i, "\"TIMESTAMP\"", call.type(i));
  }
  const std::string size = std::to_string(by.size);
  const std::string text = by.of_months ? "(weir_months_apart($2, $3) // " + size + ")"
                                        : "((epoch_us($3) - epoch_us($2)) // " + size + ")";
  return MakeSignature(call, FunctionKind::kScalar,
                       {TypeId::kString, TypeId::kTimestamp, TypeId::kTimestamp}, TypeId::kLong,
                       text, kByLocalClock);
}

std::optional<DataType> DateIf(bool condition) {
  if (!condition) return std::nullopt;
  return DataType(TypeId::kDate);
}

// With two arguments days, with three a unit first.
Resolver DaysOrUnits(std::string text, bool difference) {
  return [=](const Call& call) -> Resolution {
    if (call.size() == 3) return difference ? DifferenceInUnits(call) : AddUnits(call);
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    if (!CanCoerce(call.type(0), TypeId::kDate)) return WrongType(0, "\"DATE\"", call.type(0));
    const auto second = difference ? DateIf(CanCoerce(call.type(1), TypeId::kDate))
                                   : Accept("small", call.type(1), false);
    if (!second) {
      return WrongType(1, difference ? "\"DATE\"" : "(\"INT\" or \"SMALLINT\" or \"TINYINT\")",
                       call.type(1));
    }
    return MakeSignature(call, FunctionKind::kScalar, {TypeId::kDate, *second},
                         difference ? TypeId::kInt : TypeId::kDate, text);
  };
}

void AddArithmeticOfDays(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add("date_add", scalar, DaysOrUnits("weir_add_days($1, $2)", false));
  table.Alias("dateadd", "date_add");
  table.Add("date_sub", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    return DaysOrUnits("weir_add_days($1, -$2)", false)(call);
  });
  table.Add("datediff", scalar, DaysOrUnits("CAST($1 - $2 AS INTEGER)", true));
  table.Alias("date_diff", "datediff");
  table.Add("timestampadd", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 3) return WrongCount(call.name, "3", call.size());
    return AddUnits(call);
  });
  table.Add("timestampdiff", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 3) return WrongCount(call.name, "3", call.size());
    return DifferenceInUnits(call);
  });
  table.Add({"add_months", "date int", "date", "weir_add_months($1, $2)"});
  table.Add({"months_between", "timestamp timestamp", "double",
             "weir_months_between($1, $2, true, $zone)"});
  table.Add({"months_between", "timestamp timestamp boolean", "double",
             "weir_months_between($1, $2, $3, $zone)"});
  table.Add({"last_day", "date", "date", "last_day($1)"});
  table.Add({"next_day", "date string", "date", "weir_next_day($1, $2)"});
}

// ------------------------------------------------------------------------------- conversions

void AddParsing(FunctionTable& table) {
  const auto cast = [&](std::string_view name, const DataType& to, bool is_try) {
    table.Add(name, FunctionKind::kScalar, [=](const Call& call) -> Resolution {
      const std::string target = to.ToString();
      if (call.size() == 2) {
        if (!CanCoerce(call.type(0), TypeId::kString)) {
          return WrongType(0, "\"STRING\"", call.type(0));
        }
        if (!CanCoerce(call.type(1), TypeId::kString)) {
          return WrongType(1, "\"STRING\"", call.type(1));
        }
        const std::string name_of_try = is_try ? "weir_try_parse_" : "weir_parse_";
        if (call.type(0).id() == TypeId::kString) {
          return MakeSignature(call, FunctionKind::kScalar, {TypeId::kString, TypeId::kString}, to,
                               name_of_try + target + "($1, $2, $zone)",
                               is_try ? kMayBeNull : kPlain);
        }
      } else if (call.size() != 1) {
        return WrongCount(call.name, "[1, 2]", call.size());
      }
      // A format says nothing about what is no text.
      DataType from = call.type(0);
      if (from.IsNumeric() && to.id() != TypeId::kTimestamp) from = TypeId::kString;
      if (!CanCast(from, to)) {
        return WrongType(0, "(\"STRING\" or \"DATE\" or \"TIMESTAMP\")", from);
      }
      // Not by push_back: g++ 12 sees an overflow in it that is not there.
      std::vector<DataType> arguments(call.size(), DataType(TypeId::kString));
      arguments[0] = from;
      Signature signature = MakeSignature(call, FunctionKind::kScalar, arguments, to, "",
                                          CastIsNullable(from, to) ? kMayBeNull : kPlain);
      signature.clock = Clock::kZone;
      signature.duckdb = [=](std::span<const std::string> texts) {
        return DuckdbCast(texts[0], from, to, is_try, texts.back());
      };
      return signature;
    });
  };
  cast("to_date", TypeId::kDate, false);
  cast("try_to_date", TypeId::kDate, true);
  cast("to_timestamp", TypeId::kTimestamp, false);
  cast("try_to_timestamp", TypeId::kTimestamp, true);
  cast("to_timestamp_ltz", TypeId::kTimestamp, false);
  cast("to_timestamp_ntz", TypeId::kTimestampNtz, false);
  table.Add({"date_format", "timestamp string", "string", "weir_date_format($1, $2, $zone)"});
  table.Add({"from_unixtime", "bigint", "string",
             "weir_date_format(weir_to_timestamp($1), 'yyyy-MM-dd HH:mm:ss', $zone)"});
  table.Add({"from_unixtime", "bigint string", "string",
             "weir_date_format(weir_to_timestamp($1), $2, $zone)"});
  for (const std::string_view name : {"unix_timestamp", "to_unix_timestamp"}) {
    const std::string parse = "weir_to_bigint(weir_parse_timestamp($1, ";
    table.Add({name, "string", "bigint", parse + "'yyyy-MM-dd HH:mm:ss', $zone))"});
    table.Add({name, "string string", "bigint", parse + "$2, $zone))"});
    for (const std::string more : {"", " string"}) {
      table.Add({name, "timestamp" + more, "bigint", "weir_to_bigint($1)", kOfMoments});
      table.Add({name, "date" + more, "bigint", "weir_to_bigint(weir_start_of_day($1, $zone))"});
      table.Add({name, "timestamp_ntz" + more, "bigint", "weir_to_bigint($1)"});  // As if in UTC.
    }
  }
}

void AddEpochs(FunctionTable& table) {
  table.Add(
      {"timestamp_seconds", "bigint", "timestamp", "weir_seconds_to_timestamp($1)", kOfMoments});
  table.Add({"timestamp_seconds", "double", "timestamp", "weir_to_timestamp($1)", kOfMoments});
  table.Add({"timestamp_seconds", "decimal", "timestamp",
             "weir_to_timestamp(CAST($1 AS DECIMAL(38, 6)))", kOfMoments});
  table.Add({"timestamp_millis", "bigint", "timestamp", "make_timestamp($1 * 1000)", kOfMoments});
  table.Add({"timestamp_micros", "bigint", "timestamp", "make_timestamp($1)", kOfMoments});
  table.Add({"unix_seconds", "timestamp", "bigint", "weir_to_bigint($1)", kOfMoments});
  table.Add(
      {"unix_millis", "timestamp", "bigint", "weir_floor_div(epoch_us($1), 1000)", kOfMoments});
  table.Add({"unix_micros", "timestamp", "bigint", "epoch_us($1)", kOfMoments});
  table.Add({"unix_date", "date", "int", "CAST($1 - DATE '1970-01-01' AS INTEGER)"});
  table.Add({"date_from_unix_date", "int", "date", "weir_add_days(DATE '1970-01-01', $1)"});
  table.Add({"make_date", "int int int", "date", "weir_make_date($1, $2, $3)"});
}

// What time it is, and who asks: the binder puts in literals.
void AddCurrent(FunctionTable& table) {
  const auto add = [&](std::string_view name, std::string_view result) {
    table.Add({name, "", std::string(result), "NULL", kNonDeterministic | kOfMoments});
  };
  add("current_date", "date");
  add("curdate", "date");
  add("current_time", "clock");
  table.Add({"current_time", "int", "clock", "NULL", kNonDeterministic});
  add("current_timestamp", "timestamp");
  add("now", "timestamp");
  add("localtimestamp", "timestamp_ntz");
  add("current_timezone", "string");
  add("current_user", "string");
  add("user", "string");
  add("session_user", "string");
  add("current_catalog", "string");
  add("current_schema", "string");
  add("current_database", "string");
}

}  // namespace

void AddDatetimes(FunctionTable& table) {
  AddFields(table);
  AddArithmeticOfDays(table);
  AddParsing(table);
  AddEpochs(table);
  AddCurrent(table);
  AddMoments(table);
  AddClocks(table);
  AddLengths(table);
  table.Add({"date_trunc", "string timestamp", "timestamp", "weir_date_trunc($1, $2, $zone)",
             kMayBeNull});
  table.Add({"trunc", "date string", "date", "weir_trunc($1, $2)", kMayBeNull});
}

}  // namespace weir::sql
