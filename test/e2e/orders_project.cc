#include "e2e/orders_project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>

#include "support/test_app.h"
#include "weir/io/local_store.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/pipeline/check.h"
#include "weir/types/diagnostic.h"

namespace weir::test {
namespace fs = std::filesystem;
namespace {

constexpr int kRowsPerFile = 5;
constexpr std::array<const char*, 3> kCities = {"Lisbon", "Porto", "Faro"};

struct Order {
  int id;
  std::string city;
  int amount;
};

std::vector<Order> OrdersOf(int file) {
  std::vector<Order> orders;
  for (int i = 0; i < kRowsPerFile; ++i) {
    // One row in each file breaks the rule.
    orders.push_back({file * 10 + i, kCities[static_cast<size_t>(file + i) % kCities.size()],
                      i == 2 ? -1 : file * 100 + i});
  }
  return orders;
}

void WriteText(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("can't write " + file.string());
}

std::shared_ptr<io::ObjectStore> RootStore(io::Disk& disk, const Clock& clock, io::Faults* faults) {
  auto root = std::make_shared<io::LocalStore>("/", disk, clock);
  if (faults == nullptr) return root;
  return std::make_shared<io::FaultyStore>(std::move(root), *faults);
}

// A commit is one call, with a time before it and one after it.
state::FaultHook HookFor(io::Faults* faults) {
  if (faults == nullptr) return {};
  return [faults](const std::string& call) {
    thread_local size_t commit = 0;
    if (call == "committed") return faults->Leaving(commit);
    const size_t number = faults->Entering("state " + call);
    if (call == "commit") {
      commit = number;
    } else {
      faults->Leaving(number);
    }
  };
}

}  // namespace

OrdersProject::OrdersProject(const std::string& folder, std::string landing)
    : landing_(std::move(landing)) {
  WriteText(folder + "/spark-pipeline.yml",
            "name: shop\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: " + folder +
                "/storage\nschema: shop\n");
  WriteText(folder + "/orders.sql",
            "CREATE STREAMING TABLE orders (\n"
            "  CONSTRAINT paid EXPECT (amount > 0) ON VIOLATION DROP ROW)\n"
            "AS SELECT id, city, amount FROM STREAM read_files('" +
                landing_ +
                "', format => 'csv', header => true, schema => 'id INT, city STRING, amount "
                "INT');\n"
                "CREATE MATERIALIZED VIEW by_city AS\n"
                "SELECT city, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY "
                "city;\n");
  spec_ = std::get<pipeline::Spec>(pipeline::LoadSpec(folder + "/spark-pipeline.yml"));
  fs::create_directories(landing_);
}

std::string OrdersProject::FilePath(int n) const {
  return landing_ + "/orders-" + std::to_string(n) + ".csv";
}

std::string OrdersProject::FileText(int n) {
  std::string text = "id,city,amount\n";
  for (const Order& order : OrdersOf(n)) {
    text += std::to_string(order.id) + "," + order.city + "," + std::to_string(order.amount) + "\n";
  }
  return text;
}

void OrdersProject::Land(int n) const { WriteText(FilePath(n), FileText(n)); }

void OrdersProject::ClearLanding() const {
  for (const auto& file : fs::directory_iterator(landing_)) fs::remove(file.path());
}

std::vector<std::string> OrdersProject::Orders(int files) {
  std::vector<std::string> rows;
  for (int file = 1; file <= files; ++file) {
    for (const Order& order : OrdersOf(file)) {
      if (order.amount <= 0) continue;
      rows.push_back(std::to_string(order.id) + "|" + order.city + "|" +
                     std::to_string(order.amount));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> OrdersProject::ByCity(int files) {
  std::map<std::string, std::pair<int, int>> cities;
  for (int file = 1; file <= files; ++file) {
    for (const Order& order : OrdersOf(file)) {
      if (order.amount <= 0) continue;
      ++cities[order.city].first;
      cities[order.city].second += order.amount;
    }
  }
  std::vector<std::string> rows;
  for (const auto& [city, sums] : cities) {
    rows.push_back(city + "|" + std::to_string(sums.first) + "|" + std::to_string(sums.second));
  }
  return rows;
}

Program::Program(const std::string& home, io::Disk& disk, io::Faults* faults)
    : stores_(disk, RootStore(disk, clock_, faults)),
      app_({home, app::SystemUser(), {30'000, HookFor(faults)}}, stores_, clock_, log_) {}

pipeline::UpdateReport Program::Update(const pipeline::Spec& spec) {
  const auto session = app_.NewSession(spec.folder);
  Diagnostics diagnostics;
  const auto checked = pipeline::CheckProject(spec, *session, diagnostics);
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
  pipeline::UpdateOptions options;
  options.parallel = 1;
  options.retry_pause = std::chrono::milliseconds(0);
  auto report = pipeline::RunUpdate(
      checked, [&] { return app_.NewSession(spec.folder); }, options);
  pipeline::StoreReport(stores_, spec, report);
  return report;
}

std::vector<std::string> Program::Rows(const std::string& sql) {
  auto rows = Run(*app_.NewSession("/"), sql);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> Program::Tables() {
  std::vector<std::string> names;
  for (const auto& table : app_.catalog().ListTables(app::SystemUser(), {"main", "shop"})) {
    if (table.kind != catalog::TableKind::kEventLog) names.push_back(table.name.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void ExpectCatchesUp(Program& program, const OrdersProject& project, int files) {
  const auto report = program.Update(project.spec());
  for (const auto& flow : report.flows) {
    EXPECT_EQ(flow.status, pipeline::FlowStatus::kCompleted) << flow.flow << ": " << flow.message;
  }
  EXPECT_EQ(program.Rows(kSelectOrders), OrdersProject::Orders(files));
  EXPECT_EQ(program.Rows(kSelectByCity), OrdersProject::ByCity(files));
  EXPECT_THAT(program.Tables(), testing::ElementsAre("by_city", "orders"));
  for (const auto& flow : program.Update(project.spec()).flows) {
    EXPECT_EQ(flow.status, pipeline::FlowStatus::kCompleted) << flow.message;
    EXPECT_EQ(flow.outcome.kind, session::FlowOutcome::Kind::kNothingNew) << flow.flow;
  }
}

Stage::Stage() = default;

int Stage::Set(Start start) {
  project_.ClearLanding();
  fs::remove_all(home_);
  if (start == Start::kSecondStep) fs::copy(kept_, home_, fs::copy_options::recursive);
  const int files = start == Start::kSecondStep ? kFirstFiles + 1 : kFirstFiles;
  for (int n = 1; n <= files; ++n) project_.Land(n);
  return files;
}

void Stage::CopyHome() { fs::copy(home_, kept_, fs::copy_options::recursive); }

const char* Name(Stage::Start start) {
  return start == Stage::Start::kFromNothing ? "from nothing" : "second step";
}

}  // namespace weir::test
