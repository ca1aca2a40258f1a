#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/keywords.h"

namespace weir::sql {

// The keywords that the grammar gives a meaning at the end of `before`, which is the text of one
// statement up to there, its last token whole; in the order of the alphabet. Only those that begin
// with `beginning`, in whatever case. A keyword that could stand there as a name alone is not among
// them, and nothing is when `before` has a mistake. For completion: it tries each one out.
std::vector<Keyword> KeywordsAt(std::string_view before, std::string_view beginning);

// Whether the grammar takes a name at the end of `before`; also when `before` itself has a mistake,
// after which nobody can tell.
bool NameMayStandAt(std::string_view before);

// Whether `name` is read there as it would be in backticks, so that it needs none.
bool IsPlainNameAt(std::string_view before, std::string_view name);

}  // namespace weir::sql
