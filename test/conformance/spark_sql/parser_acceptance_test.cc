#include <gtest/gtest.h>

#include "conformance/spark_sql/cases.h"
#include "conformance/spark_sql/ratchet.h"
#include "weir/sql/parser.h"

namespace weir::spark_sql {
namespace {

// What the group's texts are: types, expressions or statements.
std::optional<Diagnostic> Refusal(const Case& one) {
  const auto source = std::make_shared<SourceText>(SourceText{"<case>", one.sql});
  const auto first = [](const auto& result) -> std::optional<Diagnostic> {
    const auto* const wrong = std::get_if<Diagnostics>(&result);
    return wrong == nullptr ? std::nullopt : std::optional(wrong->at(0));
  };
  if (one.file == "data_type") return first(sql::ParseType(source));
  if (one.file.starts_with("expression/")) return first(sql::ParseExpression(source));
  return first(sql::ParseStatement(source));
}

std::string Difference(const Case& one) {
  const auto refusal = Refusal(one);
  if (one.kind == Case::Kind::kError) return refusal ? "" : "accepted, Spark refuses it";
  return refusal ? refusal->condition + ": " + refusal->message : "";
}

TEST(ParserAcceptanceTest, WhatSparkAcceptsIsAcceptedAndWhatItRejectsIsRejected) {
  const auto folder = CasesFolder();
  if (!folder) GTEST_SKIP() << "the cases are not there";
  Ratchet ratchet("parser_acceptance.misses");
  for (const Case& one : ParserAcceptance(*folder)) ratchet.Add(one, Difference(one));
  ratchet.Finish(true);
}

}  // namespace
}  // namespace weir::spark_sql
