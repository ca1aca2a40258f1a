#include <algorithm>

#include "weir/sql/function_options.h"
#include "weir/sql/functions.h"
#include "weir/sql/functions_table.h"
#include "weir/types/interval_text.h"

namespace weir::sql {

namespace {

int IntegralRank(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return 0;
    case TypeId::kShort:
      return 1;
    case TypeId::kInt:
      return 2;
    default:
      return 3;
  }
}

std::string Widest(const std::string& text, const DataType& decimal) {
  return "CAST(" + text + " AS DECIMAL(38, " + std::to_string(decimal.scale()) + "))";
}

// One of our functions: weir_to_int(x), weir_try_to_int(x), picked by the type of x.
std::string Ours(const std::string& target, const std::string& text, bool is_try) {
  return (is_try ? "weir_try_to_" : "weir_to_") + target + "(" + text + ")";
}

std::string NameOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kYearMonthInterval:
      return "months";
    case TypeId::kDayTimeInterval:
      return "micros";
    default:
      return type.ToString();
  }
}

std::string OurDecimal(const std::string& text, const DataType& to, bool is_try) {
  return NativeCast(
      Ours("decimal",
           text + ", " + std::to_string(to.precision()) + ", " + std::to_string(to.scale()),
           is_try),
      to);
}

bool FitsWithoutRounding(const DataType& from, const DataType& to) {
  const DataType decimal = DecimalOf(from);
  return to.scale() >= decimal.scale() &&
         to.precision() - to.scale() >= decimal.precision() - decimal.scale();
}

std::string Fields(const DataType& interval) {
  return std::to_string(static_cast<int>(interval.from())) + ", " +
         std::to_string(static_cast<int>(interval.to()));
}

// As a number of the smallest field, what is less than one of it cut off.
std::string CountOfField(const std::string& text, const DataType& interval) {
  const int64_t size = IntervalFieldSize(interval.to());
  return size == 1 ? text : "(" + text + " // " + std::to_string(size) + ")";
}

// A length of time or a time of day as seconds, or as what the smallest field counts.
std::string DurationToDecimal(const std::string& text, const DataType& from, const DataType& to,
                              bool is_try) {
  const bool fraction = from.id() == TypeId::kTime || from.to() == IntervalField::kSecond;
  if (!fraction)
    return DuckdbCast(CountOfField(text, from),
                      from.id() == TypeId::kDayTimeInterval ? TypeId::kLong : TypeId::kInt, to,
                      is_try);
  const std::string micros = from.id() == TypeId::kTime ? "weir_time_micros(" + text + ")" : text;
  const DataType seconds = DataType::Decimal(from.id() == TypeId::kTime ? 11 : 19, 6);
  return DuckdbCast(NativeCast("weir_micros_as_seconds(" + micros + ")", seconds), seconds, to,
                    is_try);
}

std::string ToInterval(const std::string& text, const DataType& from, const DataType& to,
                       bool is_try) {
  const std::string target = (is_try ? "weir_try_to_" : "weir_to_") + NameOf(to);
  if (from.id() == TypeId::kString) return target + "(" + text + ", " + Fields(to) + ")";
  if (from.IsInterval()) {
    const bool finer = from.to() <= to.to();
    const std::string size = std::to_string(IntervalFieldSize(to.to()));
    return finer ? text : NativeCast("(" + text + " // " + size + " * " + size + ")", to);
  }
  const std::string count =
      from.id() == TypeId::kDecimal ? Widest(text, from) : "CAST(" + text + " AS BIGINT)";
  return target + "(" + count + ", " + Fields(to) + ")";
}

std::string ToDecimal(const std::string& text, const DataType& from, const DataType& to,
                      bool is_try) {
  if (from.IsInterval() || from.id() == TypeId::kTime) {
    return DurationToDecimal(text, from, to, is_try);
  }
  if (from.IsIntegral() || from.id() == TypeId::kDecimal) {
    if (FitsWithoutRounding(from, to)) return NativeCast(text, to);
    const DataType decimal = DecimalOf(from);
    return OurDecimal(Widest(text, decimal), to, is_try);
  }
  if (from.id() == TypeId::kBoolean) {
    return OurDecimal(Widest("CAST(" + text + " AS INTEGER)", DataType::Decimal(1, 0)), to, is_try);
  }
  if (IsTime(from)) return OurDecimal("weir_to_double(" + text + ")", to, is_try);
  if (from.id() == TypeId::kFloat) return OurDecimal("CAST(" + text + " AS DOUBLE)", to, is_try);
  return OurDecimal(text, to, is_try);
}

std::string ToIntegral(const std::string& text, const DataType& from, const DataType& to,
                       bool is_try) {
  if (from.id() == TypeId::kBoolean) return NativeCast(text, to);
  if (from.id() == TypeId::kTime) {
    return DuckdbCast("weir_time_seconds(" + text + ")", TypeId::kInt, to, is_try);
  }
  if (from.IsInterval()) {
    const DataType whole =
        from.id() == TypeId::kDayTimeInterval ? DataType(TypeId::kLong) : DataType(TypeId::kInt);
    return DuckdbCast(CountOfField(text, from), whole, to, is_try);
  }
  if (from.IsIntegral() && IntegralRank(from) <= IntegralRank(to)) return NativeCast(text, to);
  if (from.id() == TypeId::kDecimal) return Ours(NameOf(to), Widest(text, from), is_try);
  return Ours(NameOf(to), text, is_try);
}

std::string ToReal(const std::string& text, const DataType& from, const DataType& to, bool is_try) {
  constexpr int kExactDigits = 15;  // Of a decimal that DuckDB turns into the nearest double.
  if (from.id() == TypeId::kDecimal) {
    if (to.id() == TypeId::kDouble && from.precision() <= kExactDigits) return NativeCast(text, to);
    return Ours(NameOf(to), Widest(text, from), false);
  }
  if (from.IsIntegral() || from.id() == TypeId::kBoolean) return NativeCast(text, to);
  if (from.id() == TypeId::kFloat) return NativeCast(text, to);
  return Ours(NameOf(to), text, is_try && from.id() == TypeId::kString);
}

// What clocks of the zone show at a moment, and the moment at which they show that.
std::string ToLocal(const std::string& text, const std::string& zone) {
  return zone == kUtcText ? text : "weir_to_local(" + text + ", " + zone + ")";
}
std::string ToMoment(const std::string& text, const std::string& zone) {
  return zone == kUtcText ? text : "weir_to_instant(" + text + ", " + zone + ")";
}

std::string ToTime(const std::string& text, const DataType& from, const DataType& to, bool is_try,
                   const std::string& zone) {
  if (IsTime(from)) return IsMoment(to) ? ToMoment(text, zone) : ToLocal(text, zone);
  if (from.id() == TypeId::kDate) {
    if (!IsMoment(to) || zone == kUtcText) return NativeCast(text, to);
    return "weir_start_of_day(" + text + ", " + zone + ")";
  }
  if (from.id() == TypeId::kString && IsMoment(to)) {
    return Ours(NameOf(to), text + ", " + zone, is_try);
  }
  if (from.IsIntegral()) return Ours(NameOf(to), "CAST(" + text + " AS BIGINT)", is_try);
  if (from.id() == TypeId::kFloat) return Ours(NameOf(to), "CAST(" + text + " AS DOUBLE)", is_try);
  if (from.id() == TypeId::kDecimal) return Ours(NameOf(to), Widest(text, from), is_try);
  return Ours(NameOf(to), text, is_try);
}

std::string Member(const std::string& text, const std::string& name) {
  return "struct_extract(" + text + ", " + QuotedText(name) + ")";
}

// Within other values a NULL is a word, and a variant is JSON.
std::string NestedText(const std::string& text, const DataType& type, const std::string& zone) {
  const std::string own = type.id() == TypeId::kVariant
                              ? "weir_variant_to_json(" + text + ", " + zone + ")"
                              : DuckdbCast(text, type, TypeId::kString, false, zone);
  return "coalesce(" + own + ", 'null')";
}

// How deep a type nests. It names lambda parameters: those of an inner cast differ from the outer.
int Depth(const DataType& type) {
  int depth = 0;
  if (type.id() == TypeId::kArray) depth = 1 + Depth(type.element());
  if (type.id() == TypeId::kMap) depth = 1 + std::max(Depth(type.key()), Depth(type.value()));
  if (type.id() == TypeId::kStruct) {
    for (const Field& field : type.fields()) depth = std::max(depth, 1 + Depth(field.type));
  }
  return depth;
}

std::string ElementName(const DataType& type) { return "weir_e" + std::to_string(Depth(type)); }

std::string StructToString(const std::string& text, const DataType& from, const std::string& zone) {
  std::string body = "'{'";
  const char* separator = " || ";
  for (const Field& field : from.fields()) {
    body += separator + NestedText(Member(text, field.name), field.type, zone);
    separator = " || ', ' || ";
  }
  return "CASE WHEN " + text + " IS NULL THEN NULL ELSE " + body + " || '}' END";
}

std::string NestedToString(const std::string& text, const DataType& from, const std::string& zone) {
  const std::string e = ElementName(from);
  if (from.id() == TypeId::kArray) {
    return "('[' || array_to_string(list_transform(" + text + ", lambda " + e + ": " +
           NestedText(e, from.element(), zone) + "), ', ') || ']')";
  }
  if (from.id() == TypeId::kMap) {
    return "('{' || array_to_string(list_transform(map_entries(" + text + "), lambda " + e + ": " +
           DuckdbCast(e + ".key", from.key(), TypeId::kString, false, zone) + " || ' -> ' || " +
           NestedText(e + ".value", from.value(), zone) + "), ', ') || '}')";
  }
  return WithOnce(text, [&](const std::string& once) { return StructToString(once, from, zone); });
}

// Without room for a digit before the point DuckDB writes none: ".5".
std::string DecimalToString(const std::string& text, const DataType& from) {
  if (from.scale() < from.precision()) return "CAST(" + text + " AS VARCHAR)";
  if (from.precision() < 38) {
    const DataType wider = DataType::Decimal(from.precision() + 1, from.scale());
    return "CAST(" + NativeCast(text, wider) + " AS VARCHAR)";
  }
  return "replace('0' || CAST(" + text + " AS VARCHAR), '0-', '-0')";
}

std::string ToString(const std::string& text, const DataType& from, const std::string& zone) {
  if (from.IsNested()) return NestedToString(text, from, zone);
  switch (from.id()) {
    case TypeId::kBoolean:
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return "CAST(" + text + " AS VARCHAR)";
    case TypeId::kDecimal:
      return DecimalToString(text, from);
    case TypeId::kYearMonthInterval:
      return "weir_months_to_string(" + text + ", " + Fields(from) + ")";
    case TypeId::kDayTimeInterval:
      return "weir_micros_to_string(" + text + ", " + Fields(from) + ")";
    case TypeId::kCalendarInterval:
      return "weir_calendar_to_string(" + text + ")";
    case TypeId::kTimestamp:
      return "weir_to_string(" + ToLocal(text, zone) + ")";
    default:
      return "weir_to_string(" + text + ")";
  }
}

std::string StructToStruct(const std::string& text, const DataType& from, const DataType& to,
                           bool is_try, const std::string& zone) {
  std::string members;
  for (size_t i = 0; i < to.fields().size(); ++i) {
    if (i > 0) members += ", ";
    members += QuotedName(to.fields()[i].name) + " := " +
               DuckdbCast(Member(text, from.fields()[i].name), from.fields()[i].type,
                          to.fields()[i].type, is_try, zone);
  }
  return "CASE WHEN " + text + " IS NULL THEN NULL ELSE struct_pack(" + members + ") END";
}

std::string NestedToNested(const std::string& text, const DataType& from, const DataType& to,
                           bool is_try, const std::string& zone) {
  const std::string e = ElementName(from);
  if (from.id() == TypeId::kArray) {
    return "list_transform(" + text + ", lambda " + e + ": " +
           DuckdbCast(e, from.element(), to.element(), is_try, zone) + ")";
  }
  if (from.id() == TypeId::kMap) {
    const auto convert = [&](const std::string& once) {
      return "CASE WHEN " + once + " IS NULL THEN NULL ELSE map_from_entries(list_transform(" +
             "map_entries(" + once + "), lambda " + e +
             ": struct_pack(k := " + DuckdbCast(e + ".key", from.key(), to.key(), is_try, zone) +
             ", v := " + DuckdbCast(e + ".value", from.value(), to.value(), is_try, zone) +
             "))) END";
    };
    return WithOnce(text, convert);
  }
  return WithOnce(
      text, [&](const std::string& once) { return StructToStruct(once, from, to, is_try, zone); });
}

std::string FromVariant(const std::string& text, const DataType& to, bool is_try,
                        const std::string& zone) {
  FunctionOptions options;
  if (is_try) options.values["try"] = "true";
  const std::string arguments[] = {text, zone};
  return ZonedCallText("weir_variant_get", to, options, true)(arguments);
}

std::string ToVariant(const std::string& text, const DataType& from) {
  return TypedCallText("weir_to_variant", from, {}, false)(std::span(&text, 1));
}

}  // namespace

std::string DuckdbType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return "\"NULL\"";
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kByte:
      return "TINYINT";
    case TypeId::kShort:
      return "SMALLINT";
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return "INTEGER";
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return "BIGINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return "DECIMAL(" + std::to_string(type.precision()) + ", " + std::to_string(type.scale()) +
             ")";
    case TypeId::kString:
      return "VARCHAR";
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return "BLOB";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return "TIMESTAMP";
    case TypeId::kArray:
      return DuckdbType(type.element()) + "[]";
    case TypeId::kMap:
      return "MAP(" + DuckdbType(type.key()) + ", " + DuckdbType(type.value()) + ")";
    case TypeId::kStruct:
      break;
  }
  std::string members;
  for (const Field& field : type.fields()) {
    if (!members.empty()) members += ", ";
    members += QuotedName(field.name) + " " + DuckdbType(field.type);
  }
  return "STRUCT(" + members + ")";
}

std::string DuckdbCast(const std::string& text, const DataType& from, const DataType& to,
                       bool is_try, const std::string& zone) {
  if (from.EqualsIgnoringNullability(to)) return text;
  if (from.id() == TypeId::kVoid) return NativeCast(text, to);
  if (from.id() == TypeId::kVariant) return FromVariant(text, to, is_try, zone);
  if (to.id() == TypeId::kVariant) return ToVariant(text, from);
  if (to.id() == TypeId::kString) return ToString(text, from, zone);
  if (from.IsNested()) return NestedToNested(text, from, to, is_try, zone);
  switch (to.id()) {
    case TypeId::kBoolean:
      if (from.id() == TypeId::kString) return Ours("boolean", text, is_try);
      return "(" + text + " <> 0)";
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return ToIntegral(text, from, to, is_try);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return ToReal(text, from, to, is_try);
    case TypeId::kDecimal:
      return ToDecimal(text, from, to, is_try);
    case TypeId::kBinary:
      return "encode(" + text + ")";
    case TypeId::kDate:
      if (IsTime(from)) return NativeCast(IsMoment(from) ? ToLocal(text, zone) : text, to);
      return Ours("date", text, is_try);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return ToTime(text, from, to, is_try, zone);
    case TypeId::kTime: {
      const std::string precision = std::to_string(to.precision());
      if (from.id() == TypeId::kString) return Ours("time", text + ", " + precision, is_try);
      if (from.precision() <= to.precision()) return text;
      return "weir_truncate_time(" + text + ", " + precision + ")";
    }
    case TypeId::kCalendarInterval:
      return "weir_try_to_calendar(" + text + ")";  // NULL for what is none, ANSI or not.
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return ToInterval(text, from, to, is_try);
    default:
      return Ours(NameOf(to), text, is_try);
  }
}

// int(x), string(x), ...: casts by another name.
void AddConversions(FunctionTable& table) {
  static constexpr std::pair<std::string_view, TypeId> kNames[] = {
      {"boolean", TypeId::kBoolean},     {"tinyint", TypeId::kByte},
      {"smallint", TypeId::kShort},      {"int", TypeId::kInt},
      {"bigint", TypeId::kLong},         {"float", TypeId::kFloat},
      {"double", TypeId::kDouble},       {"string", TypeId::kString},
      {"binary", TypeId::kBinary},       {"date", TypeId::kDate},
      {"timestamp", TypeId::kTimestamp}, {"time", TypeId::kTime},
  };
  const auto add = [&](std::string_view name, const DataType& to) {
    table.Add(name, FunctionKind::kScalar, [to](const Call& call) -> Resolution {
      if (call.size() != 1) return WrongCount(call.name, "1", call.size());
      const DataType from = call.type(0);
      if (!CanCast(from, to)) {
        return NoSuchSignature{"DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                               "Cannot cast \"" + from.ToSql() + "\" to \"" + to.ToSql() + "\"."};
      }
      Signature signature = MakeSignature(call, FunctionKind::kScalar, {from}, to, "",
                                          CastIsNullable(from, to) ? kMayBeNull : kPlain);
      signature.clock = Clock::kZone;
      signature.duckdb = [from, to](std::span<const std::string> arguments) {
        return DuckdbCast(arguments[0], from, to, false, arguments.back());
      };
      return signature;
    });
  };
  for (const auto& [name, id] : kNames) add(name, id);
  add("decimal", DataType::Decimal(10, 0));
}

}  // namespace weir::sql
