#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "weir/app/prompt/named_tables.h"

namespace weir::app {

// What kind of name a place in a statement wants.
enum class Wanted {
  kNothing,     // A name of the user's own: an alias, a new principal.
  kKeyword,     // Behind something that is whole: only the grammar's words go on from here.
  kExpression,  // Columns, functions, literals.
  kTable,
  kVolume,
  kSchema,
  kSchemaOrCatalog,
  kCatalog,
  kSetting,
  kPrivilege,
  kFile,
};

// Where in a statement the cursor is.
struct CursorPlace {
  Wanted wanted = Wanted::kNothing;
  bool allows_keywords = false;
  std::vector<std::string> qualifier;  // The parts of the name before its last dot.
  std::string typed;                   // What is there of the last part, as the name means it.
  size_t name_begin = 0;               // Of the whole name, qualifier included.
  size_t begin = 0;                    // Of the last part, a backtick included.
  bool is_quoted = false;              // Inside '...': `begin` is behind the quote.
};

// Judges the end of `before`, a statement's text up to the cursor.
CursorPlace PlaceAtEndOf(const std::string& before);

}  // namespace weir::app
