#include "weir/app/error_text.h"

namespace weir::app {

std::string ErrorText(const Error& error) {
  const std::string message = error.what();
  const std::string condition = "[" + error.condition() + "] ";
  return error.condition().empty() || message.starts_with(condition) ? message
                                                                     : condition + message;
}

}  // namespace weir::app
