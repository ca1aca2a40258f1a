#include "weir/sql/time_arithmetic.h"

#include "weir/types/interval_text.h"

namespace weir::sql {

namespace {

using Answer = std::optional<Resolution>;

bool IsDate(const DataType& type) { return type.id() == TypeId::kDate; }
bool IsMonths(const DataType& type) { return type.id() == TypeId::kYearMonthInterval; }
bool IsMicros(const DataType& type) { return type.id() == TypeId::kDayTimeInterval; }

const DataType kDays = DataType::Interval(IntervalField::kDay, IntervalField::kDay);

constexpr const char* kPoint = "(\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")";

// An operator's two operands by what they mean rather than by side: `at` is moved by `by`.
struct Move {
  const Call& call;
  size_t at;  // Position of the operand.
  bool minus = false;

  const DataType& from() const { return call.type(at); }
  const DataType& by() const { return call.type(1 - at); }
  std::string base() const { return at == 0 ? "$1" : "$2"; }
  std::string amount() const { return at == 0 ? "$2" : "$1"; }

  // Behind the arguments of a function that moves what the operand is taken as.
  static std::string Zone(const DataType& type) {
    return type.id() == TypeId::kTimestamp ? ", $zone)" : ")";
  }

  Signature Make(const DataType& from_type, const DataType& by_type, const DataType& result,
                 const std::string& text) const {
    std::vector<DataType> arguments{from_type, by_type};
    if (at == 1) std::swap(arguments[0], arguments[1]);
    return MakeSignature(call, FunctionKind::kScalar, std::move(arguments), result, text);
  }
};

Resolution MoveByMonths(const Move& move) {
  const std::string amount = (move.minus ? "-" : "") + move.amount();
  return move.Make(move.from(), move.by(), move.from(),
                   "weir_add_months(" + move.base() + ", " + amount + Move::Zone(move.from()));
}

// A text is read as a timestamp, and what comes out is one again.
Resolution MoveText(const Move& move, const std::string& text) {
  Signature signature = move.Make(TypeId::kTimestamp, move.by(), TypeId::kString, text);
  signature.duckdb = [inner = signature.duckdb](std::span<const std::string> arguments) {
    return DuckdbCast(inner(arguments), TypeId::kTimestamp, TypeId::kString, false,
                      arguments.back());
  };
  return signature;
}

Resolution MoveByMicros(const Move& move) {
  const DataType& from = move.from();
  const std::string amount = (move.minus ? "-" : "") + move.amount();
  if (IsClock(from)) {
    const int precision = move.by().to() == IntervalField::kSecond ? 6 : from.precision();
    return move.Make(from, move.by(), DataType::Time(precision),
                     "weir_time_add(" + move.base() + ", " + amount + ")");
  }
  const DataType result = IsTime(from) ? from : DataType(TypeId::kTimestamp);
  const std::string text = "weir_add_micros(" + move.base() + ", " + amount + Move::Zone(result);
  if (IsString(from)) return MoveText(move, text);
  if (IsDate(from) && move.by() == kDays) {
    return move.Make(
        from, move.by(), from,
        "weir_add_days(" + move.base() + ", CAST(" + amount + " // 86400000000 AS INTEGER))");
  }
  return move.Make(result, move.by(), result, text);
}

Resolution MoveByCalendar(const Move& move) {
  const bool is_text = IsString(move.from());
  const std::string text = "weir_add_calendar(" + move.base() + ", " + move.amount() +
                           (move.minus ? ", true" : ", false") +
                           Move::Zone(is_text ? DataType(TypeId::kTimestamp) : move.from());
  if (is_text) return MoveText(move, text);
  return move.Make(move.from(), move.by(), move.from(), text);
}

// What moves by an interval; NULL counts as what the interval is added to elsewhere.
Answer Moved(const Move& move) {
  const DataType& from = move.from();
  const bool point = IsDate(from) || IsTime(from);
  if (IsMonths(move.by())) {
    if (point) return MoveByMonths(move);
    return std::nullopt;
  }
  const bool micros = IsMicros(move.by());
  if (!micros && !IsCalendar(move.by())) return std::nullopt;
  if (!point && !IsString(from) && !(IsClock(from) && micros)) {
    return NoSuchSignature{WrongType(0, kPoint, from)};
  }
  return micros ? MoveByMicros(move) : MoveByCalendar(move);
}

Resolution Plain(const Call& call, const DataType& left, const DataType& right,
                 const DataType& result, std::string text, unsigned flags = kPlain) {
  return MakeSignature(call, FunctionKind::kScalar, {left, right}, result, std::move(text), flags);
}

// Two lengths of time of one family, or one and NULL.
Answer Lengths(const Call& call, const char* function, const char* of_calendar) {
  const DataType& left = call.type(0);
  const DataType& right = call.type(1);
  const auto is_length = [](const DataType& type) { return type.IsInterval() || IsCalendar(type); };
  if (!is_length(left) && !is_length(right)) return std::nullopt;
  if ((IsVoid(left) && right.IsInterval()) || (IsVoid(right) && left.IsInterval()) ||
      (is_length(left) && left.id() == right.id())) {
    const DataType type = *CommonType(left, right);
    const std::string name = IsCalendar(type) ? of_calendar : function;
    return Plain(call, type, type, type, name + "($1, $2)");
  }
  return std::nullopt;
}

Resolution MoveByDays(const Move& move) {
  const auto days = Accept("small", move.by(), true);
  if (!days) return WrongType(1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", move.by());
  return move.Make(
      TypeId::kDate, *days, TypeId::kDate,
      "weir_add_days(" + move.base() + ", " + (move.minus ? "-" : "") + move.amount() + ")");
}

// NULL beside a point of time; beside a day it counts as a length of any kind.
Answer WithNull(const Call& call) {
  for (const size_t i : {size_t{0}, size_t{1}}) {
    DataType type = call.type(i);
    if (!IsVoid(call.type(1 - i))) continue;
    if (IsDate(type)) type = TypeId::kTimestamp;
    if (!IsTime(type) && !IsClock(type)) continue;
    return Plain(call, type, type, type, "CAST(NULL AS " + DuckdbType(type) + ")", kOfMoments);
  }
  return std::nullopt;
}

// The time between two points: both become `type`.
Resolution Between(const Call& call, const DataType& type) {
  if (IsClock(type)) {
    const auto operand = [&](size_t i) {
      return IsClock(call.type(i)) ? call.type(i) : DataType(TypeId::kTime);
    };
    return Plain(call, operand(0), operand(1),
                 DataType::Interval(IntervalField::kHour, IntervalField::kSecond),
                 "(weir_time_micros($1) - weir_time_micros($2))");
  }
  if (IsDate(type)) return Plain(call, type, type, kDays, "(($1 - $2) * 86400000000)");
  return Plain(call, type, type, TypeId::kDayTimeInterval,
               "weir_interval_subtract(epoch_us($1), epoch_us($2))", kByLocalClock);
}

}  // namespace

Answer AddTimes(const Call& call) {
  if (Answer sum = Lengths(call, "weir_interval_add", "weir_calendar_add")) return sum;
  // Spark looks for an interval on the right first.
  for (const size_t at : {size_t{0}, size_t{1}}) {
    if (Answer moved = Moved({call, at})) return moved;
  }
  if (Answer null = WithNull(call)) return null;
  for (const size_t at : {size_t{0}, size_t{1}}) {
    if (IsDate(call.type(at)) && !call.type(1 - at).IsInterval()) return MoveByDays({call, at});
  }
  return std::nullopt;
}

Answer SubtractTimes(const Call& call) {
  if (Answer rest = Lengths(call, "weir_interval_subtract", "weir_calendar_subtract")) return rest;
  if (Answer moved = Moved({call, 0, /*minus=*/true})) return moved;
  const DataType& left = call.type(0);
  const DataType& right = call.type(1);
  if ((IsClock(left) || IsClock(right)) && !IsMonths(left) && !IsMonths(right)) {
    for (const size_t i : {size_t{0}, size_t{1}}) {
      if (!IsClock(call.type(i)) && !IsString(call.type(i)) && !IsVoid(call.type(i))) {
        return NoSuchSignature{WrongType(i, "\"TIME\"", call.type(i))};
      }
    }
    return Between(call, TypeId::kTime);
  }
  if (IsTime(left) || IsTime(right)) {
    const auto common = CommonType(left, right);
    if (common && IsTime(*common)) return Between(call, *common);
    return NoSuchSignature{WrongType(IsTime(left) ? 1 : 0, kPoint, IsTime(left) ? right : left)};
  }
  if (IsDate(right)) {
    if (CanCoerce(left, TypeId::kDate)) return Between(call, TypeId::kDate);
    return NoSuchSignature{WrongType(0, "\"DATE\"", left)};
  }
  if (IsDate(left) && (IsString(right) || IsVoid(right))) return Between(call, TypeId::kDate);
  if (IsDate(left) && !right.IsInterval()) return MoveByDays({call, 0, /*minus=*/true});
  return std::nullopt;
}

Answer ScaleInterval(const Call& call) {
  const auto is_length = [](const DataType& type) { return type.IsInterval() || IsCalendar(type); };
  const bool left = is_length(call.type(0));
  const DataType& interval = call.type(left ? 0 : 1);
  const DataType& number = call.type(left ? 1 : 0);
  if (!is_length(interval) || (!left && call.name == "/")) return std::nullopt;
  const char* const operation = call.name == "*" ? "_multiply(" : "_divide(";
  const Move scaled{call, left ? size_t{0} : size_t{1}};
  if (IsCalendar(interval)) {
    if (!CanCoerce(number, TypeId::kDouble)) {
      return NoSuchSignature{WrongType(1, "\"DOUBLE\"", number)};
    }
    return scaled.Make(
        interval, TypeId::kDouble, interval,
        std::string("weir_calendar") + operation + scaled.base() + ", " + scaled.amount() + ")");
  }
  DataType by = number;
  if (IsString(by) || IsVoid(by) || by.id() == TypeId::kFloat) by = TypeId::kDouble;
  if (!by.IsNumeric()) return NoSuchSignature{WrongType(1, "\"NUMERIC\"", number)};
  std::string factor = scaled.amount();
  if (by.IsIntegral()) by = TypeId::kLong;
  if (by.id() == TypeId::kDecimal) {
    factor = "CAST(" + factor + " AS DECIMAL(38, " + std::to_string(by.scale()) + "))";
  }
  const std::string unit = IsMonths(interval) ? "weir_months" : "weir_micros";
  const DataType result(interval.id());  // All fields of its family.
  return scaled.Make(interval, by, result, unit + operation + scaled.base() + ", " + factor + ")");
}

}  // namespace weir::sql
