#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weir::engine {

// A pattern of java.util.regex, over UTF-8. What can't be had exactly (classes within classes and
// their intersections, Java's own properties) is refused by name when it is made. For one thread.
class JavaRegex {
 public:
  // `function` is for messages.
  JavaRegex(std::string_view pattern, std::string_view function);
  ~JavaRegex();
  JavaRegex(const JavaRegex&) = delete;
  JavaRegex& operator=(const JavaRegex&) = delete;

  // Where groups matched, in bytes: begin and end of the whole match, of the first group, ...; a
  // group that took no part has kNone. Valid until the next search.
  static constexpr size_t kNone = SIZE_MAX;
  using Bounds = std::span<const size_t>;
  // The first match that begins at `from` or later; empty when there is none.
  Bounds Find(std::string_view text, size_t from);
  size_t groups() const { return groups_; }

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  size_t groups_ = 0;
  std::string function_;
};

// The pattern as PCRE2 writes it.
std::string ToPcre(std::string_view pattern, std::string_view function);

}  // namespace weir::engine
