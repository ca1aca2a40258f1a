#include "weir/engine/duckdb/functions/register.h"

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

void Raise(std::string_view condition, const std::string& message) {
  throw duckdb::InvalidInputException("[" + std::string(condition) + "] " + message);
}

void RaiseOverflow(const std::string& what, const std::string& advice) {
  Raise(
      "ARITHMETIC_OVERFLOW",
      what + "." +
          (advice.empty() ? ""
                          : " Use '" + advice + "' to tolerate overflow and return NULL instead."));
}

void RaiseMalformed(std::string_view text, std::string_view target) {
  constexpr size_t kShown = 200;
  Raise("CAST_INVALID_INPUT",
        "The value '" + std::string(text.substr(0, kShown)) +
            "' of the type \"STRING\" cannot be cast to \"" + std::string(target) +
            "\" because it is malformed. Correct the value as per the syntax, or change its target "
            "type. Use `try_cast` to tolerate malformed input and return NULL instead.");
}

void RaiseCastOverflow(const std::string& value, std::string_view from, std::string_view target) {
  Raise("CAST_OVERFLOW", "The value " + value + " of the type \"" + std::string(from) +
                             "\" cannot be cast to \"" + std::string(target) +
                             "\" due to an overflow. Use `try_cast` to tolerate overflow and "
                             "return NULL instead.");
}

void Registry::Add(const std::string& name, duckdb::ScalarFunction function) {
  function.name = name;
  scalars_.try_emplace(name, name).first->second.AddFunction(std::move(function));
}

void Registry::Add(const std::string& name, duckdb::AggregateFunction function) {
  function.name = name;
  aggregates_.try_emplace(name, name).first->second.AddFunction(std::move(function));
}

void Registry::RegisterIn(duckdb::DatabaseInstance& instance) {
  duckdb::ExtensionLoader loader(instance, "weir");
  for (auto& [name, set] : scalars_) loader.RegisterFunction(std::move(set));
  for (auto& [name, set] : aggregates_) loader.RegisterFunction(std::move(set));
}

void RegisterFunctions(duckdb::DatabaseInstance& instance) {
  Registry registry;
  AddCasts(registry);
  AddNumbers(registry);
  AddDecimals(registry);
  AddDecimalCasts(registry);
  AddTexts(registry);
  AddRegularExpressions(registry);
  AddDigests(registry);
  AddHashes(registry);
  AddTimes(registry);
  AddTimeTexts(registry);
  AddClocks(registry);
  AddCalendars(registry);
  AddLengths(registry);
  AddInstants(registry);
  AddLists(registry);
  AddListInserts(registry);
  AddListOrder(registry);
  AddListSets(registry);
  AddListTexts(registry);
  AddOrderKeys(registry);
  AddJsonPaths(registry);
  AddJsonTuples(registry);
  AddJsonReading(registry);
  AddJsonWriting(registry);
  AddVariants(registry);
  AddCsv(registry);
  AddAggregates(registry);
  AddCharsets(registry);
  AddTextForms(registry);
  AddSentences(registry);
  AddUrls(registry);
  AddFormats(registry);
  AddNumberTexts(registry);
  AddNumberParts(registry);
  AddChance(registry);
  AddCiphers(registry);
  AddVectors(registry);
  AddMoments(registry);
  AddPercentiles(registry);
  AddBitmaps(registry);
  registry.RegisterIn(instance);
}

}  // namespace weir::engine
