#include "conformance/spark_sql/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace weir::spark_sql {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end = 0; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1) {
    parts.push_back(text.substr(begin, end - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string WithoutTrailingBlanks(const std::string& text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return last == std::string::npos ? "" : text.substr(0, last + 1);
}

// A number with a fraction or an exponent, as doubles are printed.
bool IsReal(const std::string& text) {
  return text.find_first_of(".E") != std::string::npos &&
         text.find_first_not_of("0123456789.E-+") == std::string::npos;
}

bool SameCell(const std::string& left, const std::string& right) {
  if (left == right) return true;
  if (!IsReal(left) || !IsReal(right)) return false;
  const double a = std::strtod(left.c_str(), nullptr);
  const double b = std::strtod(right.c_str(), nullptr);
  const bool exponents = left.find('E') != std::string::npos || left.size() > 12;
  return exponents && std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

bool SameLine(const std::string& left, const std::string& right) {
  const auto a = Split(left, '\t');
  const auto b = Split(right, '\t');
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), SameCell);
}

// Messages name things of this run; what they complain about is enough.
std::string Reason(const Outcome& actual) {
  std::string text = actual.condition + ": " + actual.message;
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text.substr(0, 120);
}

}  // namespace

bool SameRows(const std::string& expected, std::vector<std::string> actual, bool ordered) {
  if (!ordered) std::sort(actual.begin(), actual.end());
  std::string text;
  for (const std::string& row : actual) text += row + "\n";
  std::vector<std::string> ours = Split(WithoutTrailingBlanks(text), '\n');
  std::vector<std::string> theirs = Split(WithoutTrailingBlanks(expected), '\n');
  if (!ordered) {
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
  }
  return ours.size() == theirs.size() &&
         std::equal(ours.begin(), ours.end(), theirs.begin(), SameLine);
}

std::string Difference(const Case& expected, const Outcome& actual) {
  // What Spark refuses by a name of its own, too.
  const bool refused_alike = expected.kind == Case::Kind::kError &&
                             expected.condition.starts_with("UNSUPPORTED_FEATURE.") &&
                             actual.condition == expected.condition;
  if (actual.unsupported && !refused_alike) return Reason(actual);
  if (expected.kind == Case::Kind::kError) {
    if (!actual.failed()) return "no error, not " + expected.condition;
    return actual.condition == expected.condition
               ? ""
               : actual.condition + ", not " + expected.condition;
  }
  if (actual.failed()) return Reason(actual);
  if (expected.kind == Case::Kind::kNothing) return "";
  if (!SameRows(expected.output, actual.rows, actual.ordered)) return "other rows";
  return "";
}

}  // namespace weir::spark_sql
