#include "support/test_app.h"

#include "weir/types/clock_value.h"

namespace weir::test {

std::vector<std::string> RowTexts(BatchStream& rows, const TimeZone& zone) {
  std::vector<std::string> texts;
  while (const auto batch = rows.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      std::string text;
      for (size_t i = 0; i < batch->schema().size(); ++i) {
        text += (i ? "|" : "") + OnClocksOf(zone, batch->At(i, row)).ToString();
      }
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

std::vector<std::string> Run(session::Session& session, const std::string& sql) {
  const auto rows = session.Run(sql, "<test>");
  return RowTexts(*rows, *session.options().zone);
}

}  // namespace weir::test
