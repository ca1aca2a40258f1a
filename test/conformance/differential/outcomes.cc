#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "conformance/spark_sql/home.h"
#include "weir/base/error.h"
#include "weir/types/diagnostic.h"

// Runs statements for whoever writes them: a JSON string a line comes in, an object a line goes
// out.
//   {"types": ["int"], "rows": [["1"], [null]]}    cells as CAST(... AS STRING) prints them, binary
//                                                  ones as hex() does
//   {"error": "DIVIDE_BY_ZERO", "message": "..."}
// All run in one session of an empty home.
namespace weir {
namespace {

using Json = nlohmann::json;

std::string Hex(const std::string& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Json Cell(const Value& value) {
  if (value.is_null()) return nullptr;
  return value.type().id() == TypeId::kBinary ? Hex(value.text()) : value.ToString();
}

Json ReadRows(BatchStream& stream) {
  Json types = Json::array();
  for (const Field& column : stream.schema().fields()) types.push_back(column.type.ToString());
  Json rows = Json::array();
  while (const auto batch = stream.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      Json cells = Json::array();
      for (size_t column = 0; column < batch->schema().size(); ++column) {
        cells.push_back(Cell(batch->At(column, row)));
      }
      rows.push_back(std::move(cells));
    }
  }
  return {{"types", std::move(types)}, {"rows", std::move(rows)}};
}

Json Failure(const std::string& condition, ErrorCode code, const std::string& message) {
  return {{"error", condition.empty() ? std::string(ErrorCodeName(code)) : condition},
          {"message", message.substr(0, message.find('\n'))}};
}

Json Run(session::Session& session, const std::string& sql) {
  try {
    const auto prepared = session.Prepare(std::make_shared<SourceText>(SourceText{"<case>", sql}));
    if (const auto* const wrong = std::get_if<Diagnostics>(&prepared)) {
      return Failure(wrong->at(0).condition, ErrorCode::kInvalid, wrong->at(0).message);
    }
    return ReadRows(*session.Execute(std::get<session::Prepared>(prepared)));
  } catch (const DiagnosticError& error) {
    const Diagnostic& first = error.diagnostics().at(0);
    return Failure(first.condition, error.code(), first.message);
  } catch (const Error& error) {
    return Failure(error.condition(), error.code(), error.what());
  }
}

void Serve() {
  spark_sql::Homes homes;
  const auto home = homes.Make();
  const auto session = home->NewSession();
  for (std::string line; std::getline(std::cin, line);) {
    const Json outcome = Run(*session, Json::parse(line).get<std::string>());
    std::cout << outcome.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
}

}  // namespace
}  // namespace weir

int main() {
  weir::Serve();
  return 0;
}
