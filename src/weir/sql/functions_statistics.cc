#include "weir/sql/functions_table.h"

// Aggregates of numbers: moments, regressions, quantiles, histograms; and bitmaps and vectors.
namespace weir::sql {

namespace {

// Values that have an order and a distance as DOUBLEs, and back.
std::string AsNumber(const DataType& type, const std::string& text) {
  if (type.id() == TypeId::kDate) {
    return "CAST(date_diff('day', DATE '1970-01-01', " + text + ") AS DOUBLE)";
  }
  if (IsTime(type)) return "CAST(epoch_us(" + text + ") AS DOUBLE)";
  return type.id() == TypeId::kDouble ? text : "CAST(" + text + " AS DOUBLE)";
}

std::string FromNumber(const DataType& type, const std::string& text) {
  const auto whole = [&](const std::string& as) {
    return "CAST(trunc(" + text + ") AS " + as + ")";
  };
  if (type.id() == TypeId::kDate) return "(DATE '1970-01-01' + " + whole("INTEGER") + ")";
  if (IsTime(type)) return "make_timestamp(" + whole("BIGINT") + ")";
  if (type.IsIntegral() || type.IsInterval()) return whole(DuckdbType(type));
  return type.id() == TypeId::kDouble ? text : "CAST(" + text + " AS " + DuckdbType(type) + ")";
}

// Numbers as they are, a text as DOUBLE; dates, times and intervals where `more`.
std::optional<DataType> Measured(const DataType& type, bool more) {
  if (type.IsInterval()) return type;
  if (more && (type.id() == TypeId::kDate || IsTime(type))) return type;
  return Accept("numeric", type, false);
}

NoSuchSignature OutOfRange(const std::string& what, const std::string& range, const Value& value) {
  return {
      "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
      "The " + what + " must be between " + range + " (current value = " + value.ToString() + ")."};
}

double RealOf(const Value& value) {
  if (value.type().IsIntegral()) return static_cast<double>(value.integer());
  if (value.type().id() == TypeId::kDecimal) return std::stod(value.ToString());
  return value.real();
}

// The share of a quantile, or an array of them: what can be said before it is computed.
std::optional<NoSuchSignature> CheckShare(const Call& call, size_t position) {
  const ArgumentShape& share = call.arguments[position];
  const DataType& type = share.type;
  if (type.id() == TypeId::kArray) {
    const bool empty = type.element().id() == TypeId::kVoid;
    if ((empty || type.element().IsNumeric()) && !(type.contains_null() && !empty)) {
      return std::nullopt;
    }
    return WrongType(position, "(\"DOUBLE\" or \"ARRAY<DOUBLE>\")", type);
  }
  if (!CanCoerce(type, TypeId::kDouble)) {
    return WrongType(position, "(\"DOUBLE\" or \"ARRAY<DOUBLE>\")", type);
  }
  if (share.literal == nullptr) return NotFoldable("percentage", "DOUBLE");
  if (share.literal->is_null()) {
    return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL", "The percentage must not be null."};
  }
  if (!share.literal->type().IsNumeric()) return std::nullopt;
  const double number = RealOf(*share.literal);
  if (number >= 0 && number <= 1) return std::nullopt;
  return OutOfRange("percentage", "[0.0, 1.0]", *share.literal);
}

struct Shares {
  bool many;
  DataType type;
  explicit Shares(const DataType& given)
      : many(given.id() == TypeId::kArray),
        type(many ? DataType::Array(TypeId::kDouble, false) : DataType(TypeId::kDouble)) {}
  DataType ResultOf(const DataType& value) const {
    return many ? DataType::Array(value, false) : value;
  }
};

// A list of DOUBLEs, or the only one of them, in the type of what was measured.
std::string Back(const DataType& type, bool from_list, bool to_list) {
  if (to_list) {
    const std::string item = FromNumber(type, "weir_q");
    return item == "weir_q" ? "$1" : "list_transform($1, lambda weir_q: " + item + ")";
  }
  return FromNumber(type, from_list ? "$1[1]" : "$1");
}

// The value in which quantiles of a type are computed.
std::optional<DataType> QuantileType(const DataType& given) {
  const auto measured = Measured(given, false);
  if (measured && measured->IsInterval()) return DataType(measured->id());  // Of all fields.
  if (!measured) return measured;
  return DataType(TypeId::kDouble);
}

NoSuchSignature NoQuantile(const DataType& given) {
  return WrongType(0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", given);
}

Resolution ResolveMedian(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const auto value = QuantileType(call.type(0));
  if (!value) return NoQuantile(call.type(0));
  return MakeAggregate(call, {*value}, *value,
                       "median(" + DistinctWord(call) + AsNumber(*value, "$1") + ")",
                       Back(*value, false, false));
}

// f(x, share), from the other end for ORDER BY x DESC.
Resolver Percentile(std::string function, bool descending) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    const auto value = QuantileType(call.type(0));
    if (!value) return NoQuantile(call.type(0));
    if (auto wrong = CheckShare(call, 1)) return *wrong;
    const Shares shares(call.type(1));
    const std::string number = (descending ? "-" : "") + AsNumber(*value, "$1");
    std::string outer = Back(*value, false, shares.many);
    if (descending) {
      outer = shares.many
                  ? "list_transform($1, lambda weir_q: " + FromNumber(*value, "(-weir_q)") + ")"
                  : FromNumber(*value, "(-$1)");
    }
    return MakeAggregate(call, {*value, shares.type}, shares.ResultOf(*value),
                         function + "(" + DistinctWord(call) + number + ", $2)", outer);
  };
}

// percentile(x, share [, how often])
Resolution ResolvePercentile(const Call& call) {
  if (call.size() == 2) return Percentile("quantile_cont", false)(call);
  if (call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  const auto value = QuantileType(call.type(0));
  if (!value) return NoQuantile(call.type(0));
  if (auto wrong = CheckShare(call, 1)) return *wrong;
  const auto count = Accept("integral", call.type(2), false);
  if (!count) return WrongType(2, "\"INTEGRAL\"", call.type(2));
  const Shares shares(call.type(1));
  const std::string text = "weir_percentile(" + DistinctWord(call) + AsNumber(*value, "$1") +
                           ", CAST($3 AS BIGINT), " + (shares.many ? "$2" : "[$2]") + ")";
  return MakeAggregate(call, {*value, shares.type, *count}, shares.ResultOf(*value), text,
                       Back(*value, true, shares.many));
}

// approx_percentile(x, share [, accuracy])
Resolution ResolveApprox(const Call& call) {
  if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  const auto value = Measured(call.type(0), true);
  if (!value) {
    return WrongType(0,
                     "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL "
                     "YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")",
                     call.type(0));
  }
  if (auto wrong = CheckShare(call, 1)) return *wrong;
  const Shares shares(call.type(1));
  std::vector<DataType> types{*value, shares.type};
  if (call.size() == 3) {
    const Value* const accuracy = call.arguments[2].literal;
    if (accuracy == nullptr) return NotFoldable("accuracy", "INT");
    if (accuracy->is_null()) {
      return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL", "The accuracy must not be null."};
    }
    if (!accuracy->type().IsIntegral()) return WrongType(2, "\"INTEGRAL\"", call.type(2));
    if (accuracy->integer() <= 0 || accuracy->integer() > INT32_MAX) {
      return OutOfRange("accuracy", "(0, 2147483647]", *accuracy);
    }
    types.push_back(TypeId::kLong);
  }
  const std::string text = "weir_approx_percentile(" + DistinctWord(call) + AsNumber(*value, "$1") +
                           ", " + (shares.many ? "$2" : "[$2]") + ", " +
                           (call.size() == 3 ? "$3" : "10000") + ")";
  return MakeAggregate(call, types, shares.ResultOf(*value), text, Back(*value, true, shares.many));
}

// histogram_numeric(x, bins)
Resolution ResolveHistogram(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const auto value = Measured(call.type(0), true);
  if (!value) {
    return WrongType(0, "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"ANSI INTERVAL\")",
                     call.type(0));
  }
  if (!CanCoerce(call.type(1), TypeId::kInt)) return WrongType(1, "\"INT\"", call.type(1));
  const Value* const bins = call.arguments[1].literal;
  if (bins == nullptr) return NotFoldable("nb", "INT");
  if (bins->is_null()) {
    return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL", "The nb must not be null."};
  }
  if (bins->type().IsIntegral() && bins->integer() < 2) {
    return OutOfRange("nb", "[2, 2147483647]", *bins);
  }
  const DataType bin =
      DataType::Struct({Field{"x", *value, true, "{}"}, Field{"y", TypeId::kDouble, true, "{}"}});
  return MakeAggregate(call, {*value, TypeId::kInt}, DataType::Array(bin, true),
                       "weir_histogram(" + DistinctWord(call) + AsNumber(*value, "$1") + ", $2)",
                       "list_transform($1, lambda weir_q: struct_pack(x := " +
                           FromNumber(*value, "weir_q.x") + ", y := weir_q.y))");
}

// mode(x [, whether the least of several is meant]); `order` tells which is.
Resolver Mode(std::string order) {
  return [order](const Call& call) -> Resolution {
    if (call.size() < 1 || call.size() > 2) return WrongCount(call.name, "[0, 1, 2]", call.size());
    std::vector<DataType> types{call.type(0)};
    std::string by = order;
    if (call.size() == 2) {
      const Value* const least = call.arguments[1].literal;
      if (least == nullptr) {
        return NoSuchSignature{
            "NON_FOLDABLE_ARGUMENT",
            "The function `mode` requires the parameter `deterministic` to be a foldable "
            "expression of the type \"BOOLEAN\", but the actual argument is a non-foldable."};
      }
      if (least->is_null()) {
        return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL",
                               "The deterministic must not be null."};
      }
      if (least->type().id() != TypeId::kBoolean) {
        return NoSuchSignature{"UNEXPECTED_INPUT_TYPE",
                               "Parameter 2 of function `mode` requires the \"BOOLEAN\" type, "
                               "however the argument has the type \"" +
                                   call.type(1).ToSql() + "\"."};
      }
      types.push_back(TypeId::kBoolean);
      if (least->boolean()) by = " ORDER BY $1";
    }
    return MakeAggregate(call, types, call.type(0), "mode($1" + by + ")", "");
  };
}

void AddRegressions(FunctionTable& table) {
  const auto add = [&](std::string_view name, const std::string& outer = "") {
    table.Add({name, "double double", "double", std::string(name) + "($1, $2)", kMayBeNull,
               kAggregate, outer});
  };
  // Without any variance of x there is no line.
  const std::string known = "nullif($1, CAST('NaN' AS DOUBLE))";
  for (const std::string_view name :
       {"regr_avgx", "regr_avgy", "regr_sxx", "regr_sxy", "regr_syy"}) {
    add(name);
  }
  for (const std::string_view name : {"regr_intercept", "regr_r2", "regr_slope"}) add(name, known);
  table.Add({"regr_count", "double double", "bigint", "regr_count($1, $2)", kNeverNull, kAggregate,
             "CAST($1 AS BIGINT)"});
  table.Add({"kurtosis", "double", "double", "weir_kurtosis($1)", kMayBeNull, kAggregate});
  table.Add({"skewness", "double", "double", "weir_skewness($1)", kMayBeNull, kAggregate});
}

// f(bytes): a text is no bitmap.
Resolver OfBitmap(FunctionKind kind, std::string text, DataType result) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    if (call.type(0).id() != TypeId::kBinary) return WrongType(0, "\"BINARY\"", call.type(0));
    return MakeSignature(call, kind, {TypeId::kBinary}, result, text,
                         kind == kAggregate ? kNeverNull : kPlain);
  };
}

void AddBitmaps(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add({"bitmap_bit_position", "bigint", "bigint", "weir_bitmap_bit_position($1)"});
  table.Add({"bitmap_bucket_number", "bigint", "bigint", "weir_bitmap_bucket_number($1)"});
  table.Add("bitmap_count", scalar, OfBitmap(scalar, "weir_bitmap_count($1)", TypeId::kLong));
  table.Add({"bitmap_construct_agg", "bigint", "binary", "weir_bitmap_construct_agg($1)",
             kNeverNull, kAggregate});
  table.Add("bitmap_or_agg", kAggregate,
            OfBitmap(kAggregate, "weir_bitmap_or_agg($1)", TypeId::kBinary));
  table.Add("bitmap_and_agg", kAggregate,
            OfBitmap(kAggregate, "weir_bitmap_and_agg($1)", TypeId::kBinary));
}

const DataType& Vector() {
  static const DataType type = DataType::Array(TypeId::kFloat, true);
  return type;
}

bool IsVector(const DataType& type) {
  return type.id() == TypeId::kArray && type.element().id() == TypeId::kFloat;
}

// f(vectors... [, degree]) of arrays of FLOATs.
Resolver OfVectors(FunctionKind kind, size_t vectors, bool degree, DataType result) {
  return [=](const Call& call) -> Resolution {
    const size_t most = vectors + (degree ? 1 : 0);
    if (call.size() < vectors || call.size() > most) {
      return WrongCount(call.name, degree ? "[1, 2]" : std::to_string(vectors), call.size());
    }
    std::vector<DataType> types;
    for (size_t i = 0; i < vectors; ++i) {
      if (!IsVector(call.type(i))) return WrongType(i, "\"ARRAY<FLOAT>\"", call.type(i));
      types.push_back(call.type(i));
    }
    std::string text = "weir_" + std::string(call.name) + "($*";
    if (degree && call.size() == vectors) text += ", CAST(2 AS FLOAT)";
    if (call.size() > vectors) {
      if (call.type(vectors).id() != TypeId::kFloat) {
        return WrongType(vectors, "\"FLOAT\"", call.type(vectors));
      }
      types.push_back(TypeId::kFloat);
    }
    return MakeSignature(call, kind, types, result, text + ")", kMayBeNull);
  };
}

void AddVectors(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  for (const std::string_view name :
       {"vector_inner_product", "vector_cosine_similarity", "vector_l2_distance"}) {
    table.Add(name, scalar, OfVectors(scalar, 2, false, TypeId::kFloat));
  }
  table.Add("vector_norm", scalar, OfVectors(scalar, 1, true, TypeId::kFloat));
  table.Add("vector_normalize", scalar, OfVectors(scalar, 1, true, Vector()));
  table.Add("vector_sum", kAggregate, OfVectors(kAggregate, 1, false, Vector()));
  table.Add("vector_avg", kAggregate, OfVectors(kAggregate, 1, false, Vector()));
}

}  // namespace

void AddStatistics(FunctionTable& table) {
  table.Add("median", kAggregate, ResolveMedian);
  table.Add("percentile", kAggregate, ResolvePercentile);
  // ORDER BY x DESC has names of its own, which no query can write.
  table.Add("percentile_cont", kAggregate, Percentile("quantile_cont", false));
  table.Add("percentile_cont desc", kAggregate, Percentile("quantile_cont", true));
  table.Add("percentile_disc", kAggregate, Percentile("quantile_disc", false));
  table.Add("percentile_disc desc", kAggregate, Percentile("quantile_disc", true));
  table.Add("approx_percentile", kAggregate, ResolveApprox);
  table.Alias("percentile_approx", "approx_percentile");
  table.Add("histogram_numeric", kAggregate, ResolveHistogram);
  table.Add("mode", kAggregate, Mode(""));
  table.Add("mode asc", kAggregate, Mode(" ORDER BY $1"));
  table.Add("mode desc", kAggregate, Mode(" ORDER BY $1 DESC"));
  AddRegressions(table);
  AddBitmaps(table);
  AddVectors(table);
}

}  // namespace weir::sql
