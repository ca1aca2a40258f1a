#include "conformance/spark_sql/ratchet.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

namespace weir::spark_sql {
namespace {

constexpr const char* kFolder = "test/conformance/spark_sql/";

std::string Percent(const Count& count) {
  return count.all == 0 ? "-"
                        : fmt::format("{} of {} ({:.1f} %)", count.agree, count.all,
                                      100.0 * count.agree / count.all);
}

const char* KindName(Case::Kind kind) {
  switch (kind) {
    case Case::Kind::kRows:
      return "rows";
    case Case::Kind::kError:
      return "errors";
    case Case::Kind::kNothing:
      return "others";
  }
  return "";
}

bool IsWriting() {
  const char* const mode = std::getenv("WEIR_RATCHET");
  return mode != nullptr && std::string(mode) == "write";
}

}  // namespace

Ratchet::Ratchet(std::string list) : list_(kFolder + std::move(list)) {
  by_chance_ = Lines(std::string(kFolder) + "by_chance");
}

void Ratchet::Add(const Case& one, const std::string& difference) {
  Count& count = files_[one.file][one.kind];
  ++count.all;
  const auto chance = by_chance_.find(one.id);
  if (chance != by_chance_.end()) {
    misses_[one.id] = chance->second;
  } else if (difference.empty()) {
    ++count.agree;
  } else {
    misses_[one.id] = difference;
  }
}

Count Ratchet::Of(Case::Kind kind) const {
  Count sum;
  for (const auto& [file, kinds] : files_) {
    const auto found = kinds.find(kind);
    if (found == kinds.end()) continue;
    sum.agree += found->second.agree;
    sum.all += found->second.all;
  }
  return sum;
}

void Ratchet::Finish(bool by_file) const {
  for (const auto& [file, kinds] : files_) {
    if (!by_file) break;
    std::string line = fmt::format("{:60}", file);
    for (const auto& [kind, count] : kinds)
      line += fmt::format(" {} {}", KindName(kind), Percent(count));
    std::cout << line << "\n";
  }
  for (const auto kind : {Case::Kind::kRows, Case::Kind::kError, Case::Kind::kNothing}) {
    std::cout << list_ << ": " << KindName(kind) << " " << Percent(Of(kind)) << "\n";
  }
  if (IsWriting()) {
    std::ofstream file(list_);
    for (const auto& [id, reason] : misses_) file << id << "\t" << reason << "\n";
    return;
  }
  Compare();
}

std::map<std::string, std::string> Ratchet::Lines(const std::string& path) {
  std::map<std::string, std::string> listed;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    listed[line.substr(0, tab)] = tab == std::string::npos ? "" : line.substr(tab + 1);
  }
  return listed;
}

void Ratchet::Compare() const {
  const auto listed = Lines(list_);
  for (const auto& [id, reason] : misses_) {
    EXPECT_TRUE(listed.contains(id)) << id << " does not agree with Spark any more: " << reason;
  }
  for (const auto& [id, reason] : listed) {
    EXPECT_TRUE(misses_.contains(id))
        << id << " agrees with Spark by now: run with WEIR_RATCHET=write to take it off " << list_;
    EXPECT_NE(reason, "") << id << " has no reason in " << list_;
  }
}

Exclusions::Exclusions(const std::string& list) {
  std::ifstream file(kFolder + list);
  EXPECT_TRUE(file.is_open()) << "no " << list;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') words_.push_back(line.substr(0, line.find('\t')));
  }
}

bool Exclusions::Has(const Case& one) const {
  for (const std::string& word : words_) {
    if (one.sql.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace weir::spark_sql
