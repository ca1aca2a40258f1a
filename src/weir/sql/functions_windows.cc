#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

const auto kWindow = FunctionKind::kWindow;

// lag(x, offset, default), lead: the default in the type of x.
Resolution ResolveShift(const Call& call) {
  if (call.size() < 1 || call.size() > 3) return WrongCount(call.name, "[1, 2, 3]", call.size());
  std::vector<DataType> types{call.type(0)};
  std::string text = std::string(call.name) + "($1";
  if (call.size() > 1) {
    if (!CanCoerce(call.type(1), TypeId::kInt)) return WrongType(1, "\"INT\"", call.type(1));
    types.push_back(TypeId::kInt);
    text += ", $2";
  }
  if (call.size() > 2) {
    const DataType type = call.type(0).id() == TypeId::kVoid ? call.type(2) : call.type(0);
    if (!CanCoerce(call.type(2), type)) {
      return WrongType(2, "\"" + type.ToSql() + "\"", call.type(2));
    }
    types[0] = type;
    types.push_back(type);
    text += ", $3";
  }
  const DataType result = types[0];
  return MakeSignature(call, kWindow, std::move(types), result, text + ")", kMayBeNull);
}

Resolution ResolveNth(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (!CanCoerce(call.type(1), TypeId::kInt)) return WrongType(1, "\"INT\"", call.type(1));
  return MakeSignature(call, kWindow, {call.type(0), TypeId::kInt}, call.type(0),
                       "nth_value($1, $2)", kMayBeNull);
}

}  // namespace

void AddWindows(FunctionTable& table) {
  const std::string as_int = "CAST($1 AS INTEGER)";
  table.Add({"row_number", "", "int", "row_number()", kNeverNull, kWindow, as_int});
  // They may name what the window is ordered by, which changes nothing.
  for (const std::string_view name : {"rank", "dense_rank"}) {
    table.Add({name, "any...", "int", std::string(name) + "()", kNeverNull, kWindow, as_int});
  }
  table.Add({"ntile", "int", "int", "ntile($1)", kNeverNull, kWindow, as_int});
  table.Add({"percent_rank", "any...", "double", "percent_rank()", kNeverNull, kWindow});
  table.Add({"cume_dist", "", "double", "cume_dist()", kNeverNull, kWindow});
  table.Add("lag", kWindow, ResolveShift);
  table.Add("lead", kWindow, ResolveShift);
  table.Add("nth_value", kWindow, ResolveNth);
}

}  // namespace weir::sql
