#include "weir/base/error_text.h"

namespace weir {

std::string ErrorText(const Error& error) {
  const std::string message = error.what();
  const std::string condition = "[" + error.condition() + "] ";
  return error.condition().empty() || message.starts_with(condition) ? message
                                                                     : condition + message;
}

}  // namespace weir
