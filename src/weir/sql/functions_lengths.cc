#include "weir/sql/functions_table.h"

// Functions that make lengths of time.
namespace weir::sql {

namespace {

// make_interval(years, months, weeks, days, hours, mins, secs) and the like: any number of
// arguments from the left, zero for the others. The last one of `most` is seconds with a fraction.
Resolver Making(DataType result, std::string function, size_t most, bool has_seconds,
                unsigned flags) {
  return [=](const Call& call) -> Resolution {
    if (call.size() > most) {
      std::string counts;
      for (size_t i = 0; i <= most; ++i) counts += (i > 0 ? ", " : "[") + std::to_string(i);
      return WrongCount(call.name, counts + "]", call.size());
    }
    std::vector<DataType> types;
    std::string text = function + "(";
    for (size_t i = 0; i < most; ++i) {
      const bool seconds = has_seconds && i + 1 == most;
      if (i > 0) text += ", ";
      const std::string argument = "$" + std::to_string(i + 1);
      if (i >= call.size()) {
        text += seconds ? "CAST(0 AS DECIMAL(18, 6))" : "0";
        continue;
      }
      const DataType wanted = seconds ? DataType::Decimal(18, 6) : DataType(TypeId::kInt);
      if (!CanCoerce(call.type(i), wanted)) {
        return WrongType(i, "\"" + wanted.ToSql() + "\"", call.type(i));
      }
      types.push_back(wanted);
      text += argument;
    }
    return MakeSignature(call, FunctionKind::kScalar, std::move(types), result, text + ")", flags);
  };
}

}  // namespace

void AddLengths(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  const DataType calendar(TypeId::kCalendarInterval);
  table.Add("make_interval", scalar, Making(calendar, "weir_make_interval", 7, true, kPlain));
  table.Add("try_make_interval", scalar,
            Making(calendar, "weir_try_make_interval", 7, true, kMayBeNull));
  table.Add("make_dt_interval", scalar,
            Making(TypeId::kDayTimeInterval, "weir_make_dt_interval", 4, true, kPlain));
  table.Add("make_ym_interval", scalar,
            Making(TypeId::kYearMonthInterval, "weir_make_ym_interval", 2, false, kPlain));
}

}  // namespace weir::sql
