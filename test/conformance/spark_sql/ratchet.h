#pragma once

#include <map>
#include <string>
#include <vector>

#include "conformance/spark_sql/cases.h"

namespace weir::spark_sql {

// Counts of one kind of cases in one file.
struct Count {
  int agree = 0;
  int all = 0;
};

// Holds results to a checked-in list of misses, one line each: the case's id, a tab, the reason.
// A miss that is not on the list fails the test, and so does a line whose case agrees by now: the
// list is always what is true. WEIR_RATCHET=write writes it anew.
class Ratchet {
 public:
  explicit Ratchet(std::string list);  // A file beside the tests, named from the root.
  // `difference` is empty where the case agrees.
  void Add(const Case& one, const std::string& difference);
  // Prints the figures, by file where `by_file`; fails the running test where the list is not true.
  void Finish(bool by_file) const;
  // Of all cases of the kind.
  Count Of(Case::Kind kind) const;

 private:
  // What a list says of each case: id, tab, reason.
  static std::map<std::string, std::string> Lines(const std::string& path);
  void Compare() const;

  std::map<std::string, std::string> by_chance_;  // They count as misses, whatever they give.
  const std::string list_;
  std::map<std::string, std::string> misses_;
  std::map<std::string, std::map<Case::Kind, Count>> files_;
};

// Cases that are left out: lines of `<case id or prefix*>\t<reason>` in a checked-in list.
class Exclusions {
 public:
  explicit Exclusions(const std::string& list);
  bool Has(const Case& one) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace weir::spark_sql
