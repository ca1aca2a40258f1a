#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "e2e/in_child.h"
#include "e2e/orders_project.h"

namespace weir::test {

// A pipeline `p` that fills main.p.kept from CSV files, which come one by one, and the home after
// its first update, to which each try goes back. The last of the files comes after the kill.
class KilledFlow {
 public:
  // `flows` is told the folder of the files. Runs the first update.
  template <typename Flows>
  KilledFlow(std::vector<std::string> files, const Flows& flows) : files_(std::move(files)) {
    std::filesystem::create_directories(landing_);
    std::filesystem::create_directories(folder_ / "project");
    Write(folder_ / "project/spark-pipeline.yml",
          "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n");
    Write(folder_ / "project/flows.sql", flows(landing_));
    spec_ = std::get<pipeline::Spec>(pipeline::LoadSpec(folder_ / "project/spark-pipeline.yml"));
    Land(1);
    Update();
    Copy(home_, kept_);
  }

  void StartAgain() const {
    Copy(kept_, home_);
    std::filesystem::remove(landing_ + "/" + std::to_string(files_.size()) + ".csv");
    Land(2);
  }
  void Land(size_t file) const {
    Write(landing_ + "/" + std::to_string(file) + ".csv", files_[file - 1]);
  }

  // In a process of its own.
  void Update() const {
    EXPECT_TRUE(InChild([&] { RunWell(); }).good);
  }
  // Whether the update was over before call `n`.
  bool UpdateKilledAt(size_t n) const {
    return InChild([&] {
             io::LocalDisk disk;
             io::Faults faults;
             faults.Before(n, io::Faults::Kill());
             Program(home_, disk, &faults).Update(spec_);
           })
        .finished;
  }
  template <typename Rows>
  void ExpectAfterUpdate(const std::string& query, const Rows& rows) const {
    const ChildEnd end = InChild([&] {
      RunWell();
      io::LocalDisk disk;
      Program program(home_, disk);
      EXPECT_THAT(program.Rows(query), rows);
    });
    EXPECT_TRUE(end.good);
  }

 private:
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static void Copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  void RunWell() const {
    io::LocalDisk disk;
    Program program(home_, disk);
    const auto report = program.Update(spec_);
    for (const auto& flow : report.flows) {
      EXPECT_EQ(flow.status, pipeline::FlowStatus::kCompleted) << flow.message;
    }
  }

  const std::vector<std::string> files_;
  const TemporaryFolder folder_;
  const std::string home_ = folder_ / "home";
  const std::string kept_ = folder_ / "kept";
  const std::string landing_ = folder_ / "landing";
  pipeline::Spec spec_;
};

}  // namespace weir::test
