#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connect {

// Whether one name (no '/') matches one pattern: `*` any characters, `?` one character, `[a-z]`
// `[!a-z]` `[^a-z]` one of a class, `\x` the character x.
bool NameMatches(std::string_view pattern, std::string_view name);

// A filter for names: as NameMatches, and `{a,b}` alternatives. A value; safe from many threads.
class NamePattern {
 public:
  // Throws Error{kInvalid} for a brace that is not closed, or too many alternatives.
  explicit NamePattern(const std::string& pattern);

  bool Matches(std::string_view name) const;

 private:
  std::vector<std::string> alternatives_;
};

// A path with wildcards as Auto Loader takes one unless it is told to be strict: `*`, `?` and
// classes match '/' too, and what follows the last part of the pattern does not matter ("/a/*/c"
// takes "/a/b/d/cookie/e.csv"). A value; safe from many threads.
class LoosePattern {
 public:
  // As PathPattern.
  explicit LoosePattern(const std::string& path);
  bool HasWildcards() const { return !alternatives_.empty(); }
  // Whether it takes a path below PathPattern::base().
  bool Matches(std::string_view below) const;

 private:
  std::vector<std::string> alternatives_;
};

// A path with wildcards: those of NameMatches between slashes, `**` for any number of folders, and
// `{a,b}` alternatives, which may hold slashes and each other. A value; safe from many threads.
class PathPattern {
 public:
  // Throws Error{kInvalid} for a brace that is not closed, or too many alternatives.
  explicit PathPattern(const std::string& path);

  // The path up to the first part with a wildcard: where to look. The whole path without any.
  const std::string& base() const { return base_; }
  bool HasWildcards() const { return !alternatives_.empty(); }

  // How far a path below the base has matched, part by part.
  class Match {
   public:
    // The name itself is what the pattern asks for.
    bool IsWhole() const;
    // Something below it can be.
    bool CanGoOn() const { return !states_.empty(); }

   private:
    friend class PathPattern;
    std::vector<std::pair<size_t, size_t>> states_;  // Alternative, parts matched.
    const PathPattern* pattern_ = nullptr;
  };
  Match Begin() const;
  Match Step(const Match& before, std::string_view name) const;

 private:
  void AddState(Match& match, size_t alternative, size_t parts) const;

  std::string base_;
  std::vector<std::vector<std::string>> alternatives_;
};

}  // namespace weir::connect
