#pragma once

#include <string>

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// A name, or a text, as the engine's SQL writes it.
inline std::string QuotedName(const std::string& name) {
  return duckdb::KeywordHelper::WriteQuoted(name, '"');
}
inline std::string QuotedText(const std::string& text) {
  return duckdb::KeywordHelper::WriteQuoted(text, '\'');
}

}  // namespace weir::engine
