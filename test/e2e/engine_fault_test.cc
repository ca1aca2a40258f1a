// An internal error of the engine in one of several flows that run at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "support/test_app.h"
#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/pipeline/check.h"
#include "weir/pipeline/update.h"

namespace weir::test {
namespace {

using pipeline::FlowStatus;

// How the engine writes down an exception of its own; it takes one thrown by a store for such.
constexpr const char* kInternalError =
    R"({"exception_type":"INTERNAL","exception_message":"broken on purpose"})";
constexpr auto kPatience = std::chrono::seconds(20);

// Brings the scans of three flows together: the two innocent ones wait in the middle of theirs
// until the culprit has met its error.
class Meeting {
 public:
  void WaitForTheError() {
    std::unique_lock lock(mutex_);
    ++innocent_;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [&] { return broken_; });
  }
  // Gives whether both others were in the middle of it.
  bool Break() {
    std::unique_lock lock(mutex_);
    const bool all = changed_.wait_for(lock, kPatience, [&] { return innocent_ >= 2; });
    broken_ = true;
    changed_.notify_all();
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int innocent_ = 0;
  bool broken_ = false;
};

class EngineFaultTest : public testing::Test {
 protected:
  EngineFaultTest()
      : stores_(disk_, std::make_shared<io::FaultyStore>(
                           std::make_shared<io::LocalStore>("/", disk_, clock_), faults_)),
        app_({folder_ / "home", app::SystemUser(), {}}, stores_, clock_, log_) {
    for (const char* name : {"a", "b", "c"}) {
      test::Run(*app_.NewSession("/"),
                std::string("CREATE TABLE ") + name + " AS SELECT id FROM range(1000) AS r(id)");
    }
    folder_.Write("project/spark-pipeline.yml",
                  "name: p\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\n"
                  "schema: out\n");
    folder_.Write("project/flows.sql",
                  "CREATE MATERIALIZED VIEW of_a AS SELECT sum(id) AS s FROM main.default.a;\n"
                  "CREATE MATERIALIZED VIEW of_b AS SELECT sum(id) AS s FROM main.default.b;\n"
                  "CREATE MATERIALIZED VIEW of_c AS SELECT sum(id) AS s FROM main.default.c;\n"
                  "CREATE MATERIALIZED VIEW after_a AS SELECT s FROM of_a;\n"
                  "CREATE MATERIALIZED VIEW after_b AS SELECT s FROM of_b;\n");
  }

  std::map<std::string, pipeline::FlowEvent> Update() {
    const auto spec =
        std::get<pipeline::Spec>(pipeline::LoadSpec(folder_ / "project/spark-pipeline.yml"));
    const auto session = app_.NewSession(spec.folder);
    Diagnostics diagnostics;
    const auto checked = pipeline::CheckProject(spec, *session, diagnostics);
    if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
    pipeline::UpdateOptions options;
    options.parallel = 3;
    std::map<std::string, pipeline::FlowEvent> flows;
    for (const auto& flow : pipeline::RunUpdate(
                                checked, [&] { return app_.NewSession(spec.folder); }, options)
                                .flows) {
      flows[flow.dataset.substr(flow.dataset.rfind('.') + 1)] = flow;
    }
    return flows;
  }

  // The call by which a data file of the table is opened.
  std::string Opening(const std::string& table) {
    const auto info = app_.catalog().FindTable({"main", "default", table});
    return "Open " + stores_.Resolve(info->location, "").prefix + "part-";
  }

  std::vector<std::string> Rows(const std::string& sql) {
    return test::Run(*app_.NewSession("/"), sql);
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  io::LocalDisk disk_;
  io::Faults faults_;
  io::LocalStores stores_;
  NoLogger log_;
  app::App app_;
};

TEST_F(EngineFaultTest, FailsItsOwnFlowOnly) {
  Meeting meeting;
  bool together = false;
  faults_.BeforeAllWith(Opening("a"), [&] {
    together = meeting.Break();
    throw std::runtime_error(kInternalError);
  });
  faults_.BeforeAllWith(Opening("b"), [&] { meeting.WaitForTheError(); });
  faults_.BeforeAllWith(Opening("c"), [&] { meeting.WaitForTheError(); });

  auto flows = Update();
  EXPECT_TRUE(together);
  EXPECT_EQ(flows["of_a"].status, FlowStatus::kFailed);
  EXPECT_EQ(flows["of_a"].error_code, ErrorCode::kInternal);
  EXPECT_THAT(flows["of_a"].message, testing::HasSubstr("broken on purpose"));
  EXPECT_EQ(flows["after_a"].status, FlowStatus::kSkipped);
  for (const char* innocent : {"of_b", "of_c", "after_b"}) {
    EXPECT_EQ(flows[innocent].status, FlowStatus::kCompleted) << flows[innocent].message;
  }
  EXPECT_THAT(Rows("SELECT s FROM main.out.of_b"), testing::ElementsAre("499500"));
  EXPECT_THAT(Rows("SELECT s FROM main.out.of_c"), testing::ElementsAre("499500"));
  EXPECT_THAT(Rows("SELECT s FROM main.out.of_a"), testing::ElementsAre());

  faults_.Clear();
  flows = Update();
  EXPECT_EQ(flows["of_a"].status, FlowStatus::kCompleted) << flows["of_a"].message;
  EXPECT_EQ(flows["of_b"].outcome.kind, session::FlowOutcome::Kind::kNothingNew);
  EXPECT_THAT(Rows("SELECT s FROM main.out.after_a"), testing::ElementsAre("499500"));
}

}  // namespace
}  // namespace weir::test
