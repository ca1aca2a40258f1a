#include "conformance/spark_sql/home.h"

#include <regex>

#include <fmt/format.h>

#include "conformance/spark_sql/hive_text.h"
#include "weir/base/error.h"
#include "weir/types/clock_value.h"
#include "weir/types/diagnostic.h"

namespace weir::spark_sql {
namespace {

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

Outcome Failure(const std::string& condition, ErrorCode code, const std::string& message) {
  Outcome outcome;
  outcome.condition = condition.empty() ? std::string(ErrorCodeName(code)) : condition;
  outcome.message = FirstLine(message);
  outcome.unsupported = code == ErrorCode::kUnsupported ||
                        outcome.condition.starts_with("UNSUPPORTED_FEATURE") ||
                        outcome.message.find("not supported") != std::string::npos;
  return outcome;
}

// As Spark's suites judge it: rows are in order where a sort stands above what mixes them.
bool IsOrdered(const sql::PlanPtr& plan) {
  if (std::holds_alternative<sql::SortPlan>(plan->node)) return true;
  if (const auto* node = std::get_if<sql::ProjectPlan>(&plan->node)) return IsOrdered(node->child);
  if (const auto* node = std::get_if<sql::FilterPlan>(&plan->node)) return IsOrdered(node->child);
  if (const auto* node = std::get_if<sql::LimitPlan>(&plan->node)) return IsOrdered(node->child);
  if (const auto* node = std::get_if<sql::WindowPlan>(&plan->node)) return IsOrdered(node->child);
  if (const auto* node = std::get_if<sql::CtePlan>(&plan->node)) return IsOrdered(node->child);
  return false;
}

// Spark's suites print what describes columns in cells that are filled up, and never sort it.
bool DescribesColumns(const sql::StatementNode& statement) {
  const auto* const describe = std::get_if<sql::Describe>(&statement.node);
  return describe != nullptr && (describe->what == sql::Describe::What::kTable ||
                                 describe->what == sql::Describe::What::kQuery);
}

std::string Filled(const Value& value) {
  return fmt::format("{:<20}", value.is_null() ? "" : value.text());
}

// A row that describes a column or a table; nothing for who owns it, which Spark's suites have not.
// What differs from run to run is left out of their comparison.
std::optional<std::string> DescribedRow(const Batch& batch, int64_t row) {
  const std::string name = batch.At(0, row).text();
  if (name == "Owner") return std::nullopt;
  if (name == "Created Time" || name == "Last Access" || name == "Created By") {
    return name + " [not included in comparison]";
  }
  return Filled(batch.At(0, row)) + "\t" + Filled(batch.At(1, row)) + "\t" +
         Filled(batch.At(2, row));
}

void ReadDescribed(BatchStream& stream, Outcome& outcome) {
  outcome.ordered = true;
  while (const auto batch = stream.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (auto text = DescribedRow(*batch, row)) outcome.rows.push_back(*std::move(text));
    }
  }
}

void ReadRows(BatchStream& stream, const TimeZone& zone, Outcome& outcome) {
  outcome.schema = stream.schema().AsStruct().ToString();
  while (const auto batch = stream.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      std::string text;
      for (size_t column = 0; column < batch->schema().size(); ++column) {
        text += (column == 0 ? "" : "\t") + HiveText(OnClocksOf(zone, batch->At(column, row)));
      }
      outcome.rows.push_back(std::move(text));
    }
  }
}

}  // namespace

std::string Adapted(const std::string& sql) {
  static const std::regex creates("^\\s*CREATE\\s+(OR\\s+REPLACE\\s+)?TABLE\\b", std::regex::icase);
  static const std::regex format("\\bUSING\\s+(parquet|orc|json|csv)\\b", std::regex::icase);
  return std::regex_search(sql, creates) ? std::regex_replace(sql, format, "") : sql;
}

Homes::Homes() : stores_(disk_, clock_), connectors_(connect::BuiltinConnectors()) {}

std::unique_ptr<pipeline::CaseHome> Homes::Make() {
  return homes_.Make(stores_, connectors_, clock_);
}

Outcome RunStatement(session::Session& session, const std::string& sql) {
  try {
    const auto prepared = session.Prepare(std::make_shared<SourceText>(SourceText{"<case>", sql}));
    if (const auto* const wrong = std::get_if<Diagnostics>(&prepared)) {
      return Failure(wrong->at(0).condition, ErrorCode::kInvalid, wrong->at(0).message);
    }
    Outcome outcome;
    const sql::PlanPtr& plan = std::get<session::Prepared>(prepared).plan;
    outcome.ordered = plan != nullptr && IsOrdered(plan);
    const auto rows = session.Execute(std::get<session::Prepared>(prepared));
    if (DescribesColumns(*std::get<session::Prepared>(prepared).statement)) {
      ReadDescribed(*rows, outcome);
    } else {
      ReadRows(*rows, *session.options().zone, outcome);
    }
    return outcome;
  } catch (const DiagnosticError& error) {
    const Diagnostic& first = error.diagnostics().at(0);
    return Failure(first.condition, error.code(), first.message);
  } catch (const Error& error) {
    return Failure(error.condition(), error.code(), error.what());
  }
}

}  // namespace weir::spark_sql
