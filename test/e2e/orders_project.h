#pragma once

#include <string>
#include <vector>

#include "support/temporary_folder.h"
#include "weir/app/app.h"
#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/local_stores.h"
#include "weir/io/testing/faults.h"
#include "weir/pipeline/spec.h"
#include "weir/pipeline/update.h"

namespace weir::test {

// A project of two flows: `orders`, a streaming table of CSV files with an expectation that drops
// rows, and `by_city`, a materialised view on it. What is in them follows from the files alone.
class OrdersProject {
 public:
  // Writes the project below `folder`; files are to arrive in `landing`. Both absolute.
  OrdersProject(const std::string& folder, std::string landing);

  const pipeline::Spec& spec() const { return spec_; }
  const std::string& landing() const { return landing_; }

  // The n-th source file, from 1.
  std::string FilePath(int n) const;
  static std::string FileText(int n);
  // Puts it there, on the machine's own disk.
  void Land(int n) const;
  // Takes all of them away.
  void ClearLanding() const;

  // What the tables hold once files 1 to `files` are in, sorted.
  static std::vector<std::string> Orders(int files);
  static std::vector<std::string> ByCity(int files);

 private:
  const std::string landing_;
  pipeline::Spec spec_;
};

inline constexpr const char* kSelectOrders = "SELECT id, city, amount FROM main.shop.orders";
inline constexpr const char* kSelectByCity = "SELECT city, orders, amount FROM main.shop.by_city";

// The program on a home, as one process has it, but on a disk of the test's own and with faults
// around every call of its stores and its state.
class Program {
 public:
  Program(const std::string& home, io::Disk& disk, io::Faults* faults = nullptr);

  // As `weir pipeline run`, one flow at a time. Throws what stops the whole update.
  pipeline::UpdateReport Update(const pipeline::Spec& spec);
  std::unique_ptr<session::Session> NewSession() { return app_.NewSession("/"); }
  // Sorted.
  std::vector<std::string> Rows(const std::string& sql);
  // What is in main.shop beside the event log, sorted.
  std::vector<std::string> Tables();

 private:
  SystemClock clock_;
  io::LocalStores stores_;
  NoLogger log_;
  app::App app_;
};

// Runs the project on a home that something happened to: it succeeds, its tables hold files 1 to
// `files`, each row once, nothing else is in the catalog, and another run finds nothing new.
void ExpectCatchesUp(Program& program, const OrdersProject& project, int files);

// A home to start from, again and again: an empty one with two files waiting, or one that has read
// them and a third file waiting. On the machine's own disk; the state always is.
class Stage {
 public:
  enum class Start { kFromNothing, kSecondStep };
  static constexpr int kFirstFiles = 2;

  Stage();
  // What kSecondStep starts from. Call once; `prepare` runs the project on `home()`.
  template <typename Prepare>
  void Keep(const Prepare& prepare) {
    Set(Start::kFromNothing);
    prepare();
    CopyHome();
  }
  // Makes it so. Gives how many files wait and are in.
  int Set(Start start);

  const std::string& home() const { return home_; }
  const OrdersProject& project() const { return project_; }

 private:
  void CopyHome();

  TemporaryFolder folder_;
  const std::string home_ = folder_ / "home";
  const std::string kept_ = folder_ / "kept";
  OrdersProject project_{folder_ / "project", folder_ / "landing"};
};

const char* Name(Stage::Start start);

}  // namespace weir::test
