#include "weir/app/findings_text.h"

#include <ostream>

#include "weir/app/update_text.h"

namespace weir::app {

std::string PlaceAndReason(const engine::Reject& reject) {
  return reject.file + (reject.line > 0 ? ":" + std::to_string(reject.line) : "") + ": " +
         reject.reason;
}

std::string RescuedText(const engine::RunStatistics& statistics) {
  if (statistics.rescued_rows == 0) return "";
  return "rescued data in " + Counted(statistics.rescued_rows, "row");
}

std::string LossText(const engine::RunStatistics& statistics) {
  if (statistics.lossy_rows == 0) return "";
  return Counted(statistics.lossy_rows, "row") +
         " lost a value that does not fit its column; select the rescued data column to keep it";
}

void PrintFindings(const engine::RunStatistics& statistics, std::ostream& err) {
  for (const engine::Reject& reject : statistics.rejects) {
    err << (reject.kept ? "kept as far as it could be read: " : "skipped ")
        << PlaceAndReason(reject) << "\n";
  }
  if (statistics.reject_count > static_cast<int64_t>(statistics.rejects.size())) {
    err << "... " << Counted(statistics.reject_count, "malformed record") << " in all\n";
  }
  if (const std::string text = LossText(statistics); !text.empty()) err << text << "\n";
}

}  // namespace weir::app
