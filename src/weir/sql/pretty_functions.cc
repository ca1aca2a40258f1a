#include "weir/sql/pretty_functions.h"

#include <map>

namespace weir::sql {

namespace {

// Functions whose text is not their lower-case name: those written in capitals, and aliases.
const std::map<std::string_view, std::string_view>& OtherNames() {
  static const std::map<std::string_view, std::string_view> names = {
      {"acos", "ACOS"},
      {"acosh", "ACOSH"},
      {"asinh", "ASINH"},
      {"atanh", "ATANH"},
      {"e", "E"},
      {"pi", "PI"},
      {"signum", "SIGNUM"},
      {"curdate", "current_date"},
      {"current_database", "current_schema"},
      {"asin", "ASIN"},
      {"atan", "ATAN"},
      {"atan2", "ATAN2"},
      {"cbrt", "CBRT"},
      {"ceil", "CEIL"},
      {"cos", "COS"},
      {"cosh", "COSH"},
      {"cot", "COT"},
      {"csc", "CSC"},
      {"degrees", "DEGREES"},
      {"exp", "EXP"},
      {"expm1", "EXPM1"},
      {"floor", "FLOOR"},
      {"hypot", "HYPOT"},
      {"ln", "ln"},
      {"log", "LOG"},
      {"log10", "LOG10"},
      {"log1p", "LOG1P"},
      {"log2", "LOG2"},
      {"pow", "pow"},
      {"power", "POWER"},
      {"radians", "RADIANS"},
      {"rint", "rint"},
      {"sec", "SEC"},
      {"sin", "SIN"},
      {"sinh", "SINH"},
      {"sqrt", "SQRT"},
      {"tan", "TAN"},
      {"tanh", "TANH"},
      {"random", "rand"},
      {"rlike", "RLIKE"},
      {"regexp", "REGEXP"},
      {"regexp_like", "REGEXP_LIKE"},
      {"array_agg", "collect_list"},
      {"rank", "RANK"},
      {"dense_rank", "DENSE_RANK"},
      {"percent_rank", "PERCENT_RANK"},
  };
  return names;
}

struct Default {
  size_t at;  // When the call has this many arguments.
  std::string_view text;
};
const std::multimap<std::string_view, Default>& Defaults() {
  static const std::multimap<std::string_view, Default> defaults = {
      {"split", {2, "-1"}},
      {"substr", {2, "2147483647"}},
      {"substring", {2, "2147483647"}},
      {"lag", {1, "1"}},
      {"lag", {2, "NULL"}},
      {"lead", {1, "1"}},
      {"lead", {2, "NULL"}},
      {"round", {1, "0"}},
      {"bround", {1, "0"}},
      {"regexp_replace", {3, "1"}},
      {"regexp_extract", {2, "1"}},
      {"regexp_extract_all", {2, "1"}},
      {"lpad", {2, " "}},
      {"rpad", {2, " "}},
      {"locate", {2, "1"}},
      {"position", {2, "1"}},
      {"sort_array", {1, "true"}},
      {"percentile", {2, "1"}},
      {"string_agg", {1, "NULL"}},
      {"listagg", {1, "NULL"}},
      {"regexp_instr", {2, "0"}},
      {"reduce", {3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"}},
      {"aggregate", {3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"}},
      {"months_between", {2, "true"}},
      {"replace", {2, ""}},
      {"overlay", {3, "-1"}},
      {"unix_timestamp", {1, "yyyy-MM-dd HH:mm:ss"}},
      {"to_unix_timestamp", {1, "yyyy-MM-dd HH:mm:ss"}},
      {"from_unixtime", {1, "yyyy-MM-dd HH:mm:ss"}},
      {"current_time", {0, "6"}},
      {"make_interval", {0, "0"}},
      {"make_interval", {1, "0"}},
      {"make_interval", {2, "0"}},
      {"make_interval", {3, "0"}},
      {"make_interval", {4, "0"}},
      {"make_interval", {5, "0"}},
      {"make_interval", {6, "0.000000"}},
      {"try_make_interval", {0, "0"}},
      {"try_make_interval", {1, "0"}},
      {"try_make_interval", {2, "0"}},
      {"try_make_interval", {3, "0"}},
      {"try_make_interval", {4, "0"}},
      {"try_make_interval", {5, "0"}},
      {"try_make_interval", {6, "0.000000"}},
      {"make_dt_interval", {0, "0"}},
      {"make_dt_interval", {1, "0"}},
      {"make_dt_interval", {2, "0"}},
      {"make_dt_interval", {3, "0.000000"}},
      {"make_ym_interval", {0, "0"}},
      {"make_ym_interval", {1, "0"}},
      {"time_bucket", {2, "TIMESTAMP '1970-01-01 00:00:00'"}},
      {"array_sort",
       {1,
        "lambdafunction((IF(((namedlambdavariable() IS NULL) AND "
        "(namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), "
        "1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < "
        "namedlambdavariable()), -1, (IF((namedlambdavariable() > "
        "namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), "
        "namedlambdavariable())"}},
  };
  return defaults;
}

}  // namespace

std::string_view FunctionText(std::string_view lower_name) {
  const auto found = OtherNames().find(lower_name);
  return found == OtherNames().end() ? lower_name : found->second;
}

std::optional<size_t> ShownArguments(std::string_view lower_name) {
  static const std::map<std::string_view, size_t> shown = {
      {"from_json", 1}, {"to_json", 1},     {"schema_of_json", 1}, {"from_csv", 1},
      {"to_csv", 1},    {"variant_get", 2}, {"schema_of_csv", 1},  {"try_variant_get", 2},
  };
  const auto found = shown.find(lower_name);
  if (found == shown.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> FilledArgument(std::string_view lower_name, size_t position) {
  const auto [begin, end] = Defaults().equal_range(lower_name);
  for (auto one = begin; one != end; ++one) {
    if (one->second.at == position) return one->second.text;
  }
  return std::nullopt;
}

}  // namespace weir::sql
