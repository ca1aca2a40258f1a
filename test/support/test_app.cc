#include "support/test_app.h"

namespace weir::test {

std::vector<std::string> RowTexts(BatchStream& rows) {
  std::vector<std::string> texts;
  while (const auto batch = rows.Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      std::string text;
      for (size_t i = 0; i < batch->schema().size(); ++i) {
        text += (i ? "|" : "") + batch->At(i, row).ToString();
      }
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

std::vector<std::string> Run(session::Session& session, const std::string& sql) {
  return RowTexts(*session.Run(sql, "<test>"));
}

}  // namespace weir::test
